"""Tools for GitHub, each in a file of its own."""

from __future__ import annotations

from agents.base import Tool
from agents.tools.github.add_labels import AddLabels
from agents.tools.github.assign import Assign
from agents.tools.github.close import Close
from agents.tools.github.comment import Comment
from agents.tools.github.create_branch import CreateBranch
from agents.tools.github.create_pull_request import CreatePullRequest
from agents.tools.github.get_checks import GetChecks
from agents.tools.github.get_diff import GetDiff
from agents.tools.github.get_file import GetFile
from agents.tools.github.get_issue import GetIssue
from agents.tools.github.get_job_log import GetJobLog
from agents.tools.github.get_pull_request import GetPullRequest
from agents.tools.github.get_tree import GetTree
from agents.tools.github.merge import Merge
from agents.tools.github.review import PostReview
from agents.tools.github.search import Search

READING: tuple[Tool, ...] = (
    GetIssue(), GetPullRequest(), GetDiff(), GetChecks(), GetJobLog(), GetTree(), GetFile(), Search(),
)  # fmt: skip
WRITING: tuple[Tool, ...] = (
    CreateBranch(), Comment(), AddLabels(), Assign(), Close(), PostReview(), CreatePullRequest(), Merge(),
)  # fmt: skip
GITHUB_TOOLS = (*READING, *WRITING)
