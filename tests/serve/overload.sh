#!/usr/bin/env bash
# More is asked for than can be computed: what does not fit into the queue is turned away at once, says when to come back,
# and the rest is answered; what needs no worker is not in its way; and the bounds can be changed while it runs.
. "${RECKON_SOURCE:?}/tests/serve/lib.sh"
command -v python3 >/dev/null || skip "needs python3"
make_shop
bounds() { settings "workers = 1
cache-mb = 0
$1"; }
bounds 'queue = 1
queue-ms = 60000
steady-ms = 60000'
serve

cat >crowd.py <<'END'
"""A dozen at once; prints how many were answered and turned away, and what is wrong with an answer."""
import json, socket, sys
port = int(sys.argv[1])
body = json.dumps({"users": ["u%03d" % (i % 300) for i in range(1000)], "n": 5, "reasons": False}).encode()
head = "POST /v1/recommend HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: %d\r\n\r\n"
links = [socket.create_connection(("127.0.0.1", port)) for _ in range(12)]
for s in links: s.sendall((head % len(body)).encode() + body)
with socket.create_connection(("127.0.0.1", port)) as s:
    s.sendall(b"GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    alive = s.recv(100)
count = {200: 0, 503: 0}
for s in links:
    answer = b"".join(iter(lambda: s.recv(1 << 16), b""))
    status = int(answer[9:12])
    count[status] = count.get(status, 0) + 1
    if status == 503 and (b"Retry-After: 1" not in answer or b'"code":"overloaded"' not in answer): print("503 without", answer[:400])
    if status == 200 and len(json.loads(answer.split(b"\r\n\r\n", 1)[1])["answers"]) != 1000: print("not all of them")
print(count[200] > 0, count[503] > 0, len(count), alive[9:12].decode())
print(count[503], file=open("turned_away", "w"))
END
crowd() { timeout 120 python3 crowd.py "${url##*:}"; }
same "$(crowd)" "True True 2 200" "some are answered, the others are told to come back"
ask 200 GET /metrics
same "$(sed -n 's/^reckon_requests_shed_total //p' "$scratch/out")" "$(cat turned_away)" "those that were turned away are counted"
ask 202 POST /v1/events '{"user":"u007","item":"i001"}'

bounds 'queue = 1000
queue-ms = 60000
steady-ms = 60000'
kill -HUP "$server"
eventually grep -q '"event":"reloaded"' "$scratch/log"
same "$(crowd)" "True False 2 200" "with room for all of them, all are answered"
stop
finish
