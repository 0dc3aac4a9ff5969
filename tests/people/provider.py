"""An OpenID Connect provider on a local port. It signs with a key of its own, and says what a test tells it to."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

CLIENT, SECRET = "bots", "provider-secret-0123"


class Provider:
    """`token` and `info` change what it says; `codes` are those it gave."""

    def __init__(self) -> None:
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.published = self.key
        self.token: dict[str, Any] = {}
        self.info: dict[str, Any] = {"sub": "s1", "email": "ada@example.org", "email_verified": True}
        self.codes: dict[str, dict[str, str]] = {}
        self.algorithm = "RS256"
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> Provider:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def approve(self, address: str) -> dict[str, str]:
        """What a person's browser brings back, after he said yes at the provider."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        code = secrets.token_urlsafe(8)
        self.codes[code] = asked
        return {"state": asked["state"], "code": code}

    def answer(self, path: str, form: dict[str, list[str]]) -> tuple[int, Any]:
        if path == "/.well-known/openid-configuration":
            names = {
                "authorization_endpoint": "auth",
                "token_endpoint": "token",
                "userinfo_endpoint": "info",
                "jwks_uri": "keys",
            }
            return 200, {"issuer": self.url, **{name: f"{self.url}/{part}" for name, part in names.items()}}
        if path == "/keys":
            public = json.loads(RSAAlgorithm.to_jwk(self.published.public_key()))
            return 200, {"keys": [{**public, "kid": "k1", "alg": "RS256", "use": "sig"}]}
        return (200, self.info) if path == "/info" else self._token(form)

    def _token(self, form: dict[str, list[str]]) -> tuple[int, Any]:
        asked = self.codes.pop(form.get("code", [""])[0], None)
        verifier = form.get("code_verifier", [""])[0].encode()
        proof = base64.urlsafe_b64encode(hashlib.sha256(verifier).digest()).rstrip(b"=").decode()
        if asked is None or form["client_secret"] != [SECRET] or asked["code_challenge"] != proof:
            return 400, {"error": "invalid_grant"}
        now = int(time.time())
        said = {
            "iss": self.url,
            "aud": CLIENT,
            "sub": "s1",
            "exp": now + 60,
            "iat": now,
            "nonce": asked["nonce"],
            **self.token,
        }
        key: Any = self.key if self.algorithm == "RS256" else SECRET
        signed = jwt.encode(said, key, algorithm=self.algorithm, headers={"kid": "k1"})
        return 200, {"access_token": "a", "token_type": "Bearer", "id_token": signed}

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._send({})

            def do_POST(self) -> None:
                length = int(self.headers["content-length"])
                self._send(parse_qs(self.rfile.read(length).decode()))

            def _send(self, form: dict[str, list[str]]) -> None:
                status, content = provider.answer(urlsplit(self.path).path, form)
                body = json.dumps(content).encode()
                self.send_response(status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                """Quiet."""

        return Handler
