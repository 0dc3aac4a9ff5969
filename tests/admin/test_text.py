"""Text of strangers: escaped, and nothing in it stays invisible."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db.models import Model
from django.test import Client

from botplatform.admin.showing import distance, shorten, visible
from botplatform.models import Batch, Message, Run, Session, Step, Update
from tests.admin.rows import PIPELINE, Rows, conversation, listed, page, row_of

SCRIPT, TRICK = "<script>alert(1)</script>", "safe\u202egnp.exe\u200b\U000e0041"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\u200bb", "a⟨U+200B⟩b"),
        ("\u202eabc", "⟨U+202E⟩abc"),
        ("tag\U000e0041", "tag⟨U+E0041⟩"),
        ("\ufeffbom\u00ad\x00\x1b", "⟨U+FEFF⟩bom⟨U+00AD⟩⟨U+0000⟩⟨U+001B⟩"),
        ("vs\U000e0100 \u3164", "vs⟨U+E0100⟩ ⟨U+3164⟩"),
        ("\ud800", "⟨U+D800⟩"),
        ("Grüße, 你好 🎉\n\tплюс", "Grüße, 你好 🎉\n\tплюс"),
    ],
)
def test_what_is_invisible_is_written_out(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_a_long_text_is_cut_to_one_line() -> None:
    assert shorten("one\ntwo   three", 9) == "one two …"


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0.25, "0.2 s"), (75, "1 min 15 s"), (7200, "2 h"), (-90_061, "1 d 1 h")]
)
def test_lengths_of_time_are_short(seconds: float, shown: str) -> None:
    assert distance(timedelta(seconds=seconds)) == shown


@pytest.mark.parametrize("model", PIPELINE, ids=lambda model: model._meta.model_name)
def test_no_markup_of_strangers_reaches_the_browser(rows: Rows, console: Client, model: type[Model]) -> None:
    hostile = conversation(text=SCRIPT, author=SCRIPT, title=SCRIPT)
    Batch.objects.update(error=SCRIPT, reason=SCRIPT)
    Run.objects.update(error=SCRIPT, note=SCRIPT)
    Step.objects.update(name=SCRIPT, error=SCRIPT, response={"tool": SCRIPT})
    for url in (listed(model), page(row_of(hostile, model))):
        assert SCRIPT not in console.get(url).text


@pytest.mark.parametrize("model", [Session, Message, Update, Batch], ids=lambda model: model._meta.model_name)
def test_no_trick_of_strangers_stays_invisible(rows: Rows, console: Client, model: type[Model]) -> None:
    hostile = conversation(text=TRICK, author=TRICK, title=TRICK)
    for url in (listed(model), page(row_of(hostile, model))):
        text = console.get(url).text
        assert "⟨U+202E⟩" in text
        assert not set("\u202e\u200b\U000e0041") & set(text)


def test_a_run_shows_its_steps_with_what_went_in_and_out(rows: Rows, console: Client) -> None:
    text = console.get(page(rows.run)).text
    assert all(
        shown in text for shown in ("anthropic:some-model", "11 + 7 tokens", "end_turn", "<details>", "What is it?")
    )


def test_the_transcript_is_in_order(rows: Rows, console: Client) -> None:
    text = console.get(page(rows.session)).text
    assert 0 < text.index("What is it?") < text.index("It is that.")
