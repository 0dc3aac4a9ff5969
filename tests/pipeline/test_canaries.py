"""Canaries: who is answered by one, when it is returned, and how seldom that is a mistake."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.utils import timezone

from botplatform.models import (
    AgentConfig,
    AgentConfigVersion,
    AgentDraft,
    Batch,
    Bot,
    Canary,
    Route,
    Run,
    Session,
    Step,
)
from botplatform.pipeline import configs, publishing, vetting
from botplatform.pipeline.canaries import changing, watching
from botplatform.pipeline.canaries.bounds import Mean, Share, surely_above, surely_more
from botplatform.pipeline.canaries.figures import Figures
from botplatform.pipeline.canaries.sharing import takes
from botplatform.pipeline.canaries.verdict import Thresholds, judge
from botplatform.pipeline.composing import Place
from botplatform.pipeline.publishing import Outdated, Refused

ALLOWED = Thresholds(min_runs=20, max_error_percent=10, max_cost_percent=50, max_wrong_percent=10)
Ran = Callable[..., Awaitable[list[int]]]


def seen(
    runs: int, failed: int = 0, *, cost: float = 0.01, deviation: float = 0.002, judged: int = 0, wrong: int = 0
) -> Figures:
    return Figures("", runs, failed, 100.0, cost, deviation, 900, judged, wrong)


# -- shares


@pytest.mark.parametrize("percent", [1, 10, 50, 99])
def test_the_share_is_right_within_bounds(percent: int) -> None:
    taken = sum(takes(7, session, percent) for session in range(1, 10_001))
    assert abs(taken - percent * 100) < 4 * (percent * (100 - percent)) ** 0.5  # four standard deviations


def test_all_is_all_and_the_same_conversation_keeps_its_side() -> None:
    assert all(takes(7, session, 100) for session in range(1, 10_001))
    assert [takes(7, session, 10) for session in range(500)] == [takes(7, session, 10) for session in range(500)]


def test_a_larger_share_keeps_the_conversations_of_the_smaller() -> None:
    assert all(takes(7, session, 50) for session in range(2_000) if takes(7, session, 10))


def test_another_canary_takes_others() -> None:
    one, other = ({session for session in range(5_000) if takes(pk, session, 10)} for pk in (1, 2))
    assert len(one & other) < len(one) * 0.2


# -- bounds


def test_wilsons_interval_holds_the_share_and_narrows() -> None:
    few, many = Share(2, 20).bounds(), Share(200, 2_000).bounds()
    assert few[0] < 0.1 < few[1]
    assert few[0] < many[0] < 0.1 < many[1] < few[1]
    assert Share(0, 0).bounds() == (0.0, 1.0)


def test_a_difference_of_a_handful_is_not_sure() -> None:
    assert surely_above(Share(3, 10), Share(0, 10)) < 0
    assert surely_above(Share(30, 100), Share(0, 100)) > 0


def test_means_of_a_single_run_say_nothing() -> None:
    assert surely_more(Mean(9.0, 0.0, 1), Mean(1.0, 0.1, 100)) == 0
    assert surely_more(Mean(9.0, 1.0, 20), Mean(1.0, 0.1, 100)) > 0


# -- verdicts on figures


@pytest.mark.parametrize(
    ("canary", "beside", "why"),
    [
        (seen(20, 20), seen(100, 5), "100.0% (20 of 20 runs) failed, against 5.0% (5 of 100 runs)"),
        (seen(20, cost=0.03), seen(100), "a run costs $0.030000, 200 % more than $0.010000"),
        (seen(20, judged=8, wrong=8), seen(100, judged=40, wrong=2),
         "100.0% (8 of 8 judged answers) are wrong, against 5.0% (2 of 40 judged answers)"),
        (seen(20, 19), seen(3), "95.0% (19 of 20 runs) failed, and the published version has too few runs to compare with"),
    ],
)  # fmt: skip
def test_it_goes_back_for_a_reason(canary: Figures, beside: Figures, why: str) -> None:
    assert judge(canary, beside, ALLOWED) == why


@pytest.mark.parametrize(
    ("canary", "beside"),
    [
        (seen(19, 19), seen(100)),  # too few
        (seen(20, 1), seen(100, 1)),  # within the threshold
        (seen(20, 3), seen(20, 0)),  # 15 points above, and a handful
        (seen(20, cost=0.014), seen(100)),  # 40 per cent more
        (seen(20, cost=0.03, deviation=0.1), seen(100)),  # one dear run
        (seen(20, cost=0.03), seen(100, cost=0, deviation=0)),  # a model without a price
        (seen(20, judged=4, wrong=4), seen(100, judged=40)),  # too few verdicts
        (seen(20, judged=10, wrong=10), seen(100)),  # nobody judges the other one
        (seen(20, 5), seen(3)),  # too little to compare with
    ],
)
def test_it_stays(canary: Figures, beside: Figures) -> None:
    assert judge(canary, beside, ALLOWED) == ""


def _returned(chance: random.Random, share: float, other: float, runs: int) -> bool:
    """Whether a canary is returned in so many runs, looked at after each; the other has as many."""
    failed = beside = 0
    for n in range(1, runs + 1):
        failed, beside = failed + (chance.random() < share), beside + (chance.random() < other)
        if judge(seen(n, failed), seen(n, beside), ALLOWED):
            return True
    return False


def _mistakes(share: float, other: float, of: int = 250, runs: int = 150) -> float:
    chance = random.Random(20_260)
    return sum(_returned(chance, share, other, runs) for _ in range(of)) / of


@pytest.mark.parametrize(("share", "most"), [(0.01, 0.005), (0.05, 0.01), (0.2, 0.02)])
def test_one_that_is_as_good_is_seldom_returned(share: float, most: float) -> None:
    assert _mistakes(share, share) <= most


def test_one_that_is_much_worse_is_returned_soon() -> None:
    assert _mistakes(0.5, 0.05, of=100, runs=60) >= 0.97


def _dear(chance: random.Random, factor: float, runs: int) -> bool:
    """The same for costs, which are skewed: most runs are cheap, some are very dear."""
    sums = [[0.0, 0.0], [0.0, 0.0]]
    for n in range(1, runs + 1):
        for side, scale in enumerate((factor, 1.0)):
            cost = scale * chance.lognormvariate(-5, 1)
            sums[side][0], sums[side][1] = sums[side][0] + cost, sums[side][1] + cost * cost
        if n >= 20:
            means = [one / n for one, _ in sums]
            spread = [
                max(0.0, (two - n * mean * mean) / (n - 1)) ** 0.5 for (_, two), mean in zip(sums, means, strict=True)
            ]
            own, other = (seen(n, cost=mean, deviation=one) for mean, one in zip(means, spread, strict=True))
            if judge(own, other, ALLOWED):
                return True
    return False


def test_one_that_costs_the_same_is_seldom_returned() -> None:
    chance = random.Random(20_260)
    assert sum(_dear(chance, 1.0, 150) for _ in range(150)) / 150 <= 0.02


def test_one_that_costs_three_times_as_much_is_returned() -> None:
    chance = random.Random(20_260)
    assert sum(_dear(chance, 3.0, 200) for _ in range(40)) / 40 >= 0.9


# -- on rows


@pytest.fixture
async def config(platform: None) -> AgentConfig:
    return await AgentConfig.objects.select_related("published").aget(name="simple-agent")


def drafted(config: AgentConfig, **says: Any) -> AgentDraft:
    assert config.published
    return publishing.save_draft(
        config, {**vetting.fields_of(config.published), "prompt": "Be brief.", **says}, by="ada"
    )


@pytest.fixture
async def canary(config: AgentConfig) -> Canary:
    """A draft on half of the conversations."""
    await sync_to_async(drafted)(config)
    return await sync_to_async(changing.start)(config, 50, ALLOWED, by="ada")


@pytest.fixture
async def ran(platform: None) -> Ran:
    """Runs of a version, one a batch."""
    bot = await Bot.objects.aget(transport="fake")
    session = await Session.objects.acreate(bot=bot, key="ran", kind="private")

    async def add(
        version: AgentConfigVersion,
        count: int,
        *,
        failed: int = 0,
        cost: float = 0.01,
        wrong: int = 0,
        right: int = 0,
        ago: int = 0,
    ) -> list[int]:
        began, made = timezone.now() - timedelta(days=ago), []
        for n in range(count):
            state = "failed" if n < failed else "succeeded"
            batch = await Batch.objects.acreate(session=session, state="done", request_id=f"r{n}", due_at=began)
            run = await Run.objects.acreate(
                batch=batch, epoch=1, state=state, agent="simple-agent", config_version=version, started_at=began
            )
            await Step.objects.acreate(
                run=run,
                kind="model",
                name="m",
                state="succeeded",
                cost_usd=cost * (1 + n % 3 / 10),
                ms=100 + n,
                tokens_in=10,
            )
            verdict = "wrong" if n < wrong else "right" if n < wrong + right else ""
            await Route.objects.acreate(batch=batch, method="direct", target="simple-agent", verdict=verdict)
            made.append(run.pk)
        return made

    return add


async def looked(canary: Canary) -> Canary:
    await watching.watch()
    return await Canary.objects.aget(pk=canary.pk)


async def test_conversations_get_the_side_that_the_hash_says(config: AgentConfig, canary: Canary) -> None:
    found = {
        session: (await configs.published("simple-agent", session_id=session)).version_id for session in range(1, 101)
    }
    assert set(found.values()) == {canary.version_id, canary.beside_id}
    assert all((version == canary.version_id) == takes(canary.pk, session, 50) for session, version in found.items())


async def test_without_a_conversation_the_published_version_answers(config: AgentConfig, canary: Canary) -> None:
    assert (await configs.published("simple-agent", Place())).version_id == canary.beside_id


async def test_the_canary_is_returned_when_it_fails(canary: Canary, ran: Ran) -> None:
    bad = await ran(canary.version, 20, failed=18)
    await ran(canary.beside, 30, failed=1)
    after = await looked(canary)
    assert (after.state, after.ended_by, after.looks) == ("returned", "by itself", 1)
    assert after.reason == "90.0% (18 of 20 runs) failed, against 3.3% (1 of 30 runs)"
    assert (after.evidence["canary"]["runs"], after.evidence["beside"]["runs"]) == (20, 30)
    assert after.evidence["failing_runs"] == sorted(bad[:18], reverse=True)
    assert after.evidence["thresholds"] == {
        "min_runs": 20,
        "max_error_percent": 10,
        "max_cost_percent": 50,
        "max_wrong_percent": 10,
    }
    session = next(one for one in range(1, 100) if takes(canary.pk, one, 50))
    assert (await configs.published("simple-agent", session_id=session)).version_id == canary.beside_id


async def test_the_canary_is_returned_when_it_costs_too_much(canary: Canary, ran: Ran) -> None:
    await ran(canary.version, 20, cost=0.05)
    await ran(canary.beside, 30)
    after = await looked(canary)
    assert after.state == "returned"
    assert "% more than" in after.reason


async def test_the_canary_is_returned_when_its_answers_are_judged_wrong(canary: Canary, ran: Ran) -> None:
    await ran(canary.version, 20, wrong=9, right=1)
    await ran(canary.beside, 30, right=20)
    after = await looked(canary)
    assert (after.state, "are wrong" in after.reason) == ("returned", True)
    assert len(after.evidence["wrong_batches"]) == 9


async def test_it_is_not_judged_before_the_minimum(canary: Canary, ran: Ran) -> None:
    await ran(canary.version, 19, failed=19)
    await ran(canary.beside, 30)
    after = await looked(canary)
    assert (after.state, after.reason, after.evidence["canary"]["failed"]) == ("running", "", 19)


async def test_retries_of_one_batch_are_one(canary: Canary, ran: Ran) -> None:
    [first] = await ran(canary.version, 1, failed=1)
    batch_id = (await Run.objects.aget(pk=first)).batch_id
    for epoch in range(2, 40):
        await Run.objects.acreate(
            batch_id=batch_id, epoch=epoch, state="failed", agent="a", config_version=canary.version
        )
    after = await looked(canary)
    assert (after.state, after.evidence["canary"]["runs"]) == ("running", 1)


async def test_runs_before_the_canary_began_do_not_count(canary: Canary, ran: Ran) -> None:
    await ran(canary.version, 30, failed=30, ago=1)
    assert (await looked(canary)).evidence["canary"]["runs"] == 0


async def test_where_the_published_version_has_few_runs_its_last_days_are_compared(canary: Canary, ran: Ran) -> None:
    await ran(canary.version, 20, failed=6)
    await ran(canary.beside, 40, failed=12, ago=3)
    await ran(canary.beside, 40, ago=8)
    after = await looked(canary)
    assert (after.state, after.evidence["beside"]["runs"]) == ("running", 40)
    assert after.evidence["compared_with"] == "version 1 in the last 7 days"


async def test_two_looks_at_once_return_it_once(canary: Canary, ran: Ran) -> None:
    await ran(canary.version, 20, failed=20)
    await looked(canary)
    ended = (await Canary.objects.aget(pk=canary.pk)).ended_at
    after = await looked(canary)
    assert (after.looks, after.ended_at) == (1, ended)


async def test_publishing_another_version_ends_it_at_once(config: AgentConfig, canary: Canary, ran: Ran) -> None:
    await sync_to_async(drafted)(config, prompt="Be bold.")
    await sync_to_async(publishing.publish)(config, by="bob")
    session = next(one for one in range(1, 100) if takes(canary.pk, one, 50))
    assert (await configs.published("simple-agent", session_id=session)).settings.version == 3
    after = await looked(canary)
    assert (after.state, after.reason) == ("stopped", "version 3 was published meanwhile")


# -- by hand


async def test_starting_makes_a_version_that_is_not_published(config: AgentConfig, canary: Canary) -> None:
    await config.arefresh_from_db()
    assert (canary.version.number, canary.version.prompt, config.published_id) == (2, "Be brief.", canary.beside_id)
    assert not await AgentDraft.objects.filter(config=config).aexists()


async def test_promoting_publishes_it(config: AgentConfig, canary: Canary) -> None:
    assert await sync_to_async(changing.promote)(canary.pk, by="ada")
    await config.arefresh_from_db()
    await canary.arefresh_from_db()
    assert (config.published_id, canary.state, canary.ended_by) == (canary.version_id, "promoted", "ada")
    assert not await sync_to_async(changing.stop)(canary.pk, by="bob")


async def test_stopping_leaves_what_is_published(config: AgentConfig, canary: Canary) -> None:
    assert await sync_to_async(changing.stop)(canary.pk, by="ada")
    assert not await sync_to_async(changing.stop)(canary.pk, by="bob")
    await canary.arefresh_from_db()
    assert (canary.state, canary.ended_by) == ("stopped", "ada")


async def test_one_that_was_returned_is_not_promoted(config: AgentConfig, canary: Canary, ran: Ran) -> None:
    await ran(canary.version, 20, failed=20)
    await looked(canary)
    assert not await sync_to_async(changing.promote)(canary.pk, by="ada")
    await config.arefresh_from_db()
    assert config.published_id == canary.beside_id


async def test_one_beside_an_older_version_is_not_promoted(config: AgentConfig, canary: Canary) -> None:
    await sync_to_async(drafted)(config, prompt="Be bold.")
    await sync_to_async(publishing.publish)(config, by="bob")
    with pytest.raises(Refused, match="Another version has been published"):
        await sync_to_async(changing.promote)(canary.pk, by="ada")


async def refused(config: AgentConfig, **more: Any) -> str:
    share, allowed = more.pop("share", 10), more.pop("allowed", ALLOWED)
    with pytest.raises(Refused) as caught:
        await sync_to_async(changing.start)(config, share, allowed, by="ada", **more)
    return str(caught.value)


async def test_what_cannot_be_tried_is_refused(config: AgentConfig) -> None:
    assert "no draft" in await refused(config)
    assert "published version" in await refused(config, version=config.published)
    await sync_to_async(drafted)(config, prompt=config.published.prompt)  # type: ignore[union-attr]
    assert "says what version 1 says already" in await refused(config)
    assert "share_percent: From 1 to 100" in await refused(config, share=0)
    assert "min_runs: From 5" in await refused(config, allowed=Thresholds(1, 10, 50, 10))


async def test_the_router_has_no_canary(platform: None) -> None:
    assert "labelled cases" in await refused(await AgentConfig.objects.aget(name="router-agent"))


async def test_there_is_one_canary_of_an_agent_at_a_time(config: AgentConfig, canary: Canary) -> None:
    await sync_to_async(drafted)(config, prompt="Be bold.")
    assert "running already" in await refused(config)


async def test_what_somebody_else_changed_meanwhile_is_looked_at_again(config: AgentConfig) -> None:
    await sync_to_async(drafted)(config)
    shown = await sync_to_async(publishing.seen)(config)
    await sync_to_async(drafted)(config, prompt="Be bold.")
    with pytest.raises(Outdated):
        await sync_to_async(changing.start)(config, 10, ALLOWED, by="bob", as_seen=shown)
    assert not await Canary.objects.aexists()
