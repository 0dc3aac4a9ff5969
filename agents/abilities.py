"""What a run may do beside talking. A context that cannot do one of these says so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NoReturn

from agents.errors import AgentError
from agents.plans import PageRead, PlanDraft


class Abilities:
    """The part of a run's context that not every context has."""

    async def dispatch(self, plan: PlanDraft) -> NoReturn:
        """Store a plan and have workers carry it out; the run sleeps until all of its steps are at an end.

        Raises Parked when it is stored, and AgentError where plans are not carried out.
        """
        raise AgentError("plans are not carried out here", retryable=False, public="I cannot carry out plans here.")

    async def wait(self, seconds: float, what: str, *, key: str = "") -> NoReturn:
        """Sleep without a slot; the same call of a repeatable tool is made again then, or when `key` happens.

        `what` says for people what is waited for. Raises Parked, and AgentError where nothing can wait.
        """
        raise AgentError(f"nothing can wait here: {what}", retryable=False)

    async def keep(self, name: str, text: str) -> None:
        """Keep a note for the rest of this answer, whoever goes on with it; an empty one is forgotten."""

    async def kept(self) -> Mapping[str, str]:
        """The notes by name."""
        return {}

    async def todo(self, asked: str) -> str:
        """Carry out `TEXT`, `done N`, `remove N`, or list (empty) on the conversation's list; what it looks like then."""
        raise AgentError("there is no list here", retryable=False)

    async def remind(self, at: datetime, text: str) -> str:
        """Have a reminder posted into this conversation at a moment (with its time zone); how it is called."""
        raise AgentError("there are no reminders here", retryable=False)

    async def pages_read(self) -> Sequence[PageRead]:
        """Pages that runs of this answer have fetched, as they read them."""
        return ()
