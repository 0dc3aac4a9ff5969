"""How a run of an agent ends without an answer."""

from __future__ import annotations


class AgentError(Exception):
    """The agent cannot answer.

    `retryable`: whether a later attempt may succeed. `public` is safe to show in the chat; the message itself is for
    the console.
    """

    def __init__(self, message: str, *, retryable: bool, public: str = "", retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retryable = retryable
        self.public = public
        self.retry_after = retry_after


class SwitchAgent(Exception):
    """Another agent should answer. The pipeline lets a run switch once and records why."""

    def __init__(self, agent: str, reason: str) -> None:
        super().__init__(f"to {agent}: {reason}")
        self.agent = agent
        self.reason = reason


class Parked(Exception):
    """The run waits for people's decisions. Everything it needs to go on is stored; the pipeline frees its slot."""
