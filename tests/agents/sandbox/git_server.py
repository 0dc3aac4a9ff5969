"""A git server over HTTP, by `git http-backend`, that wants a token."""

from __future__ import annotations

import base64
import contextlib
import os
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

TOKEN = "ghs-5ecret-t0ken"
CONFIGURATION = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_COUNT": "1",
    "GIT_CONFIG_KEY_0": "safe.directory",
    "GIT_CONFIG_VALUE_0": "*",
}
COMMIT = {f"GIT_{who}_{what}": "someone@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}


def git(place: Path, *words: str) -> str:
    env = {"PATH": os.environ["PATH"], **CONFIGURATION, **COMMIT}
    return subprocess.run(
        ["git", *words], cwd=place, env=env, check=True, capture_output=True, text=True
    ).stdout.strip()


@dataclass
class GitServer:
    """Serves `owner/name.git`."""

    url: str
    bare: Path
    requests: list[str] = field(default_factory=list)

    def heads(self) -> dict[str, str]:
        lines = git(self.bare, "for-each-ref", "--format=%(refname) %(objectname)").splitlines()
        return dict(line.split() for line in lines)

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
    bare.mkdir(parents=True)
    git(bare, "init", "-q", "--bare", "-b", "main")
    git(bare, "config", "http.receivepack", "true")
    seed = root / "seed"
    git(root, "init", "-q", "-b", "main", str(seed))
    (seed / "README.md").write_text("Hello.\n")
    git(seed, "add", "-A")
    git(seed, "commit", "-q", "-m", "First")
    git(seed, "push", "-q", str(bare), "main")
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
            head, _, content = _backend(root, self, body).partition(b"\r\n\r\n")
            fields = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
            self.send_response(int(fields.pop("Status", "200").split()[0]))
            for name, value in fields.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

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


def _backend(root: Path, request: BaseHTTPRequestHandler, body: bytes) -> bytes:
    path, _, query = request.path.partition("?")
    env = {
        "PATH": os.environ["PATH"],
        "GIT_PROJECT_ROOT": str(root),
        "GIT_HTTP_EXPORT_ALL": "1",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "REQUEST_METHOD": request.command,
        "CONTENT_TYPE": request.headers.get("Content-Type", ""),
        "CONTENT_LENGTH": str(len(body)),
        "HTTP_CONTENT_ENCODING": request.headers.get("Content-Encoding", ""),
        "GIT_PROTOCOL": request.headers.get("Git-Protocol", ""),
        "REMOTE_USER": "bot",
        **CONFIGURATION,
    }
    return subprocess.run(["git", "http-backend"], input=body, env=env, capture_output=True, check=False).stdout
