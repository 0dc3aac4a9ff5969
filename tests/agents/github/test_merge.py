"""When a pull request is merged, and when not."""

from __future__ import annotations

import time
from typing import Any

import pytest

from agents.base import Parked
from tests.agents.github.world import HEAD, HOME, NEXT, PULL, Run
from tests.fakes.github import FakeGitHub
from tests.fakes.github_code import Repository
from tests.fakes.github_store import Issue

KEY = f"checks:{HOME}:{HEAD}"
ACTIONS = {"id": 15368, "slug": "github-actions"}


def ran(name: str, conclusion: str | None = "success", *, status: str = "", app: int = 15368) -> dict[str, Any]:
    done = status or ("completed" if conclusion else "in_progress")
    return {
        "id": 77, "name": name, "status": done, "conclusion": conclusion, "head_sha": HEAD, "app": {"id": app, "slug": "ci"},
    }  # fmt: skip


def stated(context: str, state: str = "success", avatar: str = "") -> dict[str, Any]:
    return {"context": context, "state": state, "avatar_url": avatar}


def requires(*names: str, app: int | None = None) -> list[dict[str, Any]]:
    checks = [{"context": name, **({"integration_id": app} if app else {})} for name in names]
    return [
        {"type": "deletion"},
        {"type": "required_status_checks", "parameters": {"required_status_checks": checks}},
    ]


async def merge(run: Run, **arguments: Any) -> tuple[bool, str]:
    """Whether the tool failed, and what it said."""
    result = await run.use("github_merge", number=PULL, head_sha=HEAD, **arguments)
    return result.is_error, result.content


GOOD: dict[str, dict[str, Any]] = {
    "no check and none required": {},
    "one check": {"runs": [ran("tests")]},
    "neutral and skipped ones that nobody requires": {"runs": [ran("tests"), ran("a", "neutral"), ran("b", "skipped")]},
    "a status": {"statuses": [stated("ci/dial")]},
    "a required check": {"runs": [ran("tests")], "rules": requires("tests")},
    "a required status": {"statuses": [stated("tests")], "rules": requires("tests")},
    "a required check of the right app": {"runs": [ran("tests")], "rules": requires("tests", app=15368)},
    "a required status of the right app": {
        "statuses": [stated("tests", avatar="https://avatars.githubusercontent.com/in/15368?v=4")],
        "rules": requires("tests", app=15368),
    },
    "classic protection": {"runs": [ran("tests")], "protection": {"contexts": ["tests"]}},
    "classic protection that is switched off": {"protection": {"contexts": ["tests"], "enforcement_level": "off"}},
}
FAILED: dict[str, dict[str, Any]] = {
    **{
        f"a check ended as {conclusion}": {"runs": [ran("tests"), ran("lint", conclusion)]}
        for conclusion in ("failure", "cancelled", "timed_out", "action_required", "stale", "startup_failure", "odd")
    },
    "a check ended without saying how": {"runs": [ran("lint", None, status="completed")]},
    "a status failed": {"statuses": [stated("tests"), stated("lint", "failure")]},
    "a status is in error": {"statuses": [stated("lint", "error")]},
    "a required check was skipped": {"runs": [ran("lint", "skipped")], "rules": requires("lint")},
    "a required check was neutral": {"runs": [ran("lint", "neutral")], "rules": requires("lint")},
    "one of two checks of the required name failed": {
        "runs": [ran("lint"), ran("lint", "failure")],
        "rules": requires("lint"),
    },
    "a check of the same name as a good status failed": {
        "runs": [ran("lint", "failure")],
        "statuses": [stated("lint")],
    },
    "a failed and a pending one": {"runs": [ran("lint", "failure"), ran("tests", None)]},
}
PENDING: dict[str, dict[str, Any]] = {
    "a check runs": {"runs": [ran("lint"), ran("tests", None)]},
    **{
        f"a check is {status}": {"runs": [ran("tests", None, status=status)]}
        for status in ("queued", "waiting", "requested", "pending")
    },
    "a status is pending": {"statuses": [stated("tests", "pending")]},
    "an unrelated check is green while a required one is missing": {
        "runs": [ran("lint")],
        "rules": requires("lint", "tests"),
    },
    "the required check came from another app": {
        "runs": [ran("tests", app=666)],
        "rules": requires("tests", app=15368),
    },
    "the required check came as a status of nobody knows whom": {
        "statuses": [stated("tests", avatar="https://avatars.githubusercontent.com/u/15368?v=4")],
        "rules": requires("tests", app=15368),
    },
    "classic protection requires what is missing": {"runs": [ran("lint")], "protection": {"contexts": ["tests"]}},
    "classic protection requires another app's": {
        "runs": [ran("tests", app=666)],
        "protection": {"checks": [{"context": "tests", "app_id": 15368}], "contexts": ["tests"]},
    },
}


def set_up(home: Repository, case: dict[str, Any]) -> None:
    home.check_runs[HEAD] = case.get("runs", [])
    home.statuses[HEAD] = case.get("statuses", [])
    home.rules = case.get("rules", [])
    home.protection = case.get("protection")


@pytest.mark.parametrize("case", GOOD)
async def test_merges_with(case: str, home: Repository, pull: Issue, run: Run) -> None:
    set_up(home, GOOD[case])
    failed, said = await merge(run)
    assert (failed, pull.merged) == (False, True), said
    assert said == f"{HOME}#{PULL} is merged at {HEAD}, as {'e' * 40}."


@pytest.mark.parametrize("case", FAILED)
async def test_refuses_when(case: str, home: Repository, pull: Issue, run: Run) -> None:
    set_up(home, FAILED[case])
    for waits in (False, True):
        failed, said = await merge(run, wait_for_checks=waits)
        assert (failed, pull.merged, run.waits) == (True, False, [])
        assert "did not succeed" in said
        assert "lint: " in said


@pytest.mark.parametrize("case", PENDING)
async def test_waits_or_refuses_while(case: str, home: Repository, pull: Issue, run: Run) -> None:
    set_up(home, PENDING[case])
    failed, said = await merge(run)
    assert (failed, pull.merged, run.waits) == (True, False, [])
    assert "pending: tests: " in said
    with pytest.raises(Parked):
        await merge(run, wait_for_checks=True)
    assert run.waits == [(60.0, f"checks of {HOME}#{PULL}", KEY)]
    assert not pull.merged


# -- waiting


async def test_goes_on_when_the_checks_have_ended(home: Repository, pull: Issue, run: Run) -> None:
    home.check_runs[HEAD] = [ran("tests", None)]
    with pytest.raises(Parked):
        await merge(run, wait_for_checks=True)
    home.check_runs[HEAD] = [ran("tests")]
    assert (await merge(run, wait_for_checks=True))[0] is False
    assert pull.merged
    assert run.notes_kept == {}


async def test_limit_counts_from_the_first_look(home: Repository, pull: Issue, run: Run) -> None:
    home.check_runs[HEAD] = [ran("tests", None)]
    with pytest.raises(Parked):
        await merge(run, wait_for_checks=True, limit_minutes=5)
    [(name, until)] = run.notes_kept.items()
    assert float(until) == pytest.approx(time.time() + 300, abs=20)
    run.notes_kept[name] = f"{time.time() - 1:.0f}"
    failed, said = await merge(run, wait_for_checks=True, limit_minutes=5)
    assert failed
    assert "after 5 minutes there was still pending: tests: in_progress" in said


async def test_wait_ends_with_the_limit(home: Repository, pull: Issue, run: Run) -> None:
    home.check_runs[HEAD] = [ran("tests", None)]
    with pytest.raises(Parked):
        await merge(run, wait_for_checks=True, limit_minutes=5)
    [name] = run.notes_kept
    run.notes_kept[name] = f"{time.time() + 20:.0f}"
    with pytest.raises(Parked):
        await merge(run, wait_for_checks=True, limit_minutes=5)
    assert 0 < run.waits[-1][0] <= 21


async def test_waits_for_checks_that_have_not_begun(home: Repository, pull: Issue, run: Run) -> None:
    with pytest.raises(Parked):
        await merge(run, wait_for_checks=True)
    assert not pull.merged


async def test_failure_while_it_waits_ends_it(home: Repository, pull: Issue, run: Run) -> None:
    home.check_runs[HEAD] = [ran("tests", None)]
    with pytest.raises(Parked):
        await merge(run, wait_for_checks=True)
    home.check_runs[HEAD] = [ran("tests", "cancelled")]
    failed, said = await merge(run, wait_for_checks=True)
    assert failed
    assert "tests: cancelled" in said


async def test_push_while_it_waits_ends_it(home: Repository, pull: Issue, run: Run) -> None:
    home.check_runs[HEAD] = [ran("tests", None)]
    with pytest.raises(Parked):
        await merge(run, wait_for_checks=True)
    pull.sha = NEXT
    home.check_runs[NEXT] = home.check_runs[HEAD] = [ran("tests")]
    failed, said = await merge(run, wait_for_checks=True)
    assert (failed, pull.merged) == (True, False)
    assert "has moved on" in said


async def test_waits_out_what_passes(github: FakeGitHub, home: Repository, pull: Issue, run: Run) -> None:
    github.refuse(502, "GET */check-runs", times=1)
    home.check_runs[HEAD] = [ran("tests")]
    with pytest.raises(Parked):
        await merge(run, wait_for_checks=True)
    assert (await merge(run, wait_for_checks=True))[0] is False
    assert pull.merged


async def test_conflict_is_not_waited_for(home: Repository, pull: Issue, run: Run) -> None:
    home.check_runs[HEAD] = [ran("tests", None)]
    pull.mergeable, pull.mergeable_state = False, "dirty"
    assert "it conflicts" in (await merge(run, wait_for_checks=True))[1]


async def test_block_right_after_the_last_check_is_looked_at_again(home: Repository, pull: Issue, run: Run) -> None:
    home.check_runs[HEAD] = [ran("tests")]
    pull.mergeable_state = "blocked"
    with pytest.raises(Parked):
        await merge(run, wait_for_checks=True)
    run.notes_kept = dict.fromkeys(run.notes_kept, "1")
    assert "the rules of the branch" in (await merge(run, wait_for_checks=True))[1]


# -- the pull request itself


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"sha": NEXT}, "has moved on and is now at 7a1c0d3b1a5e, not at 6f1c0d3b1a5e, which was approved"),
        ({"draft": True}, "is a draft"),
        ({"state": "closed"}, "is closed"),
        ({"mergeable": False, "mergeable_state": "dirty"}, "it conflicts"),
        ({"mergeable": False, "mergeable_state": "odd"}, "GitHub says that it is not mergeable"),
        ({"mergeable_state": "blocked"}, "the rules of the branch do not allow it yet"),
        ({"mergeable_state": "behind"}, "brought up to date"),
        ({"merged": True, "state": "closed", "sha": NEXT}, "was merged at 7a1c0d3b1a5e"),
    ],
)
async def test_refuses_a_pull_request_that(
    fields: dict[str, Any], words: str, github: FakeGitHub, home: Repository, pull: Issue, run: Run
) -> None:
    for name, value in fields.items():
        setattr(pull, name, value)
    failed, said = await merge(run)
    assert failed
    assert words in said
    assert github.select("PUT *") == []


@pytest.mark.parametrize("waits", [False, True])
@pytest.mark.parametrize("fields", [{"mergeable": None}, {"mergeable": None, "mergeable_state": "unknown"}])
async def test_waits_while_github_computes(
    fields: dict[str, Any], waits: bool, home: Repository, pull: Issue, run: Run
) -> None:
    home.check_runs[HEAD] = [ran("tests")]
    for name, value in fields.items():
        setattr(pull, name, value)
    with pytest.raises(Parked):
        await merge(run, wait_for_checks=waits)
    assert [seconds for seconds, _, _ in run.waits] == [5.0]
    pull.mergeable, pull.mergeable_state = True, "clean"
    assert (await merge(run, wait_for_checks=waits))[0] is False
    assert pull.merged


async def test_waits_no_longer_than_that_for_github(home: Repository, pull: Issue, run: Run) -> None:
    pull.mergeable = None
    with pytest.raises(Parked):
        await merge(run)
    [name] = run.notes_kept
    run.notes_kept[name] = "1"
    failed, said = await merge(run)
    assert failed
    assert "does not say" in said


async def test_merged_already_is_success(github: FakeGitHub, home: Repository, pull: Issue, run: Run) -> None:
    pull.merged, pull.state = True, "closed"
    assert await merge(run) == (False, f"{HOME}#{PULL} is merged at {HEAD}.")
    assert github.select("PUT *") == []


# -- all of it, and nothing else


async def test_checks_on_later_pages_count(home: Repository, pull: Issue, run: Run) -> None:
    home.pages = 2
    home.check_runs[HEAD] = [ran(f"tests {number}") for number in range(6)] + [ran("lint", "failure")]
    failed, said = await merge(run)
    assert failed
    assert "lint: failure" in said


async def test_rules_on_later_pages_count(home: Repository, pull: Issue, run: Run) -> None:
    home.pages = 2
    home.rules = [*({"type": "deletion"} for _ in range(5)), *requires("tests")]
    assert (await merge(run))[0] is True


async def test_statuses_on_later_pages_count(home: Repository, pull: Issue, run: Run) -> None:
    home.pages = 2
    home.statuses[HEAD] = [*(stated(f"ci/{number}") for number in range(5)), stated("tests", "pending")]
    assert (await merge(run))[0] is True


async def test_checks_of_another_commit_do_not_count(home: Repository, pull: Issue, run: Run) -> None:
    home.check_runs[HEAD] = [ran("tests") | {"head_sha": NEXT}]
    assert await merge(run) == (True, "GitHub's answer is about the checks of another commit.")


async def test_protection_that_may_not_be_read_is_not_taken_for_none(home: Repository, pull: Issue, run: Run) -> None:
    """GitHub itself then calls it blocked."""
    home.protection, home.admits = {"contexts": ["tests"]}, False
    pull.mergeable_state = "blocked"
    failed, said = await merge(run)
    assert failed
    assert "the rules of the branch do not allow it" in said


async def test_rules_that_cannot_be_had_stop_it(github: FakeGitHub, home: Repository, pull: Issue, run: Run) -> None:
    github.refuse(502, "GET */rules/*")
    assert (await merge(run))[0] is True
    assert not pull.merged


# -- the call


async def test_only_the_approved_commit_is_merged(github: FakeGitHub, home: Repository, pull: Issue, run: Run) -> None:
    await merge(run, method="squash")
    [call] = github.select("PUT *")
    assert call.body == {"sha": HEAD, "merge_method": "squash"}


async def test_push_at_the_last_moment_is_refused(github: FakeGitHub, home: Repository, pull: Issue, run: Run) -> None:
    github.refuse(409, "PUT *", times=1)
    failed, said = await merge(run)
    assert failed
    assert "its head has moved from 6f1c0d3b1a5e" in said


async def test_lost_answer_of_a_merge_is_looked_up(github: FakeGitHub, home: Repository, pull: Issue, run: Run) -> None:
    github.drop("PUT *")
    failed, said = await merge(run)
    assert (failed, pull.merged) == (False, True)
    assert said == f"{HOME}#{PULL} is merged at {HEAD}."


async def test_merge_that_never_arrived_is_made_again(
    github: FakeGitHub, home: Repository, pull: Issue, run: Run
) -> None:
    github.drop("PUT *", times=1, accepted=False)
    assert (await merge(run))[0] is False
    assert pull.merged
    assert len(github.select("PUT *")) == 2


async def test_outcome_that_nobody_knows_is_called_so(
    github: FakeGitHub, home: Repository, pull: Issue, run: Run
) -> None:
    github.drop("PUT *", accepted=False)
    failed, said = await merge(run)
    assert failed
    assert said.startswith("Nobody knows whether GitHub has done it")


async def test_no_permission_is_said(github: FakeGitHub, home: Repository, pull: Issue, run: Run) -> None:
    github.refuse(403, "PUT *")
    failed, said = await merge(run)
    assert failed
    assert "Resource not accessible by integration" in said
