"""What a fake GitHub keeps of a repository beside its issues: https://docs.github.com/rest/repos."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zlib import crc32

from tests.fakes.github_errors import Failure
from tests.fakes.github_store import user
from tests.fakes.rules import Response, json_response
from tests.fakes.wire import Request

if TYPE_CHECKING:
    from tests.fakes.github import FakeGitHub
    from tests.fakes.github_routes import Ask


@dataclass(slots=True)
class Repository:
    """One repository; unknown ones are public, empty and without rules."""

    name: str
    private: bool = False
    bare: Path | None = None
    """Where git keeps it, if it can be fetched and pushed; `branches` follow each request."""
    files: dict[str, str] = field(default_factory=dict)
    """By path, the same at every commit."""
    branches: dict[str, str] = field(default_factory=lambda: {"main": "b" * 40})
    rules: list[dict[str, Any]] = field(default_factory=list)
    """As GET /rules/branches/{branch} returns them."""
    protection: dict[str, Any] | None = None
    """`required_status_checks` of classic protection."""
    admits: bool = True
    """Whether the caller may read classic protection."""
    check_runs: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """By commit, as are the statuses."""
    statuses: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    jobs: dict[int, dict[str, Any]] = field(default_factory=dict)
    logs: dict[int, str] = field(default_factory=dict)
    pages: int = 0
    """Entries on a page, where less than was asked for."""

    def shown(self) -> dict[str, Any]:
        owner, _, name = self.name.partition("/")
        return {
            "id": crc32(self.name.encode()),
            "name": name,
            "full_name": self.name,
            "private": self.private,
            "owner": user(owner),
            "default_branch": "main",
        }


def about(ask: Ask) -> Response:
    return json_response(ask.home.shown() | {"clone_url": f"{ask.fake.url}/{ask.repository}.git"})


def branch(ask: Ask) -> Response:
    name = ask.part["ref"]
    if name not in ask.home.branches:
        raise Failure(404, "Branch not found")
    checks = ask.home.protection
    shown = {"enforcement_level": "non_admins", **checks} if checks and ask.home.admits else {}
    protection = {"enabled": checks is not None, "required_status_checks": shown}
    commit = {"sha": ask.home.branches[name]}
    return json_response({
        "name": name, "commit": commit, "protected": checks is not None, "protection": protection,
    })  # fmt: skip


def protection(ask: Ask) -> Response:
    if not ask.home.admits:
        raise Failure(403)
    if ask.home.protection is None:
        raise Failure(404, "Branch not protected")
    return json_response({"strict": False, "contexts": [], "checks": []} | ask.home.protection)


def rules(ask: Ask) -> Response:
    return ask.page(ask.home.rules)


def check_runs(ask: Ask) -> Response:
    found = ask.home.check_runs.get(ask.part["ref"], [])
    return ask.page(found, around={"total_count": len(found)}, key="check_runs")


def combined_status(ask: Ask) -> Response:
    found = ask.home.statuses.get(ask.part["ref"], [])
    return ask.page(
        found, around={"state": "pending", "sha": ask.part["ref"], "total_count": len(found)}, key="statuses"
    )


def commit(ask: Ask) -> Response:
    ref = ask.part["ref"]
    sha = ask.home.branches.get("main" if ref == "HEAD" else ref, ref)
    if len(sha) != 40:
        raise Failure(422, f"No commit found for SHA: {ref}")
    return json_response({"sha": sha})


def ref(ask: Ask) -> Response:
    name = ask.part["ref"]
    if name not in ask.home.branches:
        raise Failure(404)
    return json_response({"ref": f"refs/heads/{name}", "object": {"type": "commit", "sha": ask.home.branches[name]}})


def create_ref(ask: Ask) -> Response:
    name = ask.body["ref"].removeprefix("refs/heads/")
    if name in ask.home.branches:
        raise Failure(422, "Reference already exists")
    ask.home.branches[name] = ask.body["sha"]
    return json_response({"ref": ask.body["ref"], "object": {"type": "commit", "sha": ask.body["sha"]}}, 201)


def tree(ask: Ask) -> Response:
    entries = [{"path": path, "type": "blob", "size": len(words)} for path, words in sorted(ask.home.files.items())]
    return json_response({"sha": "c" * 40, "tree": entries, "truncated": False})


def contents(ask: Ask) -> Response:
    path = ask.part["path"]
    words = ask.home.files.get(path)
    if words is None:
        below = [one for one in sorted(ask.home.files) if one.startswith(f"{path}/")]
        if not below:
            raise Failure(404)
        return json_response({"type": "dir", "path": path, "entries": [{"path": one, "type": "file"} for one in below]})
    if "raw" in ask.request.headers.get("accept", ""):
        return Response(200, words.encode(), {"content-type": "application/vnd.github.raw+json; charset=utf-8"})
    shown = {"type": "file", "path": path, "size": len(words.encode()), "encoding": "none", "content": ""}
    if len(words) <= 1_000_000:
        shown |= {"encoding": "base64", "content": base64.encodebytes(words.encode()).decode()}
    return json_response(shown)


def job(ask: Ask) -> Response:
    if ask.number not in ask.home.jobs:
        raise Failure(404)
    return json_response(ask.home.jobs[ask.number])


def job_log(ask: Ask) -> Response:
    """Kept on another host, whose address alone lets one in."""
    if ask.number not in ask.home.logs:
        raise Failure(404)
    return Response(302, b"", {"location": f"{ask.fake.store_url}/blobs/{ask.repository}/{ask.number}?sig=signed"})


def stored_log(fake: FakeGitHub, request: Request) -> Response | None:
    """A log where it is kept; whoever brings a credential there has given it away, and is refused."""
    found = re.fullmatch(r"/blobs/(.+)/(\d+)", request.path)
    if not found:
        return None
    if request.headers.get("authorization") or request.query.get("sig") != "signed":
        raise Failure(400)
    log = fake.repository(found[1]).logs[int(found[2])]
    return Response(200, log.encode(), {"content-type": "text/plain; charset=utf-8"})


def search(ask: Ask) -> Response:
    """Everything that tests have put there, whatever was asked: results are to be judged one by one."""
    found = ask.fake.found.get(ask.part["kind"], [])
    return json_response({"total_count": len(found), "incomplete_results": False, "items": found})
