#!/usr/bin/env python3
"""Fetches a page and returns its title. The protocol: sdk/exec.md of stepd."""
import json, re, struct, sys

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


def fetch(call, url, timeout_ms):
    """One GET by the daemon, which guards the network; None once the call shall stop."""
    send(type="http", call=call, id=1, requests=[{"url": url, "timeout_ms": timeout_ms}])
    while True:
        answer = receive()
        if answer["type"] == "http":
            return answer["replies"][0]
        if answer["type"] == "cancel":
            return None


def failure(outcome, code, message):
    return {"class": outcome, "code": code, "message": message}


def run(message):
    """The step: from input and options to a result."""
    given = message["input"]
    url = given.get("url") if isinstance(given, dict) else None
    if not isinstance(url, str) or not url:
        return failure("invalid_input", "no_url", "the input has no url")
    reply = fetch(message["call"], url, message["config"].get("timeout_ms", 5000))
    if reply is None:
        return {"class": "cancelled"}
    if reply["failure"]:
        return failure("transient", reply["failure"], reply["message"])
    if reply["status"] == 404:
        return failure("not_found", "no_page", "there is no such page")
    if reply["status"] != 200:
        return failure("upstream", f"http_{reply['status']}", "the site did not answer well")
    body = reply.get("body", "")
    title = re.search(r"<title>(.*?)</title>", body, re.S)
    return {"class": "ok", "output": {"title": title.group(1) if title else "", "bytes": len(body)}}


def main():
    text, number = {"type": "string"}, {"type": "integer"}
    send(type="hello", protocol=1, name="my_plugin", version="0.1.0", license="Apache-2.0", steps=[{
        "type": "my_plugin", "summary": "Fetches a page and returns its title",
        "input_schema": {"type": "object", "required": ["url"], "properties": {"url": {**text, "description": "of the page"}}},
        "output_schema": {"type": "object", "required": ["title", "bytes"], "properties": {
            "title": {**text, "description": "of the page"}, "bytes": {**number, "description": "size of the page"}}}}])
    while True:
        message = receive()
        if message["type"] == "call":  # a cancel of a call that has ended is none of our business
            send(type="result", call=message["call"], **run(message))


if __name__ == "__main__":
    main()
