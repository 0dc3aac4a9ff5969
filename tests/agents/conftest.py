from __future__ import annotations

import pytest

from agents.tools.registry import TOOLS
from tests.agents.scripted import PinNote, ReadWall, SendLetter


@pytest.fixture
def letters(monkeypatch: pytest.MonkeyPatch) -> SendLetter:
    """The tool `send_letter`, on offer for this test."""
    tool = SendLetter()
    monkeypatch.setitem(TOOLS, tool.name, tool)
    return tool


@pytest.fixture
def notes(monkeypatch: pytest.MonkeyPatch) -> PinNote:
    """The tool `pin_note`, on offer for this test; it is marked as writing."""
    tool = PinNote()
    monkeypatch.setitem(TOOLS, tool.name, tool)
    return tool


@pytest.fixture
def wall(monkeypatch: pytest.MonkeyPatch) -> ReadWall:
    """The tool `read_wall`, on offer for this test; it returns what strangers wrote."""
    tool = ReadWall()
    monkeypatch.setitem(TOOLS, tool.name, tool)
    return tool
