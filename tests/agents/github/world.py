"""A run that reaches a fake GitHub over the wire, through the code that the platform uses."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NoReturn

from agents.base import Parked, Services, Tool, ToolResult
from agents.tools.github import GITHUB_TOOLS
from botplatform.pipeline.reaching.github import Reach
from tests.agents.context import MemoryContext
from tests.fakes.github_store import user
from tests.transports.github_bot import PAYLOADS, bot

LOGIN = "helpful-bot"
OWN_ID = str(user(LOGIN)["id"])
HOME = "meadow-labs/sundial"
PULL = 13
HEAD = "6f1c0d3b1a5e4f7c9d2b8a60e3f4c1d2b3a49586"
NEXT = "7a1c0d3b1a5e4f7c9d2b8a60e3f4c1d2b3a49587"
RECORDED = PAYLOADS.parent / "github_diff" / "emission_327.diff"
TOOLS: dict[str, Tool] = {tool.name: tool for tool in GITHUB_TOOLS}


class Run(MemoryContext):
    """Waits and notes are written down; `public` and the rest are the conversation's."""

    def __init__(self, url: str, *, repository: str = HOME, public: bool = True, number: int = PULL) -> None:
        super().__init__()
        self.transport = bot(api_url=url, account_id=OWN_ID)
        here = repository != ""
        reach = Reach(
            self.transport, public=public, repository=repository, number=number if here else None, is_pull=here
        )
        self.services = Services(github=reach)
        self.waits: list[tuple[float, str, str]] = []
        self.notes_kept: dict[str, str] = {}

    async def wait(self, seconds: float, what: str, *, key: str = "") -> NoReturn:
        self.waits.append((seconds, what, key))
        raise Parked

    async def keep(self, name: str, text: str) -> None:
        self.notes_kept[name] = text
        if not text:
            del self.notes_kept[name]

    async def kept(self) -> Mapping[str, str]:
        return dict(self.notes_kept)

    async def use(self, name: str, **arguments: Any) -> ToolResult:
        return await TOOLS[name].call(arguments, self)


def recorded_files() -> list[dict[str, Any]]:
    """The recorded diff as GET /pulls/{n}/files returns it: the patch of each file begins with its first hunk."""
    files = []
    for part in re.split(r"(?m)^(?=diff --git )", RECORDED.read_text())[1:]:
        head, _, hunks = part.partition("\n@@ ")
        name = head.splitlines()[0].rpartition(" b/")[2]
        patch = f"@@ {hunks}".removesuffix("\n")
        signs = [line[:1] for line in patch.split("\n")]
        numbers = {"additions": signs.count("+"), "deletions": signs.count("-")}
        files.append({"filename": name, "status": "modified", "patch": patch, **numbers})
    return files
