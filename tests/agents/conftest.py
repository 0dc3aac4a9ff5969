from __future__ import annotations

import pytest

from agents.tools.registry import TOOLS
from tests.agents.scripted import SendLetter


@pytest.fixture
def letters(monkeypatch: pytest.MonkeyPatch) -> SendLetter:
    """The tool `send_letter`, on offer for this test."""
    tool = SendLetter()
    monkeypatch.setitem(TOOLS, tool.name, tool)
    return tool
