#!/usr/bin/env python3
"""Counts the words of a text, or of a page that the daemon fetches for us. The whole protocol: sdk/exec.md."""
import collections, json, re, struct, sys

frames_in, frames_out = sys.stdin.buffer, sys.stdout.buffer
sys.stdout = sys.stderr  # print() goes to the daemon's log; standard output is for frames alone


def send(**message):
    text = json.dumps(message).encode()
    frames_out.write(struct.pack("<I", len(text)) + text)
    frames_out.flush()


def receive():
    prefix = frames_in.read(4)
    if len(prefix) < 4:
        sys.exit(0)  # the worker is gone
    return json.loads(frames_in.read(struct.unpack("<I", prefix)[0]))


def fetch(call, url):
    """One GET by the daemon, which guards the network; None once the call shall stop."""
    send(type="http", call=call, id=1, requests=[{"url": url, "timeout_ms": 10000}])
    while True:
        answer = receive()
        if answer["type"] == "http":
            return answer["replies"][0]
        if answer["type"] == "cancel":
            return None


def words(message):
    call, text = message["call"], message["input"].get("text")
    if text is None:
        reply = fetch(call, message["input"]["url"])
        if reply is None:
            return {"class": "cancelled"}
        if reply["failure"]:
            return {"class": "transient", "code": reply["failure"], "message": reply["message"]}
        if reply["status"] != 200:
            return {"class": "upstream", "code": f"http_{reply['status']}", "message": "no page"}
        text = re.sub(r"<[^>]*>", " ", reply.get("body", ""))
    found = [word.lower() for word in re.findall(r"[^\W\d_]+", text)]
    send(type="log", call=call, level="info", text=f"{len(found)} words")
    top = collections.Counter(found).most_common(message["config"].get("top", 3))
    return {"class": "ok", "output": {"words": len(found), "distinct": len(set(found)), "top": top}}


schema = {"type": "object", "properties": {"text": {"type": "string"}, "url": {"type": "string"}},
          "anyOf": [{"required": ["text"]}, {"required": ["url"]}], "examples": [{"text": "to be or not to be"}]}
send(type="hello", protocol=1, name="words", version="1.0.0",
     steps=[{"type": "words", "summary": "Counts the words of a text or a page", "input_schema": schema}])
while True:
    message = receive()
    if message["type"] == "call":  # a cancel of a call that has ended is none of our business
        send(type="result", call=message["call"], **words(message))
