"""A git server over HTTP, by `git http-backend`, that wants a token."""

from __future__ import annotations

import base64
import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.fakes.git import backend, git, heads, make_bare

TOKEN = "ghs-5ecret-t0ken"


@dataclass
class GitServer:
    """Serves `owner/name.git`."""

    url: str
    bare: Path
    requests: list[str] = field(default_factory=list)

    def heads(self) -> dict[str, str]:
        return heads(self.bare)

    def commit(self, path: str, text: str, *, branch: str = "main") -> str:
        """Upstream moves on."""
        work = self.bare.parent / "work"
        if not work.exists():
            git(self.bare.parent, "clone", "-q", str(self.bare), str(work))
        git(
            work,
            "checkout",
            "-q",
            "-B",
            branch,
            f"origin/{branch}" if f"refs/heads/{branch}" in self.heads() else "HEAD",
        )
        (work / path).write_text(text)
        git(work, "add", "-A")
        git(work, "commit", "-q", "-m", f"Change {path}")
        git(work, "push", "-q", "origin", branch)
        return git(work, "rev-parse", "HEAD")


@contextlib.contextmanager
def serving(root: Path) -> Iterator[GitServer]:
    bare = root / "owner" / "name.git"
    make_bare(bare, {"README.md": "Hello.\n"})
    wanted = "Basic " + base64.b64encode(f"x-access-token:{TOKEN}".encode()).decode()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *args: object) -> None:
            pass

        def answer(self) -> None:
            running.requests.append(f"{self.command} {self.path}")
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if self.headers.get("Transfer-Encoding") == "chunked":
                body = b"".join(iter(self._chunk, b""))
            if self.headers.get("Authorization") != wanted:
                self.send_response(401)
                self.send_header("WWW-Authenticate", 'Basic realm="here"')
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            path, _, query = self.path.partition("?")
            headers = {name.lower(): value for name, value in self.headers.items()}
            answered = backend(root, self.command, path, query, headers, body)
            self.send_response(answered.status)
            for name, value in answered.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answered.body)))
            self.end_headers()
            self.wfile.write(answered.body)

        def _chunk(self) -> bytes:
            size = int(self.rfile.readline(), 16)
            chunk = self.rfile.read(size)
            self.rfile.readline()
            return chunk

        do_GET = do_POST = answer  # noqa: N815 - so called by the library

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        running = GitServer(f"http://127.0.0.1:{http.server_port}/owner/name.git", bare)
        thread = threading.Thread(target=http.serve_forever, args=(0.02,))
        thread.start()
        yield running
        http.shutdown()
        thread.join()
