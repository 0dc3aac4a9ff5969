from __future__ import annotations

import pytest
from markdown_it import MarkdownIt

from transports.github.comments import marker_comment
from transports.github.images import is_known_host, without_foreign_images
from transports.github.markdown import COMMENT_LIMIT, NOTHING, PART_LIMIT, render_markdown, split

LIMIT = 1000
EVIL = "https://evil.example/p.png?secret=1"
GOOD = "https://user-images.githubusercontent.com/1/shadow.png"


def code_of(parts: list[str]) -> str:
    """The code in all parts, joined."""
    tokens = [token for part in parts for token in MarkdownIt().parse(part)]
    return "".join(token.content for token in tokens if token.type == "fence")


# -- cutting


def test_short_answer_is_one_part_as_it_is() -> None:
    text = "# Title\n\nHello *there*, @anna-lind.\n\n- one\n- two\n\n```py\nx = 1\n```"
    assert [part.text for part in render_markdown(text)] == [text]


def test_part_and_marker_fit_into_one_comment() -> None:
    assert PART_LIMIT + len("\n\n" + marker_comment("f" * 128)) <= COMMENT_LIMIT


def test_longest_possible_part_is_used() -> None:
    assert len(render_markdown("x " * (PART_LIMIT // 2 - 300))) == 1


def test_cut_falls_between_paragraphs() -> None:
    paragraphs = [f"{number} " + "word " * 40 + "\nsecond line" for number in range(20)]
    parts = split("\n\n".join(paragraphs), LIMIT)
    assert "\n\n".join(parts) == "\n\n".join(paragraphs)
    assert len(parts) > 1


def test_cut_falls_between_lines_where_there_are_no_paragraphs() -> None:
    lines = [f"- item {number}" for number in range(300)]
    assert "\n".join(split("\n".join(lines), LIMIT)).split("\n") == lines


def test_endless_line_is_cut_at_a_blank() -> None:
    parts = split("word " * 1000, LIMIT)
    assert all(part.rstrip().endswith("word") and part.startswith("word") for part in parts)


@pytest.mark.parametrize("fence", ["```", "~~~~", "````"])
def test_fence_is_closed_and_reopened_with_its_language(fence: str) -> None:
    code = "".join(f"print({number})\n" for number in range(300))
    parts = split(f"Look:\n\n{fence}python\n{code}{fence}\n\nDone.", LIMIT)
    assert code_of(parts) == code
    assert all(part.startswith(f"{fence}python\n") for part in parts[1:])
    assert parts[-1].endswith("Done.")


def test_fence_in_a_list_goes_on_without_its_indentation() -> None:
    code = "".join(f"if {number}:\n    pass\n" for number in range(200))
    inside = "".join(f"    {line}\n" for line in code.splitlines())
    parts = split(f"10. step\n\n    ```py\n{inside}    ```\n\n11. next", LIMIT)
    assert code_of(parts) == code
    assert parts[-1].endswith("11. next")


def test_fence_in_a_quotation_stays_quoted() -> None:
    inside = "".join(f"> line {number}\n" for number in range(200))
    parts = split(f"> ```sh\n{inside}> ```\n\nDone.", LIMIT)
    assert code_of(parts) == inside.replace("> ", "")
    assert all(part.startswith("> ```sh\n") for part in parts[1:])


def test_endless_line_of_code_stays_code() -> None:
    parts = split("```\n" + "x" * 5000 + "\n```", LIMIT)
    assert code_of(parts).replace("\n", "") == "x" * 5000


def test_fence_that_the_model_left_open_is_closed() -> None:
    assert render_markdown("```py\nx = 1")[0].text == "```py\nx = 1\n```"


def test_fence_with_an_endless_language_can_be_cut() -> None:
    code = "x\n" * 1000
    parts = split(f"```{'y' * 400}\n{code}```", LIMIT)
    assert code_of(parts) == code
    assert all(len(part) <= LIMIT for part in parts)


def test_marker_stays_hidden_behind_any_part() -> None:
    for part in render_markdown("- a\n\n  ```\n  code\n" + "> quoted\n" * 9 + "```\n" + "x\n" * 60_000):
        last = MarkdownIt().parse(f"{part.text}\n\n{marker_comment('abc')}")[-1]
        assert (last.type, last.content.strip()) == ("html_block", marker_comment("abc"))


# -- what is taken out


def test_forged_marker_is_taken_out() -> None:
    assert render_markdown(f"Hello{marker_comment('abc')}\n\n<!-- BOTPLATFORM:x -->")[0].text == "Hello"


@pytest.mark.parametrize("nothing", ["", "<!-- hidden -->", "\u200b\n", marker_comment("abc"), "<!-- open"])
def test_answer_that_nobody_sees_says_so(nothing: str) -> None:
    assert [part.text for part in render_markdown(nothing)] == [NOTHING]


@pytest.mark.parametrize(
    ("markdown", "left"),
    [
        (f"See ![a shadow]({EVIL}).", f"See [a shadow]({EVIL})."),
        (f"![]({EVIL})", f"[image]({EVIL})"),
        (f'![a](<{EVIL}> "title")', f'[a](<{EVIL}> "title")'),
        (f"[![a]({EVIL})](https://example.org)", f"[[a]({EVIL})](https://example.org)"),
        (f'<img alt="a" src="{EVIL}">', f'<a href="{EVIL}">a</a>'),
        (f"<IMG\nSRC='{EVIL}' >", f'<a href="{EVIL}">image</a>'),
        (f"<p><img src={EVIL} /></p>", f'<p><a href="{EVIL}">image</a></p>'),
        ('<img src="javascript:x" alt="a">', "a"),
        (f'<video poster="{EVIL}" src="{GOOD}"></video>', f'<a href="{EVIL}">image</a></video>'),
        ("![a](docs/a.png)", "[a](docs/a.png)"),
    ],
)  # fmt: skip
def test_image_of_an_unknown_host_becomes_a_link(markdown: str, left: str) -> None:
    assert without_foreign_images(markdown) == left


@pytest.mark.parametrize(
    "markdown",
    [
        f"![a]({GOOD})",
        f'<img src="{GOOD}">',
        f"`![a]({EVIL})`",
        f"```md\n![a]({EVIL})\n```",
        f'    <img src="{EVIL}">',
        f"\\![a]({EVIL})",
        "vec![1, 2]",
    ],
)
def test_known_images_code_and_text_stay(markdown: str) -> None:
    beside = f"\n\n![b]({EVIL})"
    assert without_foreign_images(markdown) == markdown
    assert without_foreign_images(markdown + beside) == markdown + beside.replace("!", "")


@pytest.mark.parametrize(
    "markdown",
    [
        f"![a][ref]\n\n[ref]: {EVIL}",
        f"![ref]\n\n[ref]: {EVIL}",
        f"![a [b] c]({EVIL})",
        f"![a\n> b]({EVIL})",
        f"`unpaired ![a]({EVIL})\n\n`",
        f"<div>\n<img src={EVIL}\n\ntext</div>",
        f'<picture><source srcset="{GOOD} 1x, {EVIL} 2x"></picture>',
        f"![a](https&#58;//evil.example/)![b]({EVIL})",
        f"> - ![a]({EVIL})\n>   ![b]( <{EVIL}> )",
        f"| a |\n|---|\n| ![a]({EVIL}) |",
        f"![![a]({EVIL})]({EVIL})",
        f'<img src="{GOOD}" srcset="{EVIL}">',
        f"![a]({GOOD} ![b]({EVIL})",
    ],
)
def test_no_form_of_an_image_fetches_from_an_unknown_host(markdown: str) -> None:
    html = MarkdownIt("gfm-like", {"linkify": False}).render(without_foreign_images(markdown))
    assert "<img" not in html.lower()
    assert "<source" not in html.lower()


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/github.com/", "https://github.com.evil.example/", "https://evilgithub.com/a",
        "//github.com/a",
        "https://github.com@evil.example/", "https://evil.example\\@github.com/", "http://github.com/a",
        "https:/github.com/a",
        "https://github.com:80@evil.example/", "https://github.com /", "https://github.com",
        "data:image/png;base64,AA", "",
        "https://github.com\n.evil.example/", "https://GITHUB.COM。evil.example/",
    ],
)  # fmt: skip
def test_host_that_only_looks_known_is_not(address: str) -> None:
    assert not is_known_host(address)


@pytest.mark.parametrize("address", [GOOD, "https://github.com/o/r/raw/a.png?raw=true", "https://GitHub.com/a"])
def test_githubs_own_hosts_are_known(address: str) -> None:
    assert is_known_host(address)
