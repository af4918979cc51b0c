#!/usr/bin/env python3
"""A service of the OpenAI protocol that misbehaves on a script.

llm_server.py PORT_FILE LOG [SCRIPT]: listens on a free port of this machine, writes the port, and logs each request's path
and body as a JSON line.  SCRIPT is a file with one word a line, for one request each; when they are used up, every request
is answered well.  Words:

  ok            an answer as asked for               429 | 429:S      too many; with Retry-After: S
  quota         429 insufficient_quota               500 | 503 | 400  that status
  401           the key is wrong                     html             a page instead
  cut           half of the JSON, then closed        prose            words instead of JSON
  fence         the JSON within a fence and words    wrong            another object than asked for
  endless       text without an end (also streamed)
  big           30 MB                                redirect         302 to another host
  slow          a byte, then nothing for an hour     drop             closed without a word
  nousage       no usage is told                     length           cut at max_tokens
  dim few order nan     of embeddings: other lengths, one too few, the wrong order, no number
  lie           a caption that nothing holds         crowd            one that says more than its reason
  refusal       it refuses                           hang             never answered (until killed)
  first         a judge who always prefers the first of two texts
Files, batches and tunings are in llm_remote.py; with the word "plain" at the head of the script there are none.
What is said of a product is taken from the prompt's fence, so that the text is about it.
"""
import http.server
import json
import os
import random
import re
import socket
import sys
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import llm_remote as remote

port_file, log_file = sys.argv[1:3]
script = open(sys.argv[3]).read().split() if len(sys.argv) > 3 else []
offers = script[:1] != ["plain"]
script = script if offers else script[1:]
lock = threading.Lock()
log = open(log_file, "a", buffering=1)
in_flight = most = 0


def product(messages):
    user = messages[1]["content"] if len(messages) > 1 else messages[0]["content"]
    found = re.search(r"<<<facts \w+>>>\n(.*)\n<<<end", user)
    return json.loads(found.group(1)) if found else {}


def verdict(body, word):
    """Of two texts: the one with "fine" in it wins, else a tie; the word `first` makes a judge who always says so."""
    found = dict(re.findall(r"<<<(first|second) text \w+>>>\n(.*)\n<<<end", body["messages"][1]["content"]))
    good = [side for side in ("first", "second") if "fine" in found[side]]
    winner = word if word in ("first", "second") else good[0] if len(good) == 1 else "tie"
    return json.dumps({"reason": "because of %s" % winner, "winner": winner})


def text_about(body):
    facts = product(body["messages"])
    schema = re.search(r"JSON Schema: (\{.*?\})(?: Never write|$)", body["messages"][0]["content"])
    fields = json.loads(schema.group(1))["properties"] if schema else {"description": {"type": "string"}}
    title = str(facts.get("title", "this product")).lower()
    words = {"title": title.title(), "description": "This is %s." % title, "caption": title.capitalize()}
    if "{because}" in body["messages"][1]["content"]:  # a caption of a recommendation, with its reason
        words["caption"] = "%s, which goes with {because}." % title.capitalize()
    return json.dumps({f: words.get(f, title) if t["type"] == "string" else [title] for f, t in fields.items()})


def usage_of(body):
    return {"prompt_tokens": sum(len(m["content"]) for m in body.get("messages", [])) // 4, "completion_tokens": 20}


def whole_answer(body, message=None, finish="stop"):
    return {"id": "x", "object": "chat.completion", "model": body.get("model", "m") + "-1", "usage": usage_of(body),
            "choices": [{"index": 0, "message": message or {"role": "assistant", "content": text_about(body)},
                         "finish_reason": finish}]}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # headers and body are two writes

    def log_message(self, *_):
        pass

    def answer(self, status, body, kind="application/json", headers=()):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def drop(self):
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def error(self, status, message, code=None, headers=()):
        self.answer(status, {"error": {"message": message, "type": "t", "param": None, "code": code}}, headers=headers)

    def do_GET(self):
        if self.headers.get("Authorization") == "Bearer wrong":
            return self.error(401, "Incorrect API key provided", "invalid_api_key")
        parts = self.path.split("?")[0].split("/")[2:]
        if offers and parts[0] in ("batches", "files", "fine_tuning"):
            return self.get_remote(parts)
        if parts[0] != "models":
            return self.error(404, "Not Found")
        self.answer(200, {"object": "list", "data": [{"id": "m", "object": "model"}]})

    def get_remote(self, parts):
        if parts == ["batches"]:
            return self.answer(200, {"object": "list", "data": [remote.public(b) for b in remote.batches.values()], "has_more": False})
        if parts[0] == "files" and parts[2:] == ["content"]:
            data = remote.content(parts[1])
            return self.answer(200, data, "application/octet-stream") if data is not None else self.error(404, "no such file")
        if parts[:2] == ["fine_tuning", "jobs"]:
            if len(parts) == 2:
                return self.answer(200, {"object": "list", "data": [remote.public(t) for t in remote.tunes.values()], "has_more": False})
            tune = remote.tunes.get(parts[2])
            if tune is None:
                return self.error(404, "no such job")
            return self.answer(200, remote.events_of(tune) if parts[3:] == ["events"] else remote.advance_tune(tune))
        batch = remote.batches.get(parts[1])
        if batch is None or batch["word"] == "gone":
            return self.error(404, "No batch found")
        self.answer(200, remote.advance(batch, whole_answer))

    def post_remote(self, word, parts, data):
        if word in ("400", "404", "405", "429", "500", "503"):
            return self.error(int(word), "status " + word)
        if parts == ["files"]:
            body, _ = remote.upload(self.headers, data, word)
        elif parts[-1] == "cancel":
            thing = (remote.batches if parts[0] == "batches" else remote.tunes)[parts[-2]]
            if thing["status"] in ("completed", "failed", "expired", "cancelled", "succeeded"):
                return self.error(400, "it has ended")
            thing["cancelled"] = True
            thing["status"] = "cancelling" if parts[0] == "batches" else "cancelled"
            body = remote.public(thing)
        elif parts == ["batches"]:
            body = remote.create_batch(json.loads(data), word)
        else:
            body = remote.create_tune(json.loads(data), word)
        if word == "lost":
            return self.drop()
        if word in ("list", "nameless"):
            return self.answer(200, [1] if word == "list" else {"object": "thing"})
        if word == "lost500":
            return self.error(500, "something went wrong")
        self.answer(200, body)

    def stream(self, content, usage):
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        chunks = [{"choices": [{"delta": {"content": c}, "finish_reason": None}]} for c in content]
        chunks += [{"choices": [{"delta": {}, "finish_reason": "stop"}]}, {"choices": [], "usage": usage}]
        for chunk in chunks:
            data = ("data: %s\r\n\r\n" % json.dumps(chunk, ensure_ascii=False)).encode()
            for at in range(0, len(data), 7):
                self.wfile.write(data[at:at + 7])
        self.wfile.write(b"data: [DONE]\n\n")

    def endless(self, stream):
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream" if stream else "application/json")
        self.send_header("Connection", "close")
        self.end_headers()
        if not stream:
            self.wfile.write(b'{"choices":[{"message":{"content":"')
        more = b'data: {"choices":[{"delta":{"content":"and on "},"finish_reason":null}]}\n\n' if stream else b"and on " * 99
        while True: # until the other side has had enough
            self.wfile.write(more)

    def do_POST(self):
        global in_flight, most
        data = self.rfile.read(int(self.headers["Content-Length"]))
        parts = self.path.split("/")[2:]
        chat = parts[0] == "chat" or not offers
        body = json.loads(data) if parts[0] in ("chat", "embeddings") else data.decode(errors="replace")
        usage = usage_of(body) if isinstance(body, dict) else {}
        with lock:
            word = script.pop(0) if script and parts[-1] != "cancel" else "ok"
            in_flight += 1
            most = max(most, in_flight)
            log.write(json.dumps({"path": self.path, "auth": self.headers.get("Authorization"), "word": word,
                                  "at_once": most, "port": self.client_address[1], "headers": dict(self.headers), "usage": usage, "body": body}) + "\n")
        try:
            if parts[0] == "chat":
                self.reply(word, body)
            elif parts[0] == "embeddings":
                self.embed(word, body)
            elif chat:
                self.error(404, "Not Found")
            else:
                self.post_remote(word, parts, data)
        finally:
            with lock:
                in_flight -= 1

    def embed(self, word, body):
        """Texts that have words in common get vectors that are alike: each word has a direction of its own."""
        dim, rows = 96 if word != "dim" else 48, []
        for text in body["input"]:
            row = [0.0] * dim
            for w in re.findall(r"[a-z]{3,}", text.lower()):
                rng = random.Random(w)
                row = [x + rng.gauss(0, 1) for x in row]
            rows.append(row)
        data = [{"object": "embedding", "index": i, "embedding": row} for i, row in enumerate(rows)]
        usage = {"prompt_tokens": sum(len(t) for t in body["input"]) // 4, "total_tokens": 0}
        if word in ("429", "400", "500", "503"):
            return self.error(int(word), "status " + word)
        if word == "hang":
            return time.sleep(3600)
        if word == "few":
            data = data[:-1]
        if word == "order":
            data = data[::-1]
        if word == "nan":
            data[0]["embedding"][0] = "NaN"
        self.answer(200, {"object": "list", "data": data, "model": body["model"], "usage": usage})

    def reply(self, word, body):
        content = verdict(body, word) if '"winner"' in body["messages"][0]["content"] else text_about(body)
        usage = usage_of(body)
        name, _, value = word.partition(":")
        if name == "429":
            return self.error(429, "slow down", "rate_limit_exceeded", [("Retry-After", value)] if value else ())
        if name == "quota":
            return self.error(429, "You exceeded your current quota", "insufficient_quota")
        if name == "401":
            return self.error(401, "Incorrect API key provided", "invalid_api_key")
        if name in ("400", "500", "503"):
            return self.error(int(name), "status " + name)
        if name == "html":
            return self.answer(200, b"<html>welcome</html>", "text/html")
        if name == "redirect":
            return self.answer(302, b"", headers=[("Location", "http://192.0.2.1/v1/chat/completions")])
        if name == "drop":
            return self.drop()
        if name == "hang":
            return time.sleep(3600)
        if name == "big":
            return self.answer(200, b'{"choices":[{"message":{"content":"' + b"x" * 30000000 + b'"}}]}')
        if name == "endless":
            return self.endless(body.get("stream"))
        if name == "lie":
            content = json.dumps({"caption": "Solid gold, 99 cm, dishwasher safe: it goes with {because}."})
        if name == "crowd":
            content = json.dumps({"caption": "Popular with everybody who bought {because}."})
        if name == "prose":
            content = "Here is a fine description of it."
        if name == "wrong":
            content = json.dumps({"text": 7})
        if name == "fence":
            content = "Sure!\n```json\n%s\n```\nAnything else?" % content
        if body.get("stream") and name == "ok":
            return self.stream(content, usage)
        message = {"role": "assistant", "content": content}
        if name == "refusal":
            message = {"role": "assistant", "content": None, "refusal": "I cannot help with that."}
        if name == "length":
            message["content"] = content[: len(content) // 2]
        answer = whole_answer(body, message, "length" if name == "length" else "stop")
        if name == "nousage":
            del answer["usage"]
        data = json.dumps(answer).encode()
        if name in ("cut", "slow"):
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data[: len(data) // 2 if name == "cut" else 1])
            self.wfile.flush()
            if name == "slow":
                time.sleep(3600)
            return self.drop()
        self.answer(200, data)


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], ConnectionError): # the other side had enough: what is tested
            super().handle_error(request, client_address)


server = Server(("127.0.0.1", 0), Handler)
with open(port_file + ".tmp", "w") as f:
    f.write(str(server.server_port))
os.rename(port_file + ".tmp", port_file)
server.serve_forever()
