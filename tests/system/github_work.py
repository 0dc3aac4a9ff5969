"""A repository at the fake, a fake model that has one step do something on GitHub, and what became of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from zlib import crc32

from tests.agents.github.world import recorded_files
from tests.fakes.github_events import issue_comment_event
from tests.fakes.github_store import Issue, user
from tests.fakes.model_prompts import blocks, last_user_text
from tests.fakes.model_replies import Reply, text, tool
from tests.system.fakes import Fakes
from tests.system.planning import COMPLEX, planned, wants_plan
from tests.system.platform import Platform

REPOSITORY = "octo/widgets"
MAINTAINER, STRANGER = "maintainer", "passer-by"
_numbers = count(301)

Made = tuple[str, dict[str, Any]]


@dataclass
class Obeying:
    """Plans these steps, makes the calls of each in order, and says what the last one brought."""

    calls: dict[str, Sequence[Made]]
    """By worker."""
    told: list[str] = field(default_factory=list)
    """Every tool result, in order."""
    offered: dict[str, set[str]] = field(default_factory=dict)
    """By worker: the tools that its model calls had."""

    def __call__(self, prompt: dict[str, Any]) -> Reply:
        if wants_plan(prompt):
            names = list(self.calls)
            steps = [planned(name, *names[:place], worker=name) for place, name in enumerate(names)]
            return text(json.dumps({"summary": "As asked", "steps": steps}))
        said = last_user_text(prompt)
        worker = next((name for name in self.calls if f"task: TASK-{name}" in said), "")
        if not worker:
            return text(f"All done. {self.told[-1] if self.told else ''}")
        self.offered[worker] = {one["name"] for one in prompt.get("tools", ())}
        results = [_words(block) for message in prompt["messages"] for block in _results(message)]
        self.told += results[-1:]
        if len(results) < len(self.calls[worker]):
            return tool(*self.calls[worker][len(results)])
        return text(f"RESULT-{worker}: {results[-1] if results else ''}")


def _results(message: dict[str, Any]) -> list[dict[str, Any]]:
    return [block for block in blocks(message) if block.get("type") == "tool_result"]


def _words(block: dict[str, Any]) -> str:
    content = block["content"]
    return content if isinstance(content, str) else "".join(part.get("text", "") for part in content)


def let_obey(fakes: Fakes, *calls: Made, worker: str = "github", **more: Sequence[Made]) -> Obeying:
    """Have the next plan's one step make these calls; `more`: further steps by worker, each after those before it."""
    obeying = Obeying({worker: calls, **more})
    fakes.model.default = obeying
    fakes.model.classification = {**COMPLEX, "category": "github"}
    return obeying


# -- the repository


def new_pull(fakes: Fakes, **fields: Any) -> Issue:
    """A pull request with the recorded diff, by a maintainer; its head is like no other."""
    fakes.github.permit(REPOSITORY, MAINTAINER, "write")
    fakes.github.permit(REPOSITORY, STRANGER, "read")
    number = next(_numbers)
    given: dict[str, Any] = {"sha": f"{number:040x}", "author": MAINTAINER, "files": recorded_files()}
    return fakes.github.add_issue(REPOSITORY, number, is_pull=True, **given | fields)


def report_check(fakes: Fakes, commit: str, conclusion: str = "") -> None:
    """Let the commit's one check be pending or, with a conclusion, completed."""
    status = "completed" if conclusion else "in_progress"
    app = {"id": 15368, "slug": "github-actions"}
    run = {"id": 7, "name": "tests", "head_sha": commit, "status": status, "conclusion": conclusion or None, "app": app}
    fakes.github.repository(REPOSITORY).check_runs[commit] = [run]


def session_key(number: int, repository: str = REPOSITORY) -> str:
    return f"{crc32(repository.encode())}:{number}"


def say(platform: Platform, number: int, body: str, by: str = MAINTAINER, *, is_pull: bool = True) -> None:
    """A comment, delivered and kept at the fake as GitHub keeps it."""
    event = issue_comment_event(REPOSITORY, number, body, author=by, is_pull=is_pull)
    platform.fakes.github.add_comment(REPOSITORY, number, body, by)
    assert platform.post_github("issue_comment", event).status_code == 200


# -- what became of it


def own_comments(fakes: Fakes, number: int, repository: str = REPOSITORY) -> list[str]:
    """What the bot's account says in a conversation now."""
    own = user(fakes.github.access.login)["id"]
    return [one["body"] for one in fakes.github.comments(repository, number) if one["user"]["id"] == own]


def wait_for_comment(
    fakes: Fakes, number: int, words: str, repository: str = REPOSITORY, *, timeout: float = 45
) -> str:
    """Wait for a comment of the bot's that has these words, and return it."""

    def look() -> list[str]:
        return [body for body in own_comments(fakes, number, repository) if words in body]

    return fakes.github.wait_until(look, timeout)[-1]


def written(fakes: Fakes) -> list[str]:
    """What was changed at the fake beside comments in conversations and reactions: names of calls."""
    calls = [call for call in fakes.github.calls if call.method != "GET" and not call.path.endswith("/reactions")]
    return [call.name for call in calls if "/comments" not in call.path or "/pulls/" in call.path]


def merges(fakes: Fakes, number: int) -> list[str]:
    """The commits that took effect as merges."""
    calls = fakes.github.select(f"PUT /repos/{REPOSITORY}/pulls/{number}/merge")
    return [call.body["sha"] for call in calls if call.accepted]
