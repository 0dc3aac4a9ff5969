"""A repository with a failing test, and a fake model that works on it: one tool call after the other, as results come in."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from tests.fakes.git import heads
from tests.fakes.github_events import issue_comment_event
from tests.fakes.model import MESSAGES
from tests.fakes.model_prompts import last_user_text
from tests.fakes.model_replies import Reply, text
from tests.system.fakes import Fakes
from tests.system.oracle import RECOVERY_SECONDS, Rows
from tests.system.planning import COMPLEX, wants_plan
from tests.system.platform import Platform

BROKEN = "def degrees(turns):\n    return turns * 180\n"
MENDED = "def degrees(turns):\n    return turns * 360\n"
FILES = {
    "angles.py": BROKEN,
    "test_angles.py": (
        "import unittest\n\nimport angles\n\n\nclass Angles(unittest.TestCase):\n"
        "    def test_a_whole_turn(self):\n        self.assertEqual(angles.degrees(1), 360)\n"
    ),
}
PLAN = {
    "summary": "Mend it",
    "steps": [
        {"id": "mend", "description": "Mend the test", "worker": "code", "task": "TASK-mend", "depends_on": []},
    ],
}
Move = Callable[[Sequence[str]], Reply]
"""What the model says next, given the results of its calls so far."""


@dataclass(frozen=True, slots=True)
class Hosted:
    """One repository at the fake, and the conversation in one of its issues."""

    platform: Platform
    fakes: Fakes
    repository: str
    number: int
    bare: Path

    @property
    def key(self) -> str:
        """Of the session."""
        return str(
            self.platform.sql("SELECT key FROM botplatform_session WHERE key LIKE %s", f"%:{self.number}")[0]["key"]
        )

    def comment(self, body: str, by: str) -> None:
        event = issue_comment_event(self.repository, self.number, body, author=by)
        assert self.platform.post_github("issue_comment", event).status_code == 200

    def ask(self, by: str) -> None:
        self.comment(f"@{self.platform.env['GITHUB_BOT_LOGIN']} please fix the failing test", by)

    def said(self, words: str) -> str:
        """Wait for a comment of the bot's with these words, and return it."""

        def found() -> str:
            comments = [str(one["body"]) for one in self.fakes.github.comments(self.repository, self.number)]
            return next((body for body in comments if words in body), "")

        return self.fakes.github.wait_until(found, RECOVERY_SECONDS)

    def heads(self) -> dict[str, str]:
        return heads(self.bare)

    def pulls(self) -> list[dict[str, Any]]:
        return [issue.shown_as_pull() for issue in self.fakes.github.store.pulls(self.repository)]


def let_work(fakes: Fakes, moves: Sequence[Move]) -> None:
    """Plan one step for the code worker, make these moves in it, and answer with what it brought."""

    def answer(prompt: dict[str, Any]) -> Reply:
        if wants_plan(prompt):
            return text(json.dumps(PLAN))
        if "TASK-mend" in last_asked(prompt):
            results = tool_results(prompt)
            return moves[len(results)](results)
        return text(f"Done. {last_user_text(prompt).partition('RESULT')[2][:300]}")

    fakes.model.default = answer
    fakes.model.classification = COMPLEX


def last_asked(prompt: dict[str, Any]) -> str:
    """The opening of a step."""
    return json.dumps(prompt["messages"][0]["content"])


def tool_results(prompt: dict[str, Any]) -> list[str]:
    """What the model has been told of its calls, in order."""
    blocks = [
        block for message in prompt["messages"] if isinstance(message["content"], list) for block in message["content"]
    ]
    return [_plain(block["content"]) for block in blocks if block["type"] == "tool_result"]


def _plain(content: Any) -> str:
    return content if isinstance(content, str) else "".join(part["text"] for part in content)


def offered(fakes: Fakes) -> set[str]:
    """The tools of the latest request that a step has made."""
    prompts = [call.body for call in fakes.model.select(MESSAGES) if "TASK-mend" in last_asked(call.body)]
    return {tool["name"] for tool in [prompt for prompt in prompts if not wants_plan(prompt)][-1].get("tools", [])}


def code_steps(platform: Platform, name: str = "%") -> Rows:
    """The tool steps of the latest code worker."""
    return platform.sql(
        "SELECT st.* FROM botplatform_step st JOIN botplatform_run r ON r.id = st.run_id WHERE st.kind = 'tool' "
        "AND st.name LIKE %s AND r.plan_step_id = (SELECT max(id) FROM botplatform_planstep) ORDER BY st.id", name,
    )  # fmt: skip


def workspaces(platform: Platform) -> list[str]:
    place = platform.data_dir / "workspaces"
    return sorted(os.listdir(place)) if place.is_dir() else []


def command_lines(mark: str = "") -> list[str]:
    """Of all processes of this machine but this one; those with a mark."""
    found = []
    for process in psutil.process_iter():
        try:
            line = "\0".join(process.cmdline())
        except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
            continue
        if mark in line and process.pid != os.getpid():
            found.append(line)
    return found
