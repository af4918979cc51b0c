"""What llm_server.py keeps and works on by itself: files, batches and tunings, well or as a word says.

Words of POST /files: ok, or any status.  Of POST /batches:
  ok          validating, in progress, completed     failed      refused as a whole, with a reason
  expired     every second request is answered       partial     every second has failed, in the error file
  twice       each line stands there twice           unknown     and lines that nobody asked for, and one that is no JSON
  cut         the file is cut, the first time        cutalways   each time
  lost        made, but the answer never comes       lost500     made, and 500
  list        made, and a list for an answer         nameless    made, and neither name nor status
  hang        in progress until it is cancelled      nousage     without usage
  prose       words instead of JSON                  gone        made, and forgotten
Of POST /fine_tuning/jobs: ok, failed, hang, lost, list, nameless; of its model's name nothing else is known.
"""
import email.parser
import email.policy
import json
import os
import re
import threading

files, batches, tunes = {}, {}, {}
downloads = {}
lock = threading.RLock()
LETTERS = re.compile(r"^[\w.:-]+$")


def parts(headers, data):
    head = b"Content-Type: " + headers["Content-Type"].encode() + b"\r\n\r\n"
    message = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(head + data)
    return {p.get_param("name", header="content-disposition"): p.get_payload(decode=True) for p in message.iter_parts()}


def keep(content):
    with lock:
        name = "file-%d" % (len(files) + 1)
        files[name] = content
    return name


def upload(headers, data, word):
    form = parts(headers, data)
    lines = [json.loads(line) for line in form["file"].decode().splitlines()]
    name = keep(form["file"])
    return {"id": name, "object": "file", "bytes": len(form["file"]), "purpose": form["purpose"].decode(),
            "status": "processed"}, lines


def answer_line(line, word, reply):
    message = reply(line["body"])
    if word == "prose":
        message["choices"][0]["message"]["content"] = "Here is a fine text."
    if word == "nousage":
        del message["usage"]
    return {"id": "r-" + line["custom_id"], "custom_id": line["custom_id"], "error": None,
            "response": {"status_code": 200, "request_id": "q", "body": message}}


def error_line(line, code, message):
    return {"id": "r-" + line["custom_id"], "custom_id": line["custom_id"], "response": None,
            "error": {"code": code, "message": message}}


def work(batch, reply):
    """The files of a batch that has come to its end."""
    word = batch["word"]
    lines = [json.loads(l) for l in files[batch["input_file_id"]].decode().splitlines()]
    if word == "failed":
        batch["errors"] = {"object": "list", "data": [{"code": "invalid", "line": 2, "message": "the model is not there"}]}
        return "failed"
    halved = word in ("expired", "partial") or batch["cancelled"]
    good = lines[::2] if halved else lines
    bad = lines[1::2] if halved else []
    out = [json.dumps(answer_line(l, word, reply), ensure_ascii=False) for l in good]
    if word == "twice":
        out = [x for l in out for x in (l, l)]
    if word == "unknown":
        out[1:1] = [json.dumps(answer_line(dict(good[0], custom_id=c), word, reply)) for c in
                    ("request-1", good[0]["custom_id"] + "9999", "-1", batch["metadata"]["reckon"] + "-0")] + ["{not JSON", "[]"]
    batch["output_file_id"] = keep("\n".join(out + [""]).encode())
    if bad:
        code = "batch_expired" if word == "expired" else "batch_cancelled" if batch["cancelled"] else "server_error"
        batch["error_file_id"] = keep("".join(json.dumps(error_line(l, code, "no answer")) + "\n" for l in bad).encode())
    batch["request_counts"] = {"total": len(lines), "completed": len(good), "failed": len(bad)}
    return "cancelled" if batch["cancelled"] else "expired" if word == "expired" else "completed"


def public(thing):
    return {k: v for k, v in thing.items() if k not in ("word", "cancelled", "asked")}


def create_batch(body, word):
    with lock:
        name = "batch_%d" % (len(batches) + 1)
        batch = {"id": name, "object": "batch", "status": "validating", "word": word, "cancelled": False, "errors": None,
                 "output_file_id": None, "error_file_id": None, "request_counts": {"total": 0, "completed": 0, "failed": 0},
                 **body}
        batches[name] = batch
        return public(batch)


def advance(batch, reply):
    steps = ["validating", "in_progress", "finalizing"]
    with lock:
        if batch["status"] == "cancelling":
            batch["status"] = work(batch, reply)
        elif batch["status"] in steps and batch["word"] != "hang":
            at = steps.index(batch["status"])
            batch["status"] = steps[at + 1] if at + 1 < len(steps) else work(batch, reply)
        elif batch["status"] == "validating":
            batch["status"] = "in_progress"
        return public(batch)


def content(name):
    """(bytes, whether the connection is to be cut)"""
    data = files.get(name)
    if data is None:
        return None
    word = next((b["word"] for b in batches.values() if b["output_file_id"] == name), "ok")
    downloads[name] = downloads.get(name, 0) + 1
    if word == "cutalways" or (word == "cut" and downloads[name] == 1):
        return data[: len(data) * 2 // 3]
    return data


def create_tune(body, word):
    with lock:
        name = "ftjob-%d" % (len(tunes) + 1)
        lines = [json.loads(l) for l in files[body["training_file"]].decode().splitlines()]
        tune = {"id": name, "object": "fine_tuning.job", "status": "validating_files", "fine_tuned_model": None, "error": None,
                "trained_tokens": None, "word": word, "asked": len(lines), **body}
        tunes[name] = tune
        return public(tune)


def advance_tune(tune):
    steps = ["validating_files", "queued", "running"]
    with lock:
        if tune["status"] in steps and not (tune["word"] == "hang" and tune["status"] == "running"):
            at = steps.index(tune["status"])
            if at + 1 < len(steps):
                tune["status"] = steps[at + 1]
            elif tune["word"] == "failed":
                tune["status"] = "failed"
                tune["error"] = {"code": "invalid_training_file", "message": "the loss is not a number", "param": "training_file"}
            else:
                tune["status"] = "succeeded"
                tune["fine_tuned_model"] = "ft:%s:shop::1" % tune["model"]
                tune["trained_tokens"] = 100 * tune["asked"]
        return public(tune)


def events_of(tune):
    data = [{"object": "fine_tuning.job.event", "id": "e0", "created_at": 1, "level": "info", "type": "message",
             "message": "Created"}]
    if tune["status"] in ("running", "succeeded"):
        for step in range(1, 6):
            data.append({"object": "fine_tuning.job.event", "id": "e%d" % step, "created_at": 1 + step, "level": "info",
                         "type": "metrics", "message": "Step %d" % step,
                         "data": {"step": step, "train_loss": 2.0 / step, "valid_loss": 2.2 / step}})
    return {"object": "list", "data": data[::-1], "has_more": False}
