"""The worker for what lies on GitHub."""

from __future__ import annotations

from agents.workers.working import TaskWorker


class GitHubWorker(TaskWorker):
    """Reads and changes issues, pull requests and branches through GitHub's API; writes wait for approval."""

    name = "github-worker"
    description = (
        "Reads a repository on GitHub through its API (files, issues, pull requests, diffs, checks, logs), reviews pull "
        "requests with comments on lines, comments, labels, assigns, closes, creates branches, opens and merges pull requests. "
        "It runs no code."
    )
    default_tools = (
        "github_get_issue",
        "github_get_pull_request",
        "github_get_diff",
        "github_get_checks",
        "github_get_job_log",
        "github_get_tree",
        "github_get_file",
        "github_search",
        "github_create_branch",
        "github_comment",
        "github_add_labels",
        "github_assign",
        "github_close",
        "github_review",
        "github_create_pull_request",
        "github_merge",
        "plan",
        "scratchpad",
        "ask_user",
    )
