"""The worker for code."""

from __future__ import annotations

from agents.workers.working import TaskWorker


class CodeWorker(TaskWorker):
    """Reads, changes and runs code in a sandbox of its own; what leaves it goes through the broker."""

    name = "code-worker"
    description = (
        "Works on a checkout in a sandbox without network: reads, analyses, reviews and changes code, runs its tests, "
        "pushes a branch and opens a pull request. Its files are gone when its step ends, unless they were pushed."
    )
    default_tools = (
        "bash",
        "git",
        "git_push",
        "read_file",
        "write_file",
        "list_files",
        "search_files",
        "github_get_file",
        "github_get_tree",
        "github_get_issue",
        "github_get_pull_request",
        "github_get_diff",
        "github_create_pull_request",
        "plan",
        "scratchpad",
        "ask_user",
        "calculator",
    )
