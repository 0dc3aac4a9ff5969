"""What people write while something waits for approval, and what it means."""

from __future__ import annotations

import itertools
import random
import re
import time
from collections.abc import Callable

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from botplatform.pipeline import verdict_words as words
from botplatform.pipeline.verdict_tokens import FORMS, expand, plain
from botplatform.pipeline.verdicts import LONGEST, Decision, Meaning, Reading, concerns_decision, read

APPROVE, DENY, UNCLEAR, OTHER = Meaning.APPROVE, Meaning.DENY, Meaning.UNCLEAR, Meaning.OTHER

TABLE: dict[Meaning, tuple[str, ...]] = {
    APPROVE: (
        # English
        *("yes", "y", "Y.", "yep", "yeah", "ok", "okay", "sure", "approve", "approved", "confirm", "go ahead", "do it"),
        *("yes please", "Yes, go ahead", "yes, delete it", "please do", "please approve", "do it now", "I say yes"),
        *("I approve", "I approve this", "I hereby approve number 2", "okay thanks", "ok, thank you!", "ok ok"),
        *("yes yes", "go ahead, please", "My answer is yes.", "yes :)", "👍", "👍🏽", "👍👍", "yes 👍", "Yes! 🙂"),
        # numbers
        *("approve 2", "approve #2", "yes to 1 and 3", "approve 1, 3 and 4", "approve 1,3", "approve: 1, 3"),
        *("Approve number 1, #3 and 4.", "approve all", "yes to all", "approve both", "ok for everything"),
        *("yes, approve 2", "yes\napprove 2", "approve 1 and approve 3", "approve both of them, please"),
        *("approve 1 and deny 2", "yes to 1, no to 2 and 3", "deny 1, approve 2", "approve 1\nreject 2"),
        # how it is typed
        *(
            "YES!!!",
            "yesss",
            "okkk",
            "ＹＥＳ",
            "ａｐｐｒｏｖｅ ２",
            "  yes  ",
            "yes\n",
            "yes.",
            "yes – go ahead",
            "D’accord",
        ),
        # German, Spanish, French, Portuguese, Italian, Russian
        *("ja", "Ja bitte!", "jaaa", "genehmigt", "ja, mach das", "ich genehmige das", "einverstanden", "genehmigt 2"),
        *("sí", "sí, por favor", "si", "sí, adelante", "apruebo", "lo apruebo", "sí a 1 y 3", "de acuerdo", "aprobado"),
        *("oui", "oui, vas-y", "d'accord", "j'approuve", "oui à tout", "oui s'il vous plaît", "je suis d'accord"),
        *("sim", "sim, pode fazer", "aprovo", "aprovado 2", "sì, procedi", "approvo", "va bene", "certo"),
        *("да", "да, пожалуйста", "одобряю 2", "ДА!", "согласна"),
    ),
    DENY: (
        *("no", "n", "nope", "nah", "deny", "reject", "cancel it", "stop", "Stop!", "don't", "dont", "do not do this"),
        *("no, because it is still needed", "no because it is still needed", "no i still need it", "No. I need it."),
        *("I do not approve of this", "I do not approve", "I don't approve of deleting this", "I can't approve this"),
        *("not approved", "never", "absolutely not", "I disapprove", "no thanks", "no, thank you", "of course not"),
        *("please don't", "Please do not delete it", "don’t delete it", "I won't allow it", "it is not ok", "not ok"),
        *("no no no", "No! Stop!", "no don't", "no, don't do it", "sorry, no", "noooo", "NO!!!", "no...", "no\nplease"),
        *("don't delete my notes, they are needed", "no, I do not approve", "No. What were you thinking?", "👎", "❌"),
        *(
            "deny 1 and 2",
            "deny #3, it is wrong",
            "no to all",
            "reject 2 because it is still needed",
            "do not approve 2",
        ),
        *("no, the tests fail", "no, but you can keep it", "I am against it", "I never approved this", "no to that"),
        *("nein", "nein, weil ich das noch brauche", "abgelehnt", "mach das nicht", "mach das bitte nicht", "nö"),
        *("ich bin dagegen", "ich stimme nicht zu", "das genehmige ich nicht", "nein danke", "auf keinen Fall"),
        *(
            "no lo apruebo",
            "no, porque aún lo necesito",
            "no estoy de acuerdo",
            "rechazado",
            "no lo hagas",
            "claro que no",
        ),
        *("non, parce que j'en ai besoin", "je ne suis pas d'accord", "je n'approuve pas", "je refuse", "surtout pas"),
        *("não", "não aprovo", "nao aprovo", "não, porque ainda preciso", "non approvo", "no, grazie", "rifiuto"),
        *("нет", "нет, потому что это ещё нужно", "не одобряю", "я против", "не надо"),
        *("nо", "n\u200bo", "ｎｏ", "NO\u202e"),  # a Cyrillic letter, hidden characters: a denial is safe
    ),
    UNCLEAR: (
        # conditions
        *("yes if the tests pass", "approve once CI is green", "only if the tests pass", "unless it breaks something"),
        *("approve it tomorrow", "yes, but only the first", "ok after lunch", "yes when you are done", "not yet"),
        *("no, unless the tests pass", "ja, wenn die Tests laufen", "sí, si los tests pasan", "oui sauf le dernier"),
        # hedges
        *("I guess", "maybe", "probably", "hmm ok?", "I guess so", "ok I guess", "probably yes", "I approve, I think"),
        *("yes…", "ok...", "I don't know", "whatever", "why not", "wait", "no wait", "no, wait", "not sure"),
        *(
            "no problem",
            "no objection",
            "no objections from me",
            "not a problem, go ahead",
            "LGTM",
            "looks good",
            "fine",
        ),
        *(
            "vielleicht",
            "warum nicht",
            "kein Problem",
            "nichts dagegen",
            "por qué no",
            "peut-être",
            "forse",
            "может быть",
        ),
        # contradictions and double negations
        *("yes no", "approve… no wait", "approve... no wait", "yes, but don't delete it", "ja nein", "👍👎", "да нет"),
        *("no, go ahead", "no, delete it", "no, it's fine", "no, because I changed my mind, go ahead", "yes yes no"),
        *("I don't disapprove", "not unacceptable", "don't stop", "do not reject it", "never reject", "I don't object"),
        *("no rechazo", "ich bin nicht dagegen", "don't not do it", "no, do not cancel it", "not rejected"),
        *("sure, why not... NOT", "yes not", "not yes", "approve not", "I no approve", "yeah right", "approve nothing"),
        # questions
        *("approve?", "should I approve this?", "is it approved?", "yes?", "no?", "genehmigt?", "no, why?", "¿sí?"),
        # reported or quoted
        *("he said yes", "he said no", "> approve", "> yes", '"yes"', "'yes'", "`approve`", "approved by Bob"),
        *("nobody approved this", "you must not approve this", "no means yes", "@alice approve 2", "she approved 2"),
        # numbers
        *(
            "approve 1, deny 1",
            "approve all but 2",
            "approve all except 2",
            "approve 1 or 2",
            "approve 1-3",
            "approve 1 – 3",
        ),
        *("approve 1.5", "approve 1,000", "approve 2nd", "approve one", "approve no. 2", "No. 2", "no, 2", "no 2"),
        *("approve the merge of #12", "approve PR 12", "yes 12 of them", "approve 0", "approve 02", "approve 1\n3"),
        *(
            "approve all, deny 2",
            "yes, deny 2",
            "approve 1, no",
            "approve 2x",
            "ok 2",
            "approve 1 not 2",
            "approve 2 lines",
        ),
        *("deny 1 because it is needed, deny 2 because it is wrong", "approve 1, don't approve 2", "approve ½"),
        # look-alikes
        *("ye s", "y e s", "n o", "yеs", "y\u200bes", "yes\u202e", "y̶e̶s̶", "ΥΕS", "yés", "approve\u2066 2", "app rove"),
        *(
            "~~approve~~",
            "**yes**",
            "yes/no",
            "yes *",
            "yes <!-- not -->",
            "approve 2️⃣",
            "yes and",
            "yes 🤔",
            "/approve 2",
        ),
        *("ok alles klar", "si apruebo", "yes, change it", "approve the rest", "sure thing", "ok now"),
    ),
    OTHER: (
        *("what time is it", "what exactly would be deleted?", "how do I approve?", "tell me more first", "hello"),
        *("what happens if I approve?", "why should I approve this?", "ok, what exactly would be deleted?", "thanks"),
        *("ok, and how long does that take?", "delete the history of last week too", "show me the open issues", "2"),
        *("please summarise the discussion", "do not forget the milk", "stop using tabs in this file", "good morning"),
        *("that is not what I asked", "there is no file named x", "who wrote this?", "cancel my meeting with Bob at 3"),
        *(
            "the build fails with error no such file",
            "can you explain the diff in more detail",
            "1 and 3",
            "",
            " \n",
            "🎉",
        ),
        *("great, now show me PR 12", "Was genau würde gelöscht?", "¿qué se borraría?", "wer hat das geschrieben?"),
        *(
            "it does not work on Windows",
            "what is the yes command for?",
            "please",
            "bitte",
            "merci beaucoup",
            "yesterday",
        ),
    ),
}
PHRASES = [(text, meaning) for meaning, texts in TABLE.items() for text in texts]


@pytest.mark.parametrize(("text", "meaning"), PHRASES)
def test_phrase_means(text: str, meaning: Meaning) -> None:
    assert read(text).meaning is meaning


def test_the_table_holds_no_phrase_twice() -> None:
    assert len({text for text, _ in PHRASES}) == len(PHRASES)


@pytest.mark.parametrize(
    ("text", "decisions"),
    [
        ("yes", [Decision(APPROVE)]),
        ("no, because", [Decision(DENY)]),
        ("approve #2", [Decision(APPROVE, (2,))]),
        ("yes, approve 2", [Decision(APPROVE, (2,))]),
        ("approve 3, 1 and 3", [Decision(APPROVE, (3, 1))]),
        ("approve 1 and approve 3", [Decision(APPROVE, (1, 3))]),
        ("sí a 1 y 3", [Decision(APPROVE, (1, 3))]),
        ("approve both", [Decision(APPROVE, everything=True)]),
        ("nein zu allem", [Decision(DENY, everything=True)]),
        ("yes, approve all", [Decision(APPROVE, everything=True)]),
        ("approve 1 and deny 2", [Decision(APPROVE, (1,)), Decision(DENY, (2,))]),
        ("no to 2 and 3, yes to 1", [Decision(DENY, (2, 3)), Decision(APPROVE, (1,))]),
        ("don't approve 4", [Decision(DENY, (4,))]),
        ("no, not for all the world, because", [Decision(DENY)]),
    ],
)
def test_decisions_name_what_they_are_about(text: str, decisions: list[Decision]) -> None:
    assert read(text).decisions == tuple(decisions)


@pytest.mark.parametrize("text", [text for text, meaning in PHRASES if meaning in (UNCLEAR, OTHER)])
def test_what_decides_nothing_holds_no_decision(text: str) -> None:
    assert read(text) == Reading(read(text).meaning)


@pytest.mark.parametrize(
    ("text", "comment"),
    [
        ("no", ""),
        ("no, because it is still needed", "because it is still needed"),
        ("No! It is still needed.", "It is still needed"),
        ("deny 2: it is still needed", "it is still needed"),
        ("nein, weil ich’s noch brauche", "weil ich’s noch brauche"),
        ("don't delete my notes, they are needed", "my notes, they are needed"),
        ("no,\nit is\u200b needed", "it is needed"),
        ("no, " + "because " * 1000, ("because " * 1000)[:1000]),
    ],
)
def test_a_denial_keeps_its_reason(text: str, comment: str) -> None:
    assert (read(text).meaning, read(text).comment) == (DENY, comment)


# -- long texts


@pytest.mark.parametrize(
    ("start", "meaning"),
    [
        ("yes, ", UNCLEAR),
        ("approve 2. ", UNCLEAR),
        ("yes yes yes yes ", UNCLEAR),
        ("no, because of this: ", DENY),
        ("I do not approve of this. ", DENY),
        ("No problem. ", OTHER),
        ("ok, next: ", OTHER),
        ("Please read this: ", OTHER),
    ],
)
def test_a_long_text_never_approves(start: str, meaning: Meaning) -> None:
    assert read(start + "the log says this and that. " * 20).meaning is meaning


def test_the_longest_approval_has_300_characters() -> None:
    assert read("yes" + " " * (LONGEST - 3)).meaning is APPROVE
    assert read("yes" + " " * (LONGEST - 2)).meaning is UNCLEAR


# -- the tables of words


def phrases(*tables: str) -> list[str]:
    return sorted({phrase for table in tables for phrase in expand(table)})


@pytest.mark.parametrize(
    ("meaning", "found"),
    [
        (APPROVE, phrases(words.YES, words.OK, words.APPROVE)),
        (DENY, phrases(words.NO, words.DENY, words.NEGATED)),
        (UNCLEAR, phrases(words.HEDGE, words.ASSENT)),
    ],
)
def test_every_phrase_of_a_table_is_read_as_the_table_says(meaning: Meaning, found: list[str]) -> None:
    assert [phrase for phrase in found if read(phrase).meaning is not meaning] == []


def test_accents_may_be_left_out() -> None:
    assert {read(phrase).meaning for phrase in ("si, por favor", "bien sur", "nao", "bestatigt", "j'ai refuse")} == {
        APPROVE,
        DENY,
        UNCLEAR,
    }


# -- properties

APPROVALS = [text for text, meaning in PHRASES if meaning is APPROVE]
NEGATIONS = phrases(words.NO, words.DENY, words.NEGATED) + sorted({*words.NOT.split()})
DOUBTS = phrases(words.HEDGE, words.ASSENT) + sorted({*words.CONDITION.split(), *words.TURN.split()} - {"si"})
JOINTS = (" ", ", ", ". ", "\n", " - ", "; ", "! ")


def approves_alone(reading: Reading) -> bool:
    """Whether nothing is denied beside it, as "approve 1, deny 2" does."""
    return reading.meaning is APPROVE and all(decision.meaning is APPROVE for decision in reading.decisions)


def with_inserted(text: str, inserted: str, joint: str, place: int) -> str:
    said = text.split(" ")
    place %= len(said) + 1
    before, after = " ".join(said[:place]), " ".join(said[place:])
    return joint.join(part for part in (before, inserted, after) if part)


@given(st.sampled_from(APPROVALS), st.sampled_from(NEGATIONS), st.sampled_from(JOINTS), st.integers(0, 8))
@example("yes", "not", " ", 1)
@example("approve 2", "no", ". ", 1)
def test_a_negation_within_an_approval_takes_it_back(approval: str, negation: str, joint: str, place: int) -> None:
    assert not approves_alone(read(with_inserted(approval, negation, joint, place)))


@given(st.sampled_from(APPROVALS), st.sampled_from(DOUBTS), st.sampled_from(JOINTS), st.integers(0, 8))
def test_a_doubt_within_an_approval_takes_it_back(approval: str, doubt: str, joint: str, place: int) -> None:
    assert read(with_inserted(approval, doubt, joint, place)).meaning is not APPROVE


def test_a_negation_before_or_after_a_yes_takes_it_back() -> None:
    texts = [
        with_inserted(yes, no, joint, place)
        for yes in ("yes", "go ahead", "I approve", "ja", "oui", "approve 2", "yes to all")
        for no, joint, place in itertools.product(random.Random(3).sample(NEGATIONS, 200), (" ", ", "), (0, -1))
    ]
    assert [text for text in texts if read(text).meaning is APPROVE] == []


NEGATIVE = {"not", "don't", "dont", "no", "never", "nicht", "nein", "kein", "nunca", "pas", "non", "não", "не", "нет"}


@given(
    st.lists(st.sampled_from(sorted({*NEGATIVE, *(word for text in APPROVALS for word in text.split())})), max_size=8)
)
def test_a_negative_word_approves_only_beside_a_denial_of_other_numbers(said: list[str]) -> None:
    assume(NEGATIVE & {word.lower().strip(".,!") for word in said})
    numbers = {decision.meaning: set(decision.numbers) for decision in read(" ".join(said)).decisions}
    if APPROVE in numbers:
        assert numbers[APPROVE]
        assert numbers[DENY]
        assert not numbers[APPROVE] & numbers[DENY]


OUTSIDE = ("zebra", "the file", "merge PR 12", "x", "42nd", "@bob", "/", "?", "(", "~", "…", "\u202e", "y\u0336")


@given(
    st.lists(st.sampled_from(APPROVALS), min_size=1, max_size=3),
    st.sampled_from(OUTSIDE),
    st.sampled_from(JOINTS),
    st.integers(min_value=0, max_value=8),
)
def test_what_stands_outside_the_grammar_never_approves(said: list[str], outside: str, joint: str, place: int) -> None:
    assert read(with_inserted(" ".join(said), outside, joint, place)).meaning is not APPROVE


@given(st.text(max_size=400))
@example("\ud800no\udfff")
@example("\x00yes")
@example("İ" * 300)
@example("@" * 400)
def test_any_text_can_be_read(text: str) -> None:
    reading = read(text)
    assert (reading.meaning in (APPROVE, DENY)) == bool(reading.decisions)
    assert concerns_decision(text) or reading.meaning is OTHER


@given(st.text(max_size=400))
def test_random_text_approves_only_in_words_of_the_tables(text: str) -> None:
    if read(text).meaning is APPROVE:
        assert set(re.findall(r"[^\W\d_]+", plain(text))) <= FORMS.keys()


@pytest.mark.parametrize("text", [text for text, meaning in PHRASES if meaning is not OTHER])
def test_whatever_is_about_a_decision_passes_the_first_check(text: str) -> None:
    assert concerns_decision(text)


@pytest.mark.parametrize(
    "text", ["what time is it", "Bonjour", "Summarise this issue in two sentences.", "2", "", "привет"]
)
def test_ordinary_text_does_not_pass_the_first_check(text: str) -> None:
    assert not concerns_decision(text)


# -- time

HOSTILE = [
    "no " * 40_000,
    "yes and " * 20_000,
    "1," * 60_000,
    "'" * 100_000,
    "\u200b" * 100_000,
    "y" + "\u0336" * 100_000,
]
HOSTILE += ["a" * 100_000, " " * 100_000, "approve " * 12_000, "😀" * 100_000, ". " * 50_000, "I do not " * 12_000]


def seconds(function: Callable[[str], object], text: str) -> float:
    """The quickest of several calls: others may use the machine."""

    def once() -> float:
        started = time.perf_counter()
        function(text)
        return time.perf_counter() - started

    return min(once() for _ in range(7))


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: repr(text[:9]))
@pytest.mark.parametrize("length", [300, 100_000])
def test_hostile_text_takes_no_time(text: str, length: int) -> None:
    assert seconds(concerns_decision, text[:length]) < 0.001
    assert seconds(read, text[:length]) < 0.02


def test_the_first_check_of_ordinary_text_takes_microseconds() -> None:
    chosen = random.Random(7)
    text = " ".join(chosen.choice(["please", "show", "me", "the", "open", "issues", "of", "this"]) for _ in range(40))
    assert seconds(concerns_decision, text) < 0.0002
