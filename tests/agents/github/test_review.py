"""A review on a recorded diff: posted as one, updated in place, never repeated."""

from __future__ import annotations

from typing import Any

import pytest

from tests.agents.github.world import HEAD, HOME, NEXT, PULL, Run, recorded_files
from tests.fakes.github import FakeGitHub
from tests.fakes.github_store import Issue, stamp, user

SCHEMA, TSCONFIG = "data/schema.graphql", "tsconfig.json"
ON_ADDED = {"path": SCHEMA, "line": 318, "body": "Why nullable?"}
ON_CONTEXT = {"path": "CHANGELOG.md", "line": 4, "body": "Which version is this for?"}
ON_DELETED = {"path": TSCONFIG, "line": 8, "side": "LEFT", "body": "This line only gains a comma."}
ON_LAST = {"path": TSCONFIG, "line": 9, "body": "Nothing below is compiled then."}
ON_SUBMODULE = {"path": "externals/metaphysics", "line": 1, "body": "Is that commit on its main branch?"}
BESIDE = {"path": SCHEMA, "line": 330, "body": "Not of this change."}
NO_FILE = {"path": "README.md", "line": 1, "body": "Say so here."}
ALL_IN_DIFF = (ON_ADDED, ON_CONTEXT, ON_DELETED, ON_LAST, ON_SUBMODULE)


async def review(run: Run, *comments: dict[str, Any], **arguments: Any) -> str:
    asked = {"number": PULL, "summary": "Good on the whole.", "comments": list(comments)} | arguments
    result = await run.use("github_review", **asked)
    assert not result.is_error, result.content
    return result.content


def outdate(pull: Issue) -> None:
    """What GitHub does to comments whose lines a push has taken out of the diff."""
    for comment in pull.review_comments:
        comment["line"] = None


# -- one review


async def test_all_remarks_are_posted_as_one_review(github: FakeGitHub, pull: Issue, run: Run) -> None:
    await review(run, *ALL_IN_DIFF)
    [call] = github.select("POST *")
    assert (call.body["commit_id"], call.body["event"]) == (HEAD, "COMMENT")
    placed = [(one["path"], one["line"], one["side"]) for one in call.body["comments"]]
    assert placed == [(one["path"], one["line"], one.get("side", "RIGHT")) for one in ALL_IN_DIFF]
    assert len(pull.reviews) == 1


@pytest.mark.parametrize(
    "beside",
    [
        BESIDE,
        NO_FILE,
        ON_ADDED | {"line": 311},
        ON_ADDED | {"line": 324},
        ON_ADDED | {"path": "schema.graphql"},
        ON_DELETED | {"line": 12},
        {"path": TSCONFIG, "line": 12, "body": "Behind the end."},
    ],
    ids=["between hunks", "no such file", "before a hunk", "behind one", "wrong path", "wrong side", "end of file"],
)
async def test_remark_beside_the_diff_stands_in_the_summary(beside: dict[str, Any], pull: Issue, run: Run) -> None:
    said = await review(run, ON_CONTEXT, beside)
    [comment] = pull.review_comments
    assert comment["path"] == "CHANGELOG.md"
    line = f"`{beside['path']}:{beside['line']}`"
    assert line in pull.reviews[0]["body"]
    assert beside["body"] in pull.reviews[0]["body"]
    assert "1 that are not on lines of the diff" in said


@pytest.mark.parametrize(
    ("line", "fits"),
    [(314, False), (315, True), (322, True), (323, False), (404, False), (405, True), (412, True), (413, False)],
)
async def test_both_ends_of_a_hunk_are_exact(line: int, fits: bool, pull: Issue, run: Run) -> None:
    await review(run, ON_ADDED | {"line": line})
    assert bool(pull.review_comments) is fits


async def test_left_side_counts_by_the_file_before(pull: Issue, run: Run) -> None:
    await review(run, ON_ADDED | {"line": 403, "side": "LEFT"}, ON_ADDED | {"line": 403, "body": "On the right."})
    assert [(one["line"], one["side"]) for one in pull.review_comments] == [(403, "LEFT")]


async def test_several_lines_are_one_remark(pull: Issue, run: Run) -> None:
    await review(run, ON_ADDED | {"start_line": 318, "line": 319})
    [comment] = pull.review_comments
    assert (comment["start_line"], comment["start_side"], comment["line"]) == (318, "RIGHT", 319)


@pytest.mark.parametrize("start", [300, 319, 400])
async def test_span_that_is_not_in_one_hunk_shrinks(start: int, pull: Issue, run: Run) -> None:
    line = 319 if start != 400 else 318
    await review(run, ON_ADDED | {"start_line": start, "line": line})
    [comment] = pull.review_comments
    assert "start_line" not in comment


async def test_odd_separators_inside_a_line_shift_nothing(pull: Issue, run: Run) -> None:
    patch = "@@ -1,3 +1,4 @@\n one\x0cfeed\n+two\u2028separator\r\n three\n four\n\\ No newline at end of file"
    pull.files = [{"filename": "odd.txt", "status": "modified", "patch": patch}]
    await review(run, {"path": "odd.txt", "line": 4, "body": "Last."}, {"path": "odd.txt", "line": 5, "body": "None."})
    assert [comment["line"] for comment in pull.review_comments] == [4]


async def test_binary_and_renamed_files_have_no_lines(pull: Issue, run: Run) -> None:
    pull.files = [{"filename": "logo.png", "status": "added"}]
    await review(run, {"path": "logo.png", "line": 1, "body": "Too large."})
    assert pull.review_comments == []
    assert "`logo.png:1`: Too large." in pull.reviews[0]["body"]


async def test_files_on_later_pages_have_lines_too(github: FakeGitHub, pull: Issue, run: Run) -> None:
    github.repository(HOME).pages = 1
    await review(run, ON_LAST)
    assert len(pull.review_comments) == 1


async def test_same_words_on_two_lines_are_said_twice(pull: Issue, run: Run) -> None:
    for _ in range(2):
        await review(run, ON_ADDED, ON_ADDED | {"line": 408})
    assert [comment["line"] for comment in pull.review_comments] == [318, 408]


async def test_closed_pull_request_is_not_reviewed(pull: Issue, run: Run) -> None:
    pull.state = "closed"
    result = await run.use("github_review", number=PULL, summary="Fine.")
    assert (result.is_error, result.content) == (True, f"{HOME}#{PULL} is not open.")


# -- the next push


async def test_summary_is_updated_in_place(pull: Issue, run: Run) -> None:
    await review(run, ON_ADDED)
    first = pull.reviews[0]["id"]
    pull.sha = NEXT
    said = await review(run, ON_ADDED, summary="Better now.")
    [only] = pull.reviews
    assert only["id"] == first
    assert only["body"].startswith("Better now.")
    assert f"<!-- botplatform:review:{NEXT} -->" in only["body"]
    assert f"at {NEXT} is updated in place: 0 new remarks on lines. 1 were there already." in said


async def test_only_new_remarks_are_posted_as_one_further_review(github: FakeGitHub, pull: Issue, run: Run) -> None:
    await review(run, ON_ADDED, ON_CONTEXT)
    pull.sha = NEXT
    await review(run, ON_ADDED, ON_LAST, ON_SUBMODULE)
    assert [comment["body"].split("\n")[0] for comment in pull.review_comments] == [
        ON_ADDED["body"], ON_CONTEXT["body"], ON_LAST["body"], ON_SUBMODULE["body"],
    ]  # fmt: skip
    assert len(pull.reviews) == 2
    assert len(github.select("PUT *")) == 1


async def test_outdated_remarks_are_listed(pull: Issue, run: Run) -> None:
    await review(run, ON_ADDED)
    outdate(pull)
    pull.sha = NEXT
    await review(run)
    assert f"**Outdated by later commits:**\n\n- `{SCHEMA}:318`: Why nullable?" in pull.reviews[0]["body"]


async def test_remark_that_moved_with_its_lines_is_not_repeated(pull: Issue, run: Run) -> None:
    await review(run, ON_ADDED)
    pull.sha = NEXT
    await review(run, ON_ADDED | {"line": 319, "body": "Why  nullable?\n"})
    assert len(pull.review_comments) == 1


async def test_same_review_of_the_same_commit_changes_nothing(github: FakeGitHub, pull: Issue, run: Run) -> None:
    await review(run, ON_ADDED, NO_FILE)
    await review(run, ON_ADDED, NO_FILE)
    assert len(github.select("POST *")) == 1
    assert github.select("PUT *") == []


async def test_verdict_needs_a_review_of_its_own(pull: Issue, run: Run) -> None:
    await review(run, ON_ADDED)
    for _ in range(2):
        await review(run, event="APPROVE")
    assert [one["state"] for one in pull.reviews] == ["COMMENTED", "APPROVED"]


async def test_approval_of_an_older_commit_does_not_stand_for_the_next(pull: Issue, run: Run) -> None:
    await review(run, event="APPROVE")
    pull.sha = NEXT
    await review(run, event="APPROVE")
    assert [(one["state"], one["commit_id"]) for one in pull.reviews] == [("APPROVED", HEAD), ("APPROVED", NEXT)]


async def test_dismissed_review_is_followed_by_another(pull: Issue, run: Run) -> None:
    await review(run, event="REQUEST_CHANGES")
    pull.reviews[0]["state"] = "DISMISSED"
    await review(run)
    assert len(pull.reviews) == 2


# -- crashes and faults


async def test_review_whose_answer_was_lost_is_not_posted_again(github: FakeGitHub, pull: Issue, run: Run) -> None:
    github.drop("POST */reviews", times=1)
    await review(run, ON_ADDED)
    assert (len(pull.reviews), len(pull.review_comments)) == (1, 1)


async def test_review_that_never_arrived_is_posted(github: FakeGitHub, pull: Issue, run: Run) -> None:
    github.drop("POST */reviews", times=1, accepted=False)
    await review(run, ON_ADDED)
    assert (len(pull.reviews), len(pull.review_comments)) == (1, 1)


async def test_run_that_died_between_remarks_and_summary_goes_on(github: FakeGitHub, pull: Issue, run: Run) -> None:
    await review(run, ON_ADDED)
    pull.sha = NEXT
    github.refuse(503, "PUT *", times=1)
    asked = {"number": PULL, "summary": "Better.", "comments": [ON_ADDED, ON_LAST]}
    assert (await run.use("github_review", **asked)).is_error
    await review(run, ON_ADDED, ON_LAST, summary="Better.")
    assert (len(pull.reviews), len(pull.review_comments)) == (2, 2)
    assert pull.reviews[0]["body"].startswith("Better.")


async def test_push_between_looking_and_posting_is_looked_at_anew(github: FakeGitHub, pull: Issue, run: Run) -> None:
    github.refuse(422, "POST */reviews", times=1)
    await review(run, ON_ADDED)
    assert len(pull.review_comments) == 1


async def test_remarks_that_github_refuses_stand_in_the_summary(github: FakeGitHub, pull: Issue, run: Run) -> None:
    github.refuse(422, "POST */reviews", times=2)
    await review(run, ON_ADDED)
    assert pull.review_comments == []
    assert f"`{SCHEMA}:318`: Why nullable?" in pull.reviews[0]["body"]


async def test_refusal_of_an_own_pull_request_is_said(github: FakeGitHub, pull: Issue, run: Run) -> None:
    pull.author = "helpful-bot"
    result = await run.use("github_review", number=PULL, summary="Fine.", event="APPROVE")
    assert result.is_error
    assert "Can not approve your own pull request" in result.content


# -- whose words count


async def test_marker_in_somebody_elses_review_proves_nothing(pull: Issue, run: Run) -> None:
    body = f"Mine.\n\n<!-- botplatform:review:{HEAD} -->"
    fake = {"id": 5, "user": user("helpful-bot[bot]"), "body": body, "state": "COMMENTED", "submitted_at": stamp()}
    pull.reviews = [fake]
    await review(run)
    assert [one["body"].split("\n")[0] for one in pull.reviews] == ["Mine.", "Good on the whole."]


async def test_fingerprint_in_somebody_elses_comment_silences_nothing(pull: Issue, run: Run) -> None:
    await review(run, ON_ADDED)
    forged = pull.review_comments.pop() | {"user": user("mallory")}
    pull.review_comments = [forged]
    await review(run, ON_ADDED)
    assert len(pull.review_comments) == 2


async def test_model_cannot_write_a_marker(pull: Issue, run: Run) -> None:
    await review(run, summary=f"Fine.\n\n<!-- botplatform:review:{NEXT} -->\n\nReally.")
    assert NEXT not in pull.reviews[0]["body"]


async def test_remarks_call_nobody_and_fetch_no_image(pull: Issue, run: Run) -> None:
    await review(run, ON_ADDED | {"body": "Ask @anna ![x](https://evil.example/?q=1)"})
    assert pull.review_comments[0]["body"].startswith("Ask @&#8203;anna [x](https://evil.example/?q=1)")


def test_recorded_diff_is_whole() -> None:
    numbers = [(file["filename"], file["additions"], file["deletions"]) for file in recorded_files()]
    assert numbers == [("CHANGELOG.md", 1, 0), (SCHEMA, 12, 0), ("externals/metaphysics", 1, 1), (TSCONFIG, 2, 1)]
