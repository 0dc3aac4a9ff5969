from __future__ import annotations

import asyncio
import json
from argparse import ArgumentParser
from dataclasses import dataclass
from typing import Any

import psycopg
from django.core.management.base import BaseCommand

from agents.prompts import shipped_prompt
from agents.routing.evaluating import NAMES, Report, by_patterns, evaluate, load
from agents.routing.measuring import by_model
from agents.routing.patterns import PatternSet
from agents.routing.reporting import text_of
from agents.routing.shipped import SHIPPED
from agents.routing.target import ROUTER
from botplatform.pipeline import configs, rulebook


class Command(BaseCommand):
    help = (
        "Routing quality on the labelled cases: accuracy, confusion matrix, share and precision of patterns, latency."
    )
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--set", choices=(*NAMES, "all"), default="held_out", help="which cases; default: held_out")
        parser.add_argument(
            "--model", action="store_true", help="ask the router's model even if it is the built-in offline one"
        )
        parser.add_argument("--json", action="store_true", help="one JSON object")

    def handle(self, **options: Any) -> None:
        names = NAMES if options["set"] == "all" else (options["set"],)
        measured = asyncio.run(_measure(names, ask=options["model"]))
        self.stdout.write(measured.as_json() if options["json"] else measured.as_text())


@dataclass(frozen=True, slots=True)
class Measured:
    """Reports by name, and what they were made with."""

    patterns: str
    model: str
    """Empty: no model was asked."""
    reports: dict[str, Report]

    def as_text(self) -> str:
        texts = [text_of(name, report, model=self.model) for name, report in self.reports.items()]
        return "\n\n".join([f"patterns: {self.patterns}", *texts])

    def as_json(self) -> str:
        sets = {name: report.as_dict() for name, report in self.reports.items()}
        return json.dumps({"patterns": self.patterns, "model": self.model or None, "sets": sets})


async def _measure(names: tuple[str, ...], *, ask: bool) -> Measured:
    patterns, source = await _patterns()
    prompt, name = await _router()
    reports = {each: evaluate(load(each), by_patterns(patterns)) for each in names}
    if not ask and not configs.connected(name):
        return Measured(source, "", reports)
    provider, model = configs.provider(name)
    try:
        asked = [await by_model(report, provider=provider, model=model, prompt=prompt) for report in reports.values()]
    finally:
        await configs.close()
    return Measured(source, name, dict(zip(reports, asked, strict=True)))


async def _patterns() -> tuple[PatternSet, str]:
    """The patterns in force, or those that are shipped; and a line that says which."""
    try:
        rules = await rulebook.current()
    except psycopg.Error:
        return PatternSet(SHIPPED), f"{len(SHIPPED)} as shipped (the database does not answer)"
    if rules.version_id is None:
        return PatternSet(SHIPPED), f"{len(SHIPPED)} as shipped (no version is published)"
    return rules.patterns, f"{len(rules.patterns.patterns)}, version {rules.number}"


async def _router() -> tuple[str, str]:
    """Prompt and model of the router: as published, or as shipped."""
    try:
        settings = (await configs.router()).settings
    except (psycopg.Error, LookupError):
        return shipped_prompt(ROUTER), configs.default_router_model()
    return settings.prompt, settings.model
