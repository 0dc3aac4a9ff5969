"""Every tool by its name. Adding one is a file beside this and a line here; those of MCP servers join at run time."""

from __future__ import annotations

from agents.base import Tool
from agents.tools.ask_user import AskUser
from agents.tools.calculator import Calculator
from agents.tools.current_time import CurrentTime
from agents.tools.delete_history import DeleteHistory
from agents.tools.github import GITHUB_TOOLS
from agents.tools.plan import Plan
from agents.tools.sandbox.files import ListFiles, ReadFile, WriteFile
from agents.tools.sandbox.git import Git
from agents.tools.sandbox.git_push import GitPush
from agents.tools.sandbox.searching import SearchFiles
from agents.tools.sandbox.shell import Bash
from agents.tools.scratchpad import Scratchpad
from agents.tools.set_reminder import SetReminder
from agents.tools.todo import Todo
from agents.tools.web.web_fetch import WebFetch
from agents.tools.web.web_search import WebSearch

TOOLS: dict[str, Tool] = {
    tool.name: tool
    for tool in (
        CurrentTime(),
        Calculator(),
        DeleteHistory(),
        AskUser(),
        SetReminder(),
        Todo(),
        Plan(),
        Scratchpad(),
        WebFetch(),
        WebSearch(),
        Bash(),
        Git(),
        GitPush(),
        ReadFile(),
        WriteFile(),
        ListFiles(),
        SearchFiles(),
        *GITHUB_TOOLS,
    )
}
