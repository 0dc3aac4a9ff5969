"""Every worker by the name that plans call it by."""

from __future__ import annotations

from agents.base import Worker
from agents.workers.code import CodeWorker
from agents.workers.github import GitHubWorker
from agents.workers.research import ResearchWorker

WORKERS: dict[str, Worker] = {"code": CodeWorker(), "research": ResearchWorker(), "github": GitHubWorker()}
