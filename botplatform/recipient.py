"""A recipient outside the pipeline, for drills: a small Bot API on this machine that keeps what a chat would show."""

from __future__ import annotations

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Recipient:
    """Counts what arrives. `messages` maps message ids to their latest text, as a person would see them."""

    def __init__(self) -> None:
        self.messages: dict[int, str] = {}
        self.sends = 0
        self._lock = threading.Lock()
        recipient = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                answer = recipient.take(self.path.rsplit("/", 1)[-1], json.loads(body or b"{}"))
                content = json.dumps({"ok": True, "result": answer}).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *args: Any) -> None:
                """Requests are counted, not logged: their paths hold the bot's token."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def take(self, method: str, values: dict[str, Any]) -> Any:
        """Play one call of the Bot API; its result."""
        if method == "getMe":
            return {"id": 1, "is_bot": True, "first_name": "Drill", "username": "drill_bot"}
        if method == "getUpdates":
            time.sleep(2)
            return []
        if method not in ("sendMessage", "editMessageText"):
            return True
        with self._lock:
            self.sends += method == "sendMessage"
            message_id = int(values.get("message_id") or len(self.messages) + 1)
            self.messages[message_id] = str(values["text"])
        return {
            "message_id": message_id,
            "date": int(time.time()),
            "chat": {"id": values.get("chat_id"), "type": "private"},
        }

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
