"""What tools cannot do without, whether this installation has it, and why not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.safestring import SafeString

from agents.base import Need
from agents.registry import TOOLS
from botplatform import config
from botplatform.admin import showing
from botplatform.admin.bot_form import stored_credentials
from botplatform.admin.servers.standing import workers_say
from botplatform.models import Bot, Process

TITLES = {
    Need.WORKSPACE: "Sandbox",
    Need.BROKER: "Repositories in the sandbox",
    Need.GITHUB: "GitHub",
    Need.FETCH: "Web pages",
    Need.SEARCH: "Web search",
}
PROBES = 100


@dataclass(frozen=True, slots=True)
class Probe:
    """One attempt to get out of a worker's sandbox."""

    name: str
    denied: bool
    detail: str


@dataclass(frozen=True, slots=True)
class Sandbox:
    """One worker's, as it last said."""

    worker: SafeString
    offered: bool
    why: str
    probes: Sequence[Probe] = ()

    @property
    def label(self) -> SafeString:
        return showing.label("done", "offered") if self.offered else showing.label("failed", "not offered")


@dataclass(frozen=True, slots=True)
class Met:
    """One need; `why` tells what there is, or what is missing and how to mend it."""

    need: Need
    has: bool
    why: str
    tools: Sequence[str] = field(default_factory=list)
    sandboxes: Sequence[Sandbox] = ()

    @property
    def title(self) -> str:
        return TITLES[self.need]

    @property
    def label(self) -> SafeString:
        return showing.label("done", "there") if self.has else showing.label("failed", "missing")


def all_of(*, sees_workers: bool) -> list[Met]:
    """Each need, in the order in which the code names them; sandboxes one by one for those who may see processes."""
    boxes = [_sandbox(process, detail.get("sandbox")) for process, detail in workers_say()]
    github = _github()
    told = {
        Need.WORKSPACE: _workspace(boxes),
        Need.BROKER: _broker(boxes, github),
        Need.GITHUB: github,
        Need.FETCH: (True, "Pages are fetched by the workers themselves; addresses that are not public are refused."),
        Need.SEARCH: _search(),
    }
    shown = {Need.WORKSPACE: boxes if sees_workers else []}
    return [Met(need, *told[need], _tools(need), shown.get(need, [])) for need in Need]


def _tools(need: Need) -> list[str]:
    return sorted(name for name, tool in TOOLS.items() if need in tool.needs)


def _search() -> tuple[bool, str]:
    provider = config.load().SEARCH_PROVIDER
    if not provider:
        return False, "No search provider is set: SEARCH_PROVIDER takes searxng, brave or tavily."
    return True, f"Searches go to {provider}."


def _github() -> tuple[bool, str]:
    bots = list(Bot.objects.filter(transport="github").order_by("slug"))
    working = [bot for bot in bots if bot.enabled and _signs_in(bot)]
    if working:
        lapses = "; ".join(f"{bot.slug}: {bot.problem}" for bot in working if bot.problem)
        names = ", ".join(bot.slug for bot in working)
        return True, showing.shorten(
            f"Through the GitHub bot {names}." + (f" GitHub complains: {lapses}" if lapses else ""), 400
        )
    if not bots:
        return False, "There is no GitHub bot: set one up under Bots, or set GITHUB_TOKEN."
    return False, "The GitHub bot is switched off, or has no token and no App's key."


def _signs_in(bot: Bot) -> bool:
    kept = stored_credentials(bot)
    return bool(kept.get("token") or kept.get("app_id"))


def _sandbox(process: Process, said: object) -> Sandbox:
    worker = showing.anchor(process)
    if not isinstance(said, dict):
        return Sandbox(worker, False, "It has said nothing of a sandbox.")
    listed = said.get("probes")
    probes = [_probe(one) for one in listed[:PROBES] if isinstance(one, dict)] if isinstance(listed, list) else []
    offered = said.get("offered") is True
    why = showing.shorten(str(said.get("why") or ""), 600)
    return Sandbox(worker, offered, why or ("" if offered else "It does not say why."), probes)


def _probe(said: Mapping[str, Any]) -> Probe:
    detail = showing.shorten(str(said.get("detail") or ""), 300)
    return Probe(showing.shorten(str(said.get("name") or "?"), 100), said.get("denied") is True, detail)


def _workspace(boxes: Sequence[Sandbox]) -> tuple[bool, str]:
    """Tools that need it are offered by those workers alone that have it."""
    if not boxes:
        return False, "No worker is alive that could say whether its sandbox holds."
    lacking = [box for box in boxes if not box.offered]
    if len(lacking) == len(boxes):
        return False, "No worker offers it: " + "; ".join(dict.fromkeys(box.why for box in lacking))
    if lacking:
        return True, f"{len(boxes) - len(lacking)} of {len(boxes)} workers offer it."
    return True, "Every worker offers it: nothing that was tried got out."


def _broker(boxes: Sequence[Sandbox], github: tuple[bool, str]) -> tuple[bool, str]:
    sandbox = _workspace(boxes)
    if sandbox[0] and github[0]:
        return True, "Fetched and pushed outside of the sandbox, by whoever holds the credential for one repository."
    return False, sandbox[1] if not sandbox[0] else github[1]
