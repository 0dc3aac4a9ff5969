"""A GitHub REST API server: https://docs.github.com/rest.

As a process: `python -m tests.fakes.github [--port P]`.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from tests.fakes import github_code, github_git
from tests.fakes.calls import Call
from tests.fakes.git import make_bare
from tests.fakes.github_access import Access, Permission
from tests.fakes.github_apps import Hooks, answer_open
from tests.fakes.github_code import Repository
from tests.fakes.github_errors import Failure, error
from tests.fakes.github_routes import ROUTES, Ask
from tests.fakes.github_store import Issue, Store, user
from tests.fakes.process import serve
from tests.fakes.rules import Refuse, Response, json_response
from tests.fakes.server import Fake
from tests.fakes.wire import Request

_CHAT = re.compile(r"/repos/([^/]+/[^/]+)/(?:issues|pulls)/(\d+)")


class FakeGitHub(Fake):
    """Names of calls are like `POST /repos/octo/widgets/issues/1/comments`; patterns like `POST */comments` fit."""

    kind = "github"

    def __init__(
        self, port: int = 0, *, login: str = "helpful-bot", token_seconds: float = 3600, installation_id: int = 99
    ) -> None:
        super().__init__(port)
        self.access = Access(login, token_seconds)
        self.store = Store(self.lock)
        self.installation_id = installation_id
        self.reactions: dict[tuple[str, str, int], list[str]] = {}
        """By repository, kind (`issues`, `issues/comments`, `pulls/comments`) and number."""
        self.permissions: dict[tuple[str, str], Permission] = {}
        """By repository and login, in lower case; whoever is not in it is unknown."""
        self.hooks = Hooks()
        self.repositories: dict[str, Repository] = {}
        self.found: dict[str, list[dict[str, Any]]] = {}
        """What the search for `issues` and `code` returns."""

    # -- for tests

    def repository(self, name: str, **fields: Any) -> Repository:
        """One repository, with some of its fields changed; unknown ones are made up when first asked for."""
        with self.lock:
            found = self.repositories.setdefault(name, Repository(name))
            for field_name, value in fields.items():
                setattr(found, field_name, value)
            return found

    def host(self, name: str, bare: Path, files: Mapping[str, str]) -> Repository:
        """A repository that can be fetched and pushed, with one commit on `main`, kept in the directory `bare`."""
        make_bare(bare, files)
        return self.repository(name, bare=bare)

    def add_issue(self, repository: str, number: int, **fields: Any) -> Issue:
        """Set up an issue or, with `is_pull=True`, a pull request; unknown ones are made up when first asked for."""
        issue = Issue(repository, number, **fields)
        self.store.put(issue)
        return issue

    @property
    def store_url(self) -> str:
        """Where logs are kept: to a client, another host."""
        return self.url.replace("127.0.0.1", "localhost")

    def add_comment(self, repository: str, number: int, body: str, author: str = "octocat") -> dict[str, Any]:
        return self.store.comment(self.store.issue(repository, number), body, user(author))

    def comments(self, repository: str, number: int) -> list[dict[str, Any]]:
        """The comments as people see them now."""
        with self.lock:
            return list(self.store.issue(repository, number).comments)

    def permit(
        self, repository: str, login: str, role: str = "read", *, base: str = "", user_id: int | None = None
    ) -> None:
        """Give somebody a role from now on. `user_id`: that of whoever has the login now, if not the usual account."""
        account = user(login) if user_id is None else {**user(login), "id": user_id}
        with self.lock:
            self.permissions[repository.lower(), login.lower()] = Permission(role, account, base)

    def revoke(self, token: str) -> None:
        """Refuse a token from now on."""
        self.access.revoked.add(token)

    def slow_down(self, retry_after: int, name: str = "*", **rule: Any) -> Refuse:
        """The secondary rate limit: 403 with Retry-After."""
        body = error(403, "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.")
        return self.refuse(403, name, body=body, headers={"retry-after": str(retry_after)}, **rule)

    def error_body(self, status: int) -> Any:
        return error(status)

    # -- serving

    def describe(self, request: Request, body: Any) -> tuple[str, int | str | None, str]:
        found = _CHAT.match(request.path)
        text = body.get("body") or body.get("content") if isinstance(body, dict) else None
        chat = f"{found[1]}#{found[2]}" if found else None
        return f"{request.method} {request.path}", chat, text if isinstance(text, str) else ""

    async def answer(self, request: Request, call: Call) -> Response:
        try:
            with self.lock:
                if (opened := answer_open(self, request, call.body)) is not None:
                    return opened
            with self.lock:
                if (stored := github_code.stored_log(self, request)) is not None:
                    return stored
            if (packed := await github_git.served(self, request)) is not None:
                return packed
            caller = self.access.caller(request.headers.get("authorization", ""))
            for method, path, endpoint in ROUTES:
                if method == request.method and (found := path.fullmatch(unquote(request.path))):
                    with self.lock:
                        return endpoint(Ask(self, caller, request, call.body, found.groupdict()))
            raise Failure(404)
        except Failure as failure:
            return json_response(failure.body, failure.status)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    serve(FakeGitHub(parser.parse_args().port))


if __name__ == "__main__":
    main()
