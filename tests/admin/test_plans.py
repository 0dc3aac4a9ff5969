"""Plans at the console: their lists and pages, the chapter of the story, and what is said of waiting for them."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.contrib import admin
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from botplatform.admin.story.cause import own_runs
from botplatform.models import Batch, Plan, PlanStep, Run, Session, Step
from tests.admin.plans import carried_out, plan, plan_step, planning
from tests.admin.rows import Rows, approval, conversation, listed, operate, page, shown_ids

Staff = Callable[..., Client]
SCRIPT, TRICK = "<script>alert(1)</script>", "safe\u202egnp.exe\u200b"
PAST = timezone.now() - timedelta(minutes=2)


def story(rows: Rows) -> str:
    return reverse("admin:botplatform_update_story", args=[rows.update.pk])


def words(text: str) -> str:
    return html.unescape(" ".join(re.sub(r"<[^>]+>", " ", text).split()))


def top(client: Client, rows: Rows) -> str:
    """Why there is no answer."""
    return words(client.get(story(rows)).text.partition('id="story"')[2]).partition("Ada wrote")[0]


def told(rows: Rows) -> dict[str, Any]:
    out = StringIO()
    call_command("explain", str(rows.update.pk), "--json", stdout=out)
    found: dict[str, Any] = json.loads(out.getvalue())
    return found


# -- explain


def test_explain_tells_of_the_latest_plan_and_of_those_before(kept: Rows) -> None:
    plan(kept, state="done", summary="The first.")
    latest = plan(kept, number=2, summary="The second.")
    step = plan_step(latest, "look", state="waiting", waits_for="checks", result="so far")
    found = told(kept)
    assert [one["summary"] for one in found["plans"]] == ["The first."]
    assert (found["plan"]["id"], found["plan"]["number"], found["plan"]["state"]) == (latest.pk, 2, "running")
    [shown] = found["plan"]["steps"]
    assert {
        "id": "look",
        "row": step.pk,
        "worker": "code",
        "state": "waiting",
        "waits_for": "checks",
    }.items() <= shown.items()
    named = {"description", "task", "depends_on", "result", "error", "attempts", "sources", "started_at", "finished_at"}
    assert named <= shown.keys()


def test_explain_of_an_answer_without_a_plan_has_none(kept: Rows) -> None:
    found = told(kept)
    assert (found["plan"], found["plans"], found["runs"][0]["plan_step"]) == (None, [], None)


def test_explain_names_the_step_of_each_child_run(kept: Rows) -> None:
    step = plan_step(plan(kept), state="running")
    child = carried_out(step)
    assert {run["id"]: run["plan_step"] for run in told(kept)["runs"]} == {kept.run.pk: None, child.pk: step.pk}


def test_explain_in_words_shows_runs_below_their_steps(kept: Rows) -> None:
    planning(kept)
    out = StringIO()
    call_command("explain", str(kept.update.pk), stdout=out)
    text = out.getvalue()
    for line in (
        "plan 1  running, 3 steps",
        "✓ find (code)",
        "▸ build (code)  running, 1 failed attempts",
        "tell (code, after find build)",
    ):
        assert line in text
    assert text.index("▸ build") < text.index("code-worker") < text.index("· tell")


# -- the story


def test_the_story_tells_each_step_with_its_result_and_sources(kept: Rows, console: Client) -> None:
    planning(kept)
    text = words(console.get(story(kept)).text)
    for part in ("Plan: Find it out.", "1 of 3 steps", "✓ find", "Found **it**.", "A page", "So it is.", "unsupported", "▸ build",
                 "compiles", "failed attempts 1", "· tell", "after find, build"):  # fmt: skip
        assert part in text, part


def test_a_source_that_is_no_web_address_is_no_link(kept: Rows, console: Client) -> None:
    planning(kept)
    text = console.get(story(kept)).text
    assert 'href="https://example.org/a"' in text
    assert "javascript:alert(1)" in text
    assert 'href="javascript' not in text


def test_runs_of_steps_stand_below_their_steps(kept: Rows, console: Client) -> None:
    made = planning(kept)
    child = Run.objects.get(plan_step__isnull=False)
    context = console.get(story(kept)).context
    chapters = {chapter.anchor: chapter for chapter in context["chapters"]}
    assert f"run-{child.pk}" not in chapters
    assert len(chapters[f"run-{kept.run.pk}"].steps) == 1
    below = {step["name"]: [run.anchor for run in step["runs"]] for step in chapters[f"plan-{made.pk}"].plan}
    assert below == {"find": [], "build": [f"run-{child.pk}"], "tell": []}
    text = console.get(story(kept)).text
    assert text.index("Do build") < text.index("child-model") < text.index("Do tell")


def test_who_answered_is_the_run_that_planned(kept: Rows, console: Client) -> None:
    carried_out(plan_step(plan(kept, state="done"), state="succeeded"), state="succeeded")
    text = words(console.get(story(kept)).text)
    assert "tested-agent answered after" in text
    assert "with a plan of 1 step." in text


def test_nothing_in_a_plan_is_markup_or_invisible(kept: Rows, console: Client) -> None:
    made = planning(kept)
    bad = SCRIPT + TRICK
    source = {"url": f"https://example.org/{SCRIPT}", "title": bad, "quote": bad, "supported": False}
    Plan.objects.update(summary=bad, shown=bad)
    PlanStep.objects.update(
        description=bad,
        task=bad,
        result=bad,
        error=bad,
        said=bad,
        waits_for=bad,
        worker=SCRIPT,
        process=bad,
        sources=[source, bad, 7],
    )
    PlanStep.objects.filter(key="tell").update(key=f"<b>{TRICK}", depends_on=[bad])
    Batch.objects.update(waits_for=bad)
    step = made.steps.first()
    assert step
    pages = [story(kept), page(made), page(step), listed(Plan), listed(PlanStep), page(kept.batch), listed(Batch), page(kept.session),
             reverse("admin:botplatform_plan_live", args=[made.pk]), "/admin/workers/"]  # fmt: skip
    for url in pages:
        text = console.get(url).text
        assert "<script>alert" not in text, url
        assert not set("\u202e\u200b") & set(text), url
        assert "<b>safe" not in text, url


# -- why there is no answer yet


def test_steps_at_work_are_why(kept: Rows, console: Client) -> None:
    planning(kept)
    said = top(console, kept)
    assert "No answer yet" in said
    assert "it waits for the plan: step build runs at worker@there:1" in said
    assert "step tell comes after build" in said


def test_a_stuck_step_is_why(kept: Rows, console: Client) -> None:
    planning(kept)
    PlanStep.objects.filter(key="build").update(lease_until=PAST, heartbeat_at=PAST)
    assert "step build is stuck: no heartbeat since" in top(console, kept)


def test_an_approval_of_a_step_is_why(kept: Rows, console: Client) -> None:
    planning(kept)
    PlanStep.objects.filter(key="build").update(state="waiting", lease_until=None)
    build = PlanStep.objects.get(key="build")
    asked = approval(kept.run, plan_step=build, number=41)
    said = top(console, kept)
    assert said.count("approval 41") == 1
    assert "step build waits for approval 41 (delete_history) since" in said
    assert f'href="{page(build)}"' in console.get(story(kept)).text
    assert f'href="{page(asked)}"' in console.get(story(kept)).text


def test_checks_are_why(kept: Rows, console: Client) -> None:
    kept.batch.replies.all().delete()
    Batch.objects.update(state="waiting", waits_for="checks of o/r#7", wake_at=timezone.now() + timedelta(hours=1))
    said = top(console, kept)
    assert "it waits for checks of o/r#7, until" in said
    assert "Approval" not in said


def test_a_question_is_why(kept: Rows, console: Client) -> None:
    kept.batch.replies.all().delete()
    Batch.objects.update(state="waiting")
    approval(kept.run, asks=True, number=5, tool="ask_user")
    assert "it waits for an answer to question 5" in top(console, kept)


# -- pages


def test_the_list_counts_steps(kept: Rows, console: Client) -> None:
    made = planning(kept)
    assert shown_ids(console, Plan, "?state=running") == [made.pk]
    assert "1 of 3" in words(console.get(listed(Plan)).text)


def test_a_plan_shows_its_steps_as_they_stand(kept: Rows, console: Client) -> None:
    made = planning(kept)
    live = reverse("admin:botplatform_plan_live", args=[made.pk])
    for url in (page(made), live):
        text = words(console.get(url).text)
        for part in ("✓ find", "▸ build", "compiles", "· tell", "after find, build", "1 failed attempt"):
            assert part in text, (url, part)
    PlanStep.objects.filter(key="build").update(lease_until=PAST)
    assert "stuck" in words(console.get(live).text)


def test_a_running_plan_is_cancelled_with_its_batch(kept: Rows, console: Client, nudges: Any) -> None:
    made = planning(kept)
    assert f"Cancel batch {kept.batch.pk}" in words(console.get(page(made)).text)
    operate(console, "cancel", kept.batch, confirmed="yes", why="enough")
    assert Plan.objects.get().state == "cancelled"
    assert set(PlanStep.objects.values_list("state", flat=True)) == {"succeeded", "cancelled"}
    assert "Cancel batch" not in words(console.get(page(made)).text)


def test_who_may_only_look_cannot_cancel(kept: Rows, staff: Staff) -> None:
    made = planning(kept)
    text = words(staff("view_plan", "view_planstep").get(page(made)).text)
    assert "build" in text
    assert "Cancel batch" not in text


def test_who_may_not_see_steps_sees_none(kept: Rows, staff: Staff) -> None:
    made = planning(kept)
    assert "build" not in staff("view_plan").get(reverse("admin:botplatform_plan_live", args=[made.pk])).text


def test_a_step_shows_its_result_runs_and_approvals(kept: Rows, console: Client) -> None:
    planning(kept)
    build, found = PlanStep.objects.get(key="build"), PlanStep.objects.get(key="find")
    asked = approval(kept.run, plan_step=build)
    text = console.get(page(build)).text
    for row in (Run.objects.get(plan_step=build), asked, build.plan, kept.batch):
        assert f'href="{page(row)}"' in text
    text = words(console.get(page(found)).text)
    assert "Found **it**." in text
    assert "unsupported" in text


def test_stuck_steps_are_listed(kept: Rows, console: Client) -> None:
    planning(kept)
    build = PlanStep.objects.get(key="build")
    assert shown_ids(console, PlanStep, "?attention=stuck") == []
    PlanStep.objects.filter(pk=build.pk).update(progress_until=PAST)
    assert shown_ids(console, PlanStep, "?attention=stuck") == [build.pk]


def test_every_row_of_a_plan_leads_to_the_story_and_to_the_rows_beside_it(kept: Rows, console: Client) -> None:
    made = planning(kept)
    build = PlanStep.objects.get(key="build")
    child = Run.objects.get(plan_step=build)
    call = Step.objects.get(run=child)
    asked = approval(child, plan_step=build)
    beside: dict[Any, tuple[Any, ...]] = {
        made: (kept.batch, kept.session, build, kept.run),
        build: (made, kept.batch, child, kept.session),
        child: (build, made, kept.batch),
        call: (child, build, kept.batch),
        asked: (build, kept.batch),
        kept.batch: (made,),
    }
    missing = []
    for row, others in beside.items():
        text = console.get(page(row)).text
        missing += [f"{row!r} → {other!r}" for other in others if f'href="{page(other)}"' not in text]
        missing += [f"{row!r} → story"] if f'href="{story(kept)}"' not in text else []
    shown = console.get(story(kept)).text
    missing += [f"story → {row!r}" for row in beside if f'href="{page(row)}"' not in shown]
    assert missing == []


# -- elsewhere


def test_a_batch_says_how_far_its_plan_is(kept: Rows, console: Client) -> None:
    made = planning(kept)
    said = f"waits for plan {made.pk} : 1 of 3 steps done; build runs at worker@there:1"
    for url in (page(kept.batch), listed(Batch)):
        assert said in words(console.get(url).text), url
    assert "for its plan: 1 of 3 steps done" in words(console.get(page(kept.session)).text)


def test_a_batch_says_what_it_waits_for(kept: Rows, console: Client) -> None:
    Batch.objects.update(state="waiting", waits_for="checks of o/r#7", wake_at=timezone.now() + timedelta(minutes=9))
    assert "waits for checks of o/r#7, for 8 min" in words(console.get(page(kept.batch)).text)


def test_a_worker_shows_the_steps_in_its_hands(kept: Rows, console: Client) -> None:
    planning(kept)
    type(kept.process).objects.update(name="worker@there:1")
    [process] = [one for one in console.get("/admin/workers/").context["crew"].processes if one.role == "worker"]
    [work] = process.works
    assert (work.agent, "child-model" in work.doing) == ("code-worker", True)
    text = console.get("/admin/workers/").text
    assert f'href="{page(PlanStep.objects.get(key="build"))}"' in text


def test_a_step_of_a_worker_that_is_gone_is_in_nobodys_hands(kept: Rows, console: Client) -> None:
    planning(kept)
    assert len(console.get("/admin/workers/").context["crew"].orphans) == 1


def test_who_may_not_see_plans_sees_no_steps_of_workers(kept: Rows, staff: Staff) -> None:
    planning(kept)
    looks = ("view_process", "view_batch", "view_session")
    assert staff(*looks).get("/admin/workers/").context["crew"].orphans == []


def test_waiting_steps_are_counted_for_those_who_may_see_them(kept: Rows, console: Client, staff: Staff) -> None:
    planning(kept)
    PlanStep.objects.filter(key="build").update(state="waiting", lease_until=None)
    numbers = {one.title: one.number for one in console.get("/admin/workers/now/").context["queues"]}
    assert numbers["waiting plan steps"] == "1"
    looks = ("view_process", "view_batch", "view_session", "view_reply", "view_update")
    assert "waiting plan steps" not in staff(*looks).get("/admin/workers/now/").text


def test_home_names_stuck_steps(kept: Rows, console: Client) -> None:
    planning(kept)
    PlanStep.objects.filter(key="build").update(lease_until=PAST)
    text = words(console.get(reverse("console-home-now")).text)
    assert "stuck plan step" in text
    assert "step build: no heartbeat, worker@there:1" in text


def test_the_sidebar_leads_to_plans(rows: Rows, console: Client) -> None:
    text = console.get("/admin/").text
    assert f'href="{listed(Plan)}"' in text
    assert admin.site.is_registered(PlanStep)


# -- how much it costs


@pytest.mark.parametrize("where", ["story", "plan", "live", "plans", "steps", "batches", "workers", "session", "home"])
def test_more_steps_take_no_more_queries(kept: Rows, console: Client, where: str) -> None:
    made = planning(kept)
    urls = {
        "story": story(kept), "plan": page(made), "live": reverse("admin:botplatform_plan_live", args=[made.pk]),
        "plans": listed(Plan), "steps": listed(PlanStep), "batches": listed(Batch), "workers": "/admin/workers/now/",
        "session": page(kept.session), "home": reverse("console-home-now"),
    }  # fmt: skip

    def queries() -> int:
        console.get(urls[where])
        with CaptureQueriesContext(connection) as caught:
            assert console.get(urls[where]).status_code == 200
        return len(caught)

    approval(kept.run, plan_step=PlanStep.objects.get(key="build"))
    PlanStep.objects.filter(key="build").update(lease_until=PAST)
    before = queries()
    for n in range(27):
        step = plan_step(made, f"more-{n}", state="running", lease_until=PAST)
        carried_out(step, epoch=1)
        approval(kept.run, plan_step=step)
    for _ in range(3):
        planning(conversation())
    assert queries() == before


def test_child_runs_are_told_apart(kept: Rows) -> None:
    planning(kept)
    assert [run["id"] for run in own_runs(told(kept))] == [kept.run.pk]
    assert Session.objects.count() == 1


def test_a_call_leads_to_its_own_approval_though_another_step_names_its_call_alike(kept: Rows, console: Client) -> None:
    made = plan(kept)
    rows = []
    for key in ("one", "two"):
        run = carried_out(plan_step(made, key, state="running"))
        call = Step.objects.create(run=run, kind="tool", name="clock", tool_use_id="toolu_same")
        rows.append((call, approval(run, plan_step=run.plan_step, tool_use_id="toolu_same")))
    (mine, asked), (other, elsewhere) = rows
    for row, its, not_its in ((mine, asked, elsewhere), (asked, mine, other)):
        text = console.get(page(row)).text.partition('class="story-trail"')[2].partition("</nav>")[0]
        assert f'href="{page(its)}"' in text
        assert f'href="{page(not_its)}"' not in text
