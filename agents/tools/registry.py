"""Every tool by its name. Adding one is a file beside this and a line here."""

from __future__ import annotations

from agents.base import Tool
from agents.tools.calculator import Calculator
from agents.tools.current_time import CurrentTime
from agents.tools.delete_history import DeleteHistory

TOOLS: dict[str, Tool] = {tool.name: tool for tool in (CurrentTime(), Calculator(), DeleteHistory())}
