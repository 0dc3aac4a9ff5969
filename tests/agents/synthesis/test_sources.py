from __future__ import annotations

import time

import pytest

from agents.plans import Source
from agents.synthesis.shelf import marks, remark, shelve
from agents.synthesis.sources import Entry, source_list, split_off
from tests.agents.plans import done


@pytest.mark.parametrize(
    "listed",
    [
        'Sources:\n[1] https://a.example/x "the very words"\n[2] https://b.example',
        "**Sources:**\n1. https://a.example/x — “the very words”\n2. https://b.example",
        '## References\n\n- [1] <https://a.example/x>: "the very words"\n- [2] <https://b.example>',
        "Quellen\n[1]: [A page](https://a.example/x) „the very words“\n[2]: https://b.example.",
        'Sources:\n[1] https://a.example/x\n    "the very words"\n\n[2] https://b.example\n',
    ],
)
def test_list_of_sources_is_read_however_it_is_written(listed: str) -> None:
    text, found = split_off(f"It is so [1][2].\n\n{listed}")
    assert text == "It is so [1][2]."
    assert {number: (source.url, source.quote) for number, source in found.items()} == {
        1: ("https://a.example/x", "the very words"),
        2: ("https://b.example", ""),
    }


@pytest.mark.parametrize(
    "text",
    [
        "It is so.",
        "Sources:\nnone",
        "Sources: see above [1].",
        "Sources:\n1. A book, page 4",
        "1. https://a.example\n2. and so on",
    ],
)
def test_text_without_a_list_stays_whole(text: str) -> None:
    assert split_off(text) == (text, {})


def test_marks_are_renumbered_outside_code_and_links() -> None:
    text = "A [1], b [2, 3] `x[1]` [1](https://a.example)\n```\ny[2]\n``` and c [4]."
    assert remark(text, {1: 5, 2: 6, 3: 6}.get) == "A [5], b [6] `x[1]` [1](https://a.example)\n```\ny[2]\n``` and c."


def test_marks_are_counted_once_in_their_order() -> None:
    assert marks("B [2], a [1; 2], `[9]` [3](x), c [10].") == [2, 1, 10]


def test_same_page_of_several_steps_has_one_number() -> None:
    first = done("a", "A [1] and [2].", sources=(Source("https://a.example", quote="one"), Source("https://b.example")))
    second = done("b", "B [1].", sources=(Source("http://www.a.example/#x", title="A", quote="two"),))
    shelf, steps = shelve([first, second, done("c", "x[1] = 2")])
    assert [step.result for step in steps] == ["A [1] and [2].", "B [1].", "x[1] = 2"]
    assert (shelf.books[1].title, shelf.books[1].quotes, len(shelf.books)) == ("A", ["one", "two"], 2)


def test_page_that_nobody_has_read_is_named_without_a_link() -> None:
    listed = source_list(
        [Entry(1, "https://evil.example/`x`](https://b.example)", "Click", ("four words that lure",))], []
    )
    assert listed.splitlines()[-1].endswith("**(never read)**")
    assert "](" not in listed
    assert "Click" not in listed


def test_list_of_nothing_is_nothing() -> None:
    assert source_list([], []) == ""


@pytest.mark.parametrize("line", ["  [1] https://a.example", "- [1]", "[", '"'])
def test_long_nonsense_is_read_in_no_time(line: str) -> None:
    text = "Sources:\n" + f"{line}\n" * 5_000 + "and so on"
    began = time.monotonic()
    assert split_off(text) == (text, {})
    assert time.monotonic() - began < 2
