"""An ASGI function that reads the body and says 200, under the settings with which `manage.py web` starts uvicorn."""

from __future__ import annotations

from typing import Any

import uvicorn

from bench.rivals.arguments import arguments

ANSWER = b'{"ok": true}'
HEADERS = [(b"content-type", b"application/json"), (b"content-length", str(len(ANSWER)).encode())]


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    await send({"type": "http.response.body", "body": ANSWER})


def main() -> None:
    given = arguments()
    uvicorn.run(
        application,
        host="127.0.0.1",
        port=given.port,
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=True,
        lifespan="off",
        backlog=4096,
    )


if __name__ == "__main__":
    main()
