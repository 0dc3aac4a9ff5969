"""A server that misbehaves as its tools are named. By hand and of the handshake's era: no SDK in between."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from typing import Any

TOOLS = ("echo", "crash", "hang", "garbage", "endless", "fork", "env", "pictures", "large", "leak")


def definition(name: str) -> dict[str, Any]:
    return {"name": name, "description": f"Will {name}.", "inputSchema": {"type": "object", "properties": {}}}


def say(message: Any) -> None:
    sys.stdout.write((message if isinstance(message, str) else json.dumps(message)) + "\n")
    sys.stdout.flush()


def text(words: str, *, wrong: bool = False) -> dict[str, Any]:
    return {"content": [{"type": "text", "text": words}], "isError": wrong}


def called(name: str, arguments: dict[str, Any]) -> dict[str, Any]:
    if name == "crash":
        sys.stderr.write("I cannot go on\n")
        os._exit(7)
    if name == "hang":
        time.sleep(600)
    if name == "garbage":
        say("this is not JSON")
        say({"jsonrpc": "2.0", "id": 999_999, "result": {}})
        say("")
    if name == "endless":
        while True:
            sys.stdout.write("x" * 100_000)
    if name == "fork":
        return text(str(subprocess.Popen(["sleep", "600"]).pid))
    if name == "env":
        return text(json.dumps(dict(os.environ)))
    if name == "pictures":
        picture = {"type": "image", "data": "aGVsbG8=", "mimeType": "image/png"}
        link = {"type": "resource_link", "uri": "file:///x", "name": "x"}
        inside = {"type": "resource", "resource": {"uri": "note://1", "text": "a note"}}
        return {"content": [picture, link, inside], "structuredContent": {"n": 1}, "isError": False}
    if name == "large":
        return text("l" * 100_000)
    if name == "leak":
        return text(f"wrong key {os.environ.get('KEY')}", wrong=True)
    return text(json.dumps(arguments))


def answer(request: dict[str, Any]) -> None:
    method, known = request["method"], {"jsonrpc": "2.0", "id": request.get("id")}
    if method == "initialize":
        about = {"name": "fake", "version": "1"}
        version = request["params"]["protocolVersion"]
        say({**known, "result": {"protocolVersion": version, "capabilities": {"tools": {}}, "serverInfo": about}})
    elif method == "tools/list":
        say({**known, "result": {"tools": [definition(name) for name in TOOLS]}})
    elif method == "tools/call":
        params = request["params"]
        say({**known, "result": called(params["name"], params.get("arguments") or {})})
    elif "id" in request:
        say({**known, "error": {"code": -32601, "message": "there is no such method"}})


if __name__ == "__main__":
    for line in sys.stdin:
        answer(json.loads(line))
