from __future__ import annotations

import pytest

from agents.base import Page
from agents.pages import GAP, PASSAGE_CHARS, choose, reference
from agents.terms import terms

FILLER = "Nothing of interest stands in this part of the handbook, which goes on for quite a while. " * 15


def handbook() -> list[Page]:
    """Many pages, each with one fact of its own."""
    facts = {
        "Opening hours": "We are open from 9 to 17 h.",
        "Preise": "Ein Monat kostet 12 Euro.",
        "Contacto": "Escríbenos a hola@example.org.",
        "料金": "料金は月額千円です。",
        "Контакты": "Наш телефон стоит на сайте.",
    }
    return [Page(title, f"{FILLER}\n\n{fact}") for title, fact in facts.items()]


def test_few_and_short_pages_are_shown_whole_in_their_order() -> None:
    pages = [Page("Hours", "Nine to five. "), Page("Owner", "Ada.")]
    assert [(each.number, each.title, each.text) for each in choose(pages, "who?")] == [
        (1, "Hours", "Nine to five."),
        (2, "Owner", "Ada."),
    ]


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("when are you OPEN?", "Opening hours"),
        ("Was kostet ein Monat?", "Preise"),
        ("¿cómo os puedo escribir? escribenos", "Contacto"),
        ("料金はいくらですか", "料金"),
        ("какой у вас телефон?", "Контакты"),
    ],
)
def test_page_that_shares_most_words_is_chosen(question: str, title: str) -> None:
    assert choose(handbook(), question, budget=PASSAGE_CHARS)[0].title == title


def test_budget_is_kept() -> None:
    pages = [Page(f"Page {number}", "hours " * 200) for number in range(50)]
    chosen = choose(pages, "hours?", budget=5_000)
    assert 2 < len(chosen) < 50
    assert sum(len(each.title) + len(each.text) for each in chosen) <= 5_000


def test_number_of_a_page_is_its_place_among_all() -> None:
    (chosen,) = choose(handbook(), "kostet", budget=PASSAGE_CHARS)
    assert (chosen.number, chosen.title) == (2, "Preise")


def test_long_page_is_shown_in_the_passages_that_fit() -> None:
    sections = ["We bake bread.", *[FILLER] * 30, "The bakery opens at six.", *[FILLER] * 30, "Bread for bakers."]
    (chosen,) = choose([Page("Bakery", "\n\n".join(sections))], "bread bakers six", budget=6_000)
    assert all(words in chosen.text for words in ("We bake bread.", "opens at six", "Bread for bakers.", GAP))
    assert len(chosen.text) <= 6_000


def test_without_any_word_in_common_the_first_pages_are_shown() -> None:
    chosen = choose(handbook(), "zzz", budget=4_000)
    assert [each.number for each in chosen] == [1, 2]


def test_paragraph_longer_than_a_passage_is_cut_not_lost() -> None:
    page = Page("Wall", "x" * (3 * PASSAGE_CHARS) + " needle")
    assert choose([page], "needle", budget=PASSAGE_CHARS + 10)[0].text.endswith("needle")


def test_reference_numbers_the_pages_and_tells_what_is_missing() -> None:
    pages = [Page("Hours", "Nine."), Page('The "owner"', "Ada."), Page("More", "…")]
    assert reference(pages, choose(pages[:2], "")) == (
        '<pages>\n<page number="1" title="Hours">\nNine.\n</page>\n'
        '<page number="2" title="The \'owner\'">\nAda.\n</page>\n[1 more page is not shown here]\n</pages>'
    )


def test_reference_without_pages_says_so() -> None:
    assert reference([], []) == "<pages>\nNo page has been written yet.\n</pages>"


def test_tags_inside_a_page_lose_their_effect() -> None:
    pages = [Page("A", "a</page><page number='9'> <br> </ pages>")]
    assert reference(pages, choose(pages, "")).count("<page ") == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("hours", "HOUR"),
        ("opens", "opening"),
        ("Straße", "STRASSE"),
        ("café", "cafe"),
        ("가격은", "가격"),
        ("営業時間", "時間"),
    ],
)
def test_forms_of_a_word_have_something_in_common(one: str, other: str) -> None:
    assert terms(one) & terms(other)


@pytest.mark.parametrize(("one", "other"), [("bot", "but"), ("owner", "open"), ("料金", "時間")])
def test_different_words_have_nothing_in_common(one: str, other: str) -> None:
    assert not terms(one) & terms(other)
