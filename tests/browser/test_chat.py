"""What a person sees of the web chat."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from itertools import count
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.browser.conftest import sign_in
from tests.fakes.model_replies import text
from tests.system.fakes import Fakes
from tests.system.platform import Platform

SETTINGS = {"BATCH_WINDOW_MS": "1000"}
"""A busy machine types slowly."""

Open = Callable[..., "Chat"]
expect.set_options(timeout=20_000)
_names = count(1)


class Chat:
    """One page of a conversation."""

    def __init__(self, page: Page, name: str) -> None:
        self.page = page
        self.name = name
        self.errors: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.goto(f"/chat/?conversation={name}")
        self.connected()

    @property
    def input(self) -> Locator:
        return self.page.get_by_label("Message", exact=True)

    @property
    def said(self) -> Locator:
        return self.page.locator(".message.user .text")

    @property
    def answers(self) -> Locator:
        return self.page.locator(".message.bot .text")

    def connected(self) -> None:
        expect(self.page.locator("#state")).to_have_text("Connected")

    def say(self, *texts: str) -> None:
        for each in texts:
            self.input.fill(each)
            self.input.press("Enter")

    def say_at_once(self, *texts: str) -> None:
        """Faster than a busy machine drives the keyboard."""
        send = "(input, texts) => texts.forEach((text) => { input.value = text; input.form.requestSubmit(); })"
        self.input.evaluate(send, texts)

    def settled(self) -> None:
        """Nothing is on its way any more."""
        expect(self.page.locator(".message.pending")).to_have_count(0)
        expect(self.page.locator("#typing")).to_be_hidden()
        expect(self.page.locator(".message .dots:visible")).to_have_count(0)

    def transcript(self) -> list[str]:
        self.settled()
        return self.page.locator(".message .text").all_inner_texts()


@pytest.fixture
def open_chat(context: Callable[..., BrowserContext]) -> Open:
    def open_(name: str = "", **options: Any) -> Chat:
        return Chat(context(**options).new_page(), name or f"test-{next(_names)}")

    return open_


def test_three_quick_messages_get_one_answer(open_chat: Open, fakes: Fakes) -> None:
    chat = open_chat()
    chat.say_at_once("one", "two", "three")
    expect(chat.answers).to_have_count(1)
    expect(chat.answers).to_contain_text("three")
    assert fakes.model.asked() == [["one", "two", "three"]]
    assert chat.transcript()[:3] == ["one", "two", "three"]


def test_an_answer_grows_before_the_eyes(open_chat: Open, fakes: Fakes) -> None:
    fakes.model.script([text("The beginning. " + "more " * 400 + "The end.").but(pieces=20)], when="tell me")
    held = fakes.model.hold_text("tell me", after_bytes=1500)
    chat = open_chat()
    chat.say("tell me")
    expect(chat.answers).to_contain_text("The beginning.")
    expect(chat.page.locator(".message.bot .dots")).to_be_visible()
    assert "The end." not in chat.answers.inner_text()
    held.release()
    expect(chat.answers).to_contain_text("The end.")
    chat.settled()


def test_dots_and_a_placeholder_show_while_the_model_thinks(open_chat: Open, fakes: Fakes) -> None:
    held = fakes.model.hold_text("think")
    chat = open_chat()
    chat.say("think")
    expect(chat.answers).to_have_text("Thinking …")
    expect(chat.page.locator(".message.bot .dots")).to_be_visible()
    held.release()
    expect(chat.answers).to_have_text("answer to: think")


def test_a_reload_shows_the_same_transcript(open_chat: Open, fakes: Fakes) -> None:
    chat = open_chat()
    chat.say("remember this")
    expect(chat.answers).to_have_count(1)
    chat.say("/status")
    expect(chat.answers).to_have_count(2)
    before = chat.transcript()
    chat.page.reload()
    chat.connected()
    expect(chat.answers).to_have_count(2)
    assert chat.transcript() == before


def test_a_reload_in_the_middle_loses_nothing(open_chat: Open, fakes: Fakes) -> None:
    held = fakes.model.hold_text("slowly")
    chat = open_chat()
    chat.say("slowly")
    expect(chat.answers).to_have_text("Thinking …")
    chat.page.reload()
    expect(chat.answers).to_have_text("Thinking …")
    held.release()
    expect(chat.answers).to_have_text("answer to: slowly")


def test_two_tabs_show_the_same_conversation(open_chat: Open, fakes: Fakes) -> None:
    one = open_chat()
    two = open_chat(one.name)
    one.say("hello")
    expect(two.said).to_have_text("hello")
    expect(two.answers).to_have_text("answer to: hello")
    two.say("and from here")
    expect(one.answers).to_have_count(2)
    assert one.transcript() == two.transcript()


# -- buttons, and what is folded away

BUTTONS = [["Approve", "Deny"], ["Details"]]


def show_prompt(platform: Platform, chat: Chat, words: str = "May I?") -> None:
    """A question with buttons, as the pipeline stores it; the page is loaded anew."""
    rows = json.dumps([[{"text": one, "data": f"forged:{one}"} for one in row] for row in BUTTONS])
    platform.sql(
        """INSERT INTO botplatform_reply (session_id, kind, text, formatting, buttons, state, provider_id, request_id)
           SELECT id, 'prompt', %s, '[]', %s, 'sent', 'prompt-' || id, 'r' FROM botplatform_session WHERE key LIKE %s""",
        words,
        rows,
        f"%:{chat.name}",
    )
    chat.page.reload()
    chat.connected()


def begun(open_chat: Open, **options: Any) -> Chat:
    """A conversation in which something was said."""
    chat = open_chat(**options)
    chat.say("/status")
    expect(chat.answers).to_have_count(1)
    chat.settled()
    return chat


def test_a_button_is_pressed_with_the_keyboard_and_answered(open_chat: Open, fakes: Fakes, platform: Platform) -> None:
    chat = begun(open_chat)
    show_prompt(platform, chat)
    choices = chat.page.get_by_role("group", name="Choices")
    expect(choices.get_by_role("button")).to_have_text(["Approve", "Deny", "Details"])
    choices.get_by_role("button", name="Deny").focus()
    chat.page.keyboard.press("Enter")
    expect(choices.get_by_role("button", name="Approve")).to_be_disabled()
    expect(chat.page.locator("#toast")).to_be_visible()
    expect(choices.get_by_role("button", name="Deny")).to_be_enabled()
    expect(choices.get_by_role("button", name="Deny")).to_be_focused()
    pressed = "SELECT message_id FROM botplatform_update WHERE kind = 'callback' AND state = 'done' AND author_id <> ''"
    assert (
        len(
            platform.sql(
                f"{pressed} AND session_id = (SELECT id FROM botplatform_session WHERE key LIKE %s)", f"%:{chat.name}"
            )
        )
        == 1
    )
    assert chat.errors == []


def test_a_second_click_presses_nothing(open_chat: Open, fakes: Fakes, platform: Platform) -> None:
    chat = begun(open_chat)
    show_prompt(platform, chat)
    frames: list[str] = []
    chat.page.on("websocket", lambda socket: socket.on("framesent", lambda frame: frames.append(str(frame))))
    chat.page.reload()
    chat.connected()
    clicks = "(button) => { button.click(); button.click(); button.parentNode.lastChild.click(); }"
    chat.page.get_by_role("button", name="Approve").evaluate(clicks)
    expect(chat.page.locator("#toast")).to_be_visible()
    assert sum('"press"' in frame for frame in frames) == 1


def test_a_press_without_a_connection_is_sent_when_it_is_back(
    open_chat: Open, fakes: Fakes, platform: Platform
) -> None:
    chat = begun(open_chat)
    show_prompt(platform, chat)
    chat.page.context.set_offline(True)
    expect(chat.page.locator("#state")).to_contain_text("reconnecting")
    chat.page.get_by_role("button", name="Approve").click()
    expect(chat.page.get_by_role("button", name="Approve")).to_be_disabled()
    chat.page.context.set_offline(False)
    expect(chat.page.locator("#toast")).to_be_visible()


def test_buttons_go_when_their_message_says_what_was_decided(open_chat: Open, fakes: Fakes, platform: Platform) -> None:
    chat = begun(open_chat)
    show_prompt(platform, chat)
    chat.page.get_by_role("button", name="Approve").focus()
    platform.sql(
        """INSERT INTO botplatform_reply (session_id, kind, text, formatting, state, edits, request_id)
           SELECT session_id, 'prompt', 'Denied by admin', '[]', 'pending', provider_id, 'r' FROM botplatform_reply
           WHERE kind = 'prompt' AND session_id = (SELECT id FROM botplatform_session WHERE key LIKE %s)""",
        f"%:{chat.name}",
    )
    expect(chat.answers.last).to_have_text("Denied by admin")
    expect(chat.page.locator(".buttons button")).to_have_count(0)
    expect(chat.input).to_be_focused()


@pytest.mark.parametrize("width", [320, 390])
def test_long_buttons_fit_a_phone(open_chat: Open, fakes: Fakes, platform: Platform, width: int) -> None:
    chat = begun(open_chat, viewport={"width": width, "height": 700}, is_mobile=True, has_touch=True)
    show_prompt(platform, chat, "May I? " * 60 + "x" * 300)
    expect(chat.page.get_by_role("button", name="Details")).to_be_visible()
    assert chat.page.evaluate("() => document.documentElement.scrollWidth") == width
    heights = chat.page.locator(".buttons button").evaluate_all("all => all.map(one => one.offsetHeight)")
    assert min(heights) >= 44


def test_a_footer_is_folded_and_plain(open_chat: Open, fakes: Fakes, platform: Platform) -> None:
    chat = begun(open_chat)
    platform.sql(
        """INSERT INTO botplatform_reply (session_id, kind, text, formatting, state, provider_id, request_id)
           SELECT id, 'answer', %s, %s, 'sent', 'footer-' || id, 'r' FROM botplatform_session WHERE key LIKE %s""",
        f"model *small*\n{HOSTILE}",
        json.dumps([{"type": "details", "title": "simple-agent, 2 s"}]),
        f"%:{chat.name}",
    )
    chat.page.reload()
    folded = chat.page.locator("details")
    expect(folded.locator("pre")).to_be_hidden()
    folded.locator("summary").press("Enter")
    expect(folded.locator("pre")).to_have_text(f"model *small*\n{HOSTILE}")
    assert chat.page.title() != "hacked"


# -- connections that break


def test_a_restart_of_the_web_process_loses_nothing(open_chat: Open, fakes: Fakes, platform: Platform) -> None:
    held = fakes.model.hold_text("before")
    chat = open_chat()
    chat.say("before")
    expect(chat.answers).to_have_text("Thinking …")
    platform.kill("web")
    expect(chat.page.locator("#state")).to_contain_text("reconnecting")
    chat.say("meanwhile")
    held.release()
    chat.connected()
    expect(chat.answers).to_have_text(["answer to: before", "answer to: meanwhile"])
    assert fakes.model.asked()[-2:] == [["before"], ["meanwhile"]]


def test_offline_and_online_again_loses_nothing(open_chat: Open, fakes: Fakes) -> None:
    chat = open_chat()
    chat.page.context.set_offline(True)
    expect(chat.page.locator("#state")).to_contain_text("reconnecting")
    chat.say("written offline")
    expect(chat.page.locator(".message.pending")).to_have_count(1)
    chat.page.context.set_offline(False)
    expect(chat.answers).to_have_text("answer to: written offline")
    assert chat.transcript()[0] == "written offline"


def test_what_was_not_sent_survives_a_reload(open_chat: Open, fakes: Fakes) -> None:
    chat, dead = open_chat(), [True]
    chat.page.route_web_socket("**/ws/chat/**", lambda socket: None if dead else socket.connect_to_server() and None)
    chat.page.reload()
    chat.say("kept in the tab")
    expect(chat.page.locator(".message.pending")).to_have_count(1)
    dead.clear()
    chat.page.reload()
    expect(chat.answers).to_have_text("answer to: kept in the tab")


def test_without_redis_the_answer_comes_all_the_same(open_chat: Open, fakes: Fakes, platform: Platform) -> None:
    chat = open_chat()
    platform.kill("redis")
    chat.say("is anybody there")
    expect(chat.answers).to_have_text("answer to: is anybody there", timeout=40_000)
    chat.settled()


def test_signed_out_elsewhere_is_said(browser: Browser, platform: Platform, open_chat: Open) -> None:
    chat = open_chat()
    chat.page.context.clear_cookies()
    chat.page.evaluate("() => dispatchEvent(new Event('offline'))")
    platform.kill("web")
    expect(chat.page.locator("#banner")).to_contain_text("You are signed out")
    assert chat.page.get_by_role("link", name="Sign in again").is_visible()


# -- hostile text

HOSTILE = "<img src=x onerror=\"document.title='hacked'\"><script>document.title='hacked'</script>"


def test_markup_in_messages_and_answers_is_shown_as_text(open_chat: Open, fakes: Fakes) -> None:
    fakes.model.script([text(f"{HOSTILE} [x](javascript:document.title='hacked')")], when="img")
    chat = open_chat()
    chat.say(HOSTILE)
    expect(chat.answers).to_contain_text("<script>")
    assert chat.said.inner_text() == HOSTILE
    assert chat.page.locator(".message :is(img, script, a)").count() == 0
    chat.page.reload()
    expect(chat.answers).to_contain_text("<script>")
    assert chat.page.title() != "hacked"
    assert chat.errors == []


def test_markdown_is_formatted(open_chat: Open, fakes: Fakes) -> None:
    fakes.model.script(
        [text("**bold** [link](https://example.org)\n\n```python\nprint(1)\n```\n\n- one\n- two")], when="format"
    )
    chat = open_chat()
    chat.say("format")
    expect(chat.answers.locator("strong")).to_have_text("bold")
    expect(chat.answers.locator("pre code")).to_have_text("print(1)")
    expect(chat.answers.locator("li")).to_have_count(2)
    expect(chat.answers.get_by_role("link")).to_have_attribute("rel", re.compile("noopener"))


def test_too_long_a_message_stays_in_the_input(open_chat: Open, fakes: Fakes) -> None:
    chat = open_chat()
    chat.say("a" * 32_001)
    expect(chat.page.locator("#problem")).to_contain_text("32,001 characters; 32,000 are possible")
    assert len(chat.input.input_value()) == 32_001
    chat.say("a" * 32_000)
    expect(chat.answers).to_have_count(1)


# -- phone and keyboard


@pytest.mark.parametrize("width", [320, 390])
def test_a_phone_never_scrolls_sideways(open_chat: Open, fakes: Fakes, width: int) -> None:
    wide = "```\n" + "x" * 500 + "\n```\n\n| " + " | ".join("column" * 3 for _ in range(8)) + " |\n|" + "---|" * 8
    fakes.model.script([text(f"{'w' * 300}\n\n{wide}")], when="uuu")
    chat = open_chat(viewport={"width": width, "height": 700}, is_mobile=True, has_touch=True)
    chat.say("u" * 300)
    expect(chat.answers.locator("pre")).to_be_visible()
    page_width, code_scrolls = chat.page.evaluate(
        "() => [document.documentElement.scrollWidth, document.querySelector('pre').scrollWidth > innerWidth]"
    )
    assert (page_width, code_scrolls) == (width, True)
    assert chat.page.locator("#scroll").evaluate("(element) => element.scrollWidth === element.clientWidth")
    assert chat.input.bounding_box()["y"] < 700  # type: ignore[index]  # it is visible


def test_the_keyboard_is_enough(open_chat: Open, fakes: Fakes) -> None:
    chat = open_chat()
    keyboard = chat.page.keyboard
    expect(chat.input).to_be_focused()
    keyboard.type("first line")
    keyboard.press("Shift+Enter")
    keyboard.type("second line")
    keyboard.press("Enter")
    expect(chat.said).to_have_text("first line\nsecond line")
    expect(chat.input).to_be_focused()
    expect(chat.input).to_have_value("")


def test_an_example_can_be_sent_with_the_keyboard(open_chat: Open, fakes: Fakes) -> None:
    chat = open_chat()
    example = chat.page.locator(".example").first
    words = example.inner_text()
    while not example.evaluate("(element) => element === document.activeElement"):
        chat.page.keyboard.press("Shift+Tab")
    chat.page.keyboard.press("Enter")
    expect(chat.said).to_have_text(words)
    expect(chat.page.locator("#empty")).to_be_hidden()


def test_the_log_is_announced_and_the_input_is_named(open_chat: Open) -> None:
    page = open_chat().page
    expect(page.get_by_role("log", name="Conversation")).to_have_attribute("aria-live", "polite")
    expect(page.get_by_role("textbox", name="Message")).to_be_visible()
    expect(page.get_by_role("button", name="Send")).to_be_disabled()


def test_the_input_grows_with_its_text(open_chat: Open) -> None:
    chat = open_chat()
    low = chat.input.bounding_box()
    chat.input.fill("\n".join("line" for _ in range(6)))
    high = chat.input.bounding_box()
    assert low
    assert high
    assert high["height"] > 2 * low["height"]


def test_new_messages_do_not_pull_a_reader_down(open_chat: Open, fakes: Fakes) -> None:
    fakes.model.script([text("long\n\n" * 60)], when="first")
    chat = open_chat(viewport={"width": 800, "height": 500})
    chat.say("first")
    expect(chat.answers).to_contain_text("long")
    chat.settled()
    chat.page.locator("#scroll").evaluate("(element) => { element.scrollTop = 0; }")
    other = open_chat(chat.name)
    other.say("second")
    expect(chat.answers).to_have_count(2)
    assert chat.page.locator("#scroll").evaluate("(element) => element.scrollTop") == 0
    chat.page.get_by_role("button", name="New messages").click()
    expect(chat.answers.last).to_be_in_viewport()


def test_signing_out_leads_to_the_login_form(browser: Browser, platform: Platform) -> None:
    page = browser.new_page(base_url=platform.url)
    sign_in(page, platform)
    expect(page.get_by_role("link", name="Console")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("Username")).to_be_visible()
    page.context.close()
