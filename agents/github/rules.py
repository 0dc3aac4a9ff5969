"""Which checks a branch requires, by rulesets and by classic protection."""

from __future__ import annotations

from agents.github import names
from agents.github.access import GitHubError
from agents.github.checks import Requirement
from agents.github.client import Client, Fields, count, items, part, text

_UNREADABLE = {403, 404}


async def required(client: Client, repository: str, branch: str) -> list[Requirement]:
    """Every check that is required, as far as the bot's account may read the rules. Raises GitHubError.

    What it may not read GitHub itself knows: it then calls the pull request blocked.
    """
    root = f"/repos/{repository}"
    name = names.ref(branch)
    found: list[Requirement] = []
    rules = await _listed(client, f"{root}/rules/branches/{name}", repository)
    for rule in rules:
        if text(rule, "type") == "required_status_checks":
            checks = items(part(rule, "parameters").get("required_status_checks"))
            found += [Requirement(text(one, "context"), _app(one, "integration_id")) for one in checks]
    about = await client.get(f"{root}/branches/{name}", repository=repository)
    found += _classic(part(part(about, "protection"), "required_status_checks"))
    if about.get("protected") is True:
        path = f"{root}/branches/{name}/protection/required_status_checks"
        found += _classic(await _object(client, path, repository))
    return list(dict.fromkeys(one for one in found if one.name))


def _classic(checks: Fields) -> list[Requirement]:
    """https://docs.github.com/en/rest/branches/branch-protection#get-status-checks-protection"""
    if text(checks, "enforcement_level") == "off":
        return []
    bound = [Requirement(text(one, "context"), _app(one, "app_id")) for one in items(checks.get("checks"))]
    known = {one.name for one in bound}
    contexts = checks.get("contexts")
    named = [name for name in contexts if isinstance(name, str)] if isinstance(contexts, list) else []
    return [*bound, *(Requirement(name) for name in named if name not in known)]


def _app(one: Fields, field: str) -> int:
    """GitHub writes any App as null or -1."""
    return max(0, count(one, field))


async def _listed(client: Client, path: str, repository: str) -> list[Fields]:
    try:
        listed = await client.listed(path, repository=repository)
    except GitHubError as error:
        if error.status in _UNREADABLE:
            return []
        raise
    if not listed.complete:
        raise GitHubError("this branch has more rules than can be looked through")
    return listed.items


async def _object(client: Client, path: str, repository: str) -> Fields:
    try:
        return await client.get(path, repository=repository)
    except GitHubError as error:
        if error.status in _UNREADABLE:
            return {}
        raise
