#!/usr/bin/env bash
# Whatever comes in gets a clear answer, and nobody is in anybody's way.
. "${RECKON_SOURCE:?}/tests/serve/lib.sh"
command -v python3 >/dev/null || skip "needs python3"
make_shop
settings $'body-kb = 64\nidle-seconds = 2\nrequest-seconds = 2\nconnections = 12000'
serve

# bodies
bad() { ask 400 POST /v1/events "$1"; head_has application/problem+json; }
bad '{'
bad '[]'
bad '"x"'
bad '{"user":"a","item":"b",}'
bad '{"user":"a","item":"b"} x'
bad '{"user":"a","user":"b","item":"b"}'
bad '{"user":"a"}'
bad '{"user":"a","item":"b","colour":"red"}'
out_has "/colour there is no such field"
bad '{"user":7,"item":"b"}'
bad '{"user":"","item":"b"}'
bad '{"user":"a\u0001","item":"b"}'
out_has "control character"
bad '{"user":"a\u0000b","item":"b"}'
bad $'{"user":"a\xff","item":"b"}'
bad '{"user":"a","item":"b","price":NaN}'
bad '{"user":"a","item":"b","price":1e999}'
bad '{"user":"a","item":"b","price":1e10}'
bad '{"user":"a","item":"b","position":1.5}'
bad '{"user":"a","item":"b","time":"yesterday"}'
bad '{"user":"a","item":"b","time":"1900-01-01T00:00:00Z"}'
bad '{"user":"a","item":"b","time":"2199-01-01T00:00:00Z"}'
bad '{"user":"a","item":"b","kind":"two words"}'
bad '{"user":"a","item":"b","id":"7"}'
bad '{"events":[]}'
bad '{"events":[{"user":"a","item":"b"},{"user":"a","item":3}]}'
out_has "/events/1/item must be a text"
bad '{"user":"a","item":"b","attributes":{"x":{"y":1}}}'
bad "{\"user\":\"$(printf 'a%.0s' $(seq 300))\",\"item\":\"b\"}"
bad "$(printf '[%.0s' $(seq 5000))"
bad '{"user":"a","item":"b","quantity":9223372036854775808}'
ask 400 POST /v1/recommend '{"user":"u001","n":0}'
ask 400 POST /v1/recommend '{"user":"u001","n":100001}'
ask 400 POST /v1/recommend '{"user":"u001","n":-1}'
ask 400 POST /v1/recommend '{"user":"u001","mode":"other"}'
ask 400 POST /v1/recommend '{"user":"u001","exclude":"i1"}'
ask 400 POST /v1/recommend '{"user":"u001","users":["u002"]}'
ask 404 POST /v1/recommend '{"user":"u001","model":"no such model"}'
ask 400 POST /v1/recommend '{"user":"u001","filter":"nothing = 3"}'
ask 400 POST /v1/events '{"user":"a","item":"b"}' -H 'Idempotency-Key: has blanks in it'
ask 400 POST /v1/events '' -H 'Content-Type: application/json'
same "$(reckon doctor --json | python3 -c 'import json,sys; print([r for r in json.load(sys.stdin)["rows"] if r.get("state") == "problem"])')" "[]" "the store is whole"
run 0 reckon doctor --json
before=$(json 'd["summary"]["events"]')

# paths
ask 404 GET '/../../etc/passwd' '' --path-as-is
ask 404 GET '/v1/items/../../../etc/passwd' '' --path-as-is
ask 404 GET /v1/items/%2e%2e%2fx
ask 400 GET /v1/items/%00
ask 400 GET /v1/items/%zz
ask 400 GET /v1/items/a%0ab
ask 400 GET /v1/items/%ff
ask 404 GET /v1/items/
ask 404 GET //v1/models
ask 404 GET /admin
ask 405 PATCH /v1/models
ask 405 TRACE /v1/models
ask 400 GET '/v1/models?x=1'

# sizes
head -c 100000 /dev/zero | tr '\0' ' ' >big
ask 413 POST /v1/events '' -H 'Content-Type: application/json' --data-binary @big
ask 413 POST /v1/events '' -H 'Content-Type: application/json' -H 'Transfer-Encoding: chunked' --data-binary @big

python3 - "${url##*:}" <<'END' || fail "clients that behave badly"
import socket, sys, time
port = int(sys.argv[1])
def connect():
    s = socket.create_connection(("127.0.0.1", port)); s.settimeout(20); return s
def whole(s):
    out = b""
    try:
        while True:
            b = s.recv(65536)
            if not b: return out
            out += b
    except ConnectionError:
        return out
def expect(what, good):
    if not good: print("FAILED:", what); sys.exit(1)

# 100 MB, announced: refused before they are sent
s = connect(); s.sendall(b"POST /v1/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 104857600\r\n\r\n")
expect("100 MB", s.recv(100).startswith(b"HTTP/1.1 413"))
# 100 MB, in chunks that never end: cut
s = connect(); s.sendall(b"POST /v1/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")
sent = 0
try:
    while sent < 100 << 20:
        s.sendall(b"10000\r\n" + b" " * 65536 + b"\r\n"); sent += 65536
except OSError:
    pass
expect("endless chunks end early: %d" % sent, sent < 20 << 20)
# a bomb of headers
s = connect()
try:
    s.sendall(b"GET /livez HTTP/1.1\r\nHost: localhost\r\n" + b"".join(b"X-%d: %s\r\n" % (i, b"y" * 500) for i in range(1000)) + b"\r\n")
except OSError:
    pass
answer = whole(s)
expect("too many headers: %r" % answer[:60], answer == b"" or answer.split()[1] in (b"431", b"400", b"413"))
# rubbish
for text in (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"GET\r\n\r\n", b"\0\0\0\0\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"POST /v1/events HTTP/1.1\r\nHost: a\r\nContent-Length: -5\r\n\r\n"):
    s = connect(); s.sendall(text); s.shutdown(socket.SHUT_WR)
    expect("rubbish %r" % text, b" 200 " not in whole(s).split(b"\r\n")[0])
# half-closed: asked, and listening
s = connect(); s.sendall(b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n"); s.shutdown(socket.SHUT_WR)
expect("half-closed", whole(s).startswith(b"HTTP/1.1 200"))
# ten in one packet: ten answers, in order
s = connect(); s.sendall(b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n" * 9 + b"GET /version HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
got = whole(s); expect("pipelining", got.count(b"HTTP/1.1 200") == 10 and got.rstrip().endswith(b'}') and b"version" in got.split(b"\r\n\r\n")[-1])
# slow ones: in the head, in the body, and silent; all are closed, though a byte comes now and then
slow = [connect() for _ in range(3)]
slow[0].sendall(b"GET /livez HTTP/1.1\r\n")
slow[1].sendall(b"POST /v1/events HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n")
closed, end = set(), time.monotonic() + 20
for s in slow: s.settimeout(0.2)
while len(closed) < 3 and time.monotonic() < end:
    for i, s in enumerate(slow):
        if i in closed: continue
        try:
            if i < 2: s.send(b"x" if i else b"X-a: b\r\n")
            if s.recv(1000) == b"": closed.add(i)
        except TimeoutError:
            pass
        except OSError:
            closed.add(i)
expect("slow clients are closed: %s" % closed, len(closed) == 3)
# very many connections, and one more that wants something
import resource
soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
want = min(10000, hard - 200)
resource.setrlimit(resource.RLIMIT_NOFILE, (want + 200, hard))
many = []
try:
    for _ in range(want): many.append(connect())
except OSError as e:
    print("only", len(many), e)
s = connect(); s.sendall(b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n")
expect("answers among %d" % len(many), s.recv(100).startswith(b"HTTP/1.1 200"))
print(len(many), "connections")
END
ask 200 GET /livez
ask 200 GET /metrics
same "$(grep -c '^reckon_connections_timed_out_total [1-9]' "$scratch/out")" 1 "time limits are counted"
run 0 reckon doctor --json
same "$(json 'd["summary"]["events"]')" "$before" "nothing of it was stored"
checks=$((checks + 1)); grep -q '"status":5' "$scratch/log" && { fail "5xx"; grep '"status":5' "$scratch/log" | head -3; }
stop
finish
