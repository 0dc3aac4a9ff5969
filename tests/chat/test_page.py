from __future__ import annotations

from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import AbstractBaseUser
from django.test import Client

from botplatform import config, signin


async def get(client: Client, path: str) -> Any:
    return await sync_to_async(client.get)(path, headers={"host": "localhost"})


@pytest.fixture
def public(monkeypatch: pytest.MonkeyPatch) -> None:
    open_to_all = config.load().model_copy(update={"WEBCHAT_PUBLIC": True})
    monkeypatch.setattr(config, "load", lambda: open_to_all)


async def test_strangers_are_sent_to_the_login_form(installed: None) -> None:
    response = await get(Client(), "/chat/?conversation=work")
    assert (response.status_code, response["location"]) == (302, "/login/?next=/chat/%3Fconversation%3Dwork")


async def test_the_page_allows_nothing_inline_and_no_other_host(client: Client) -> None:
    response = await get(client, "/chat/")
    assert "default-src 'none'; script-src 'self'" in response["content-security-policy"]
    assert b"style=" not in response.content
    assert b"//" not in response.content.replace(b"<!--", b"").replace(b"http://www.w3.org", b"")


async def test_the_offline_model_is_named(client: Client) -> None:
    assert b"offline model" in (await get(client, "/chat/")).content


async def test_people_without_staff_rights_see_no_console(client: Client) -> None:
    assert b"Console" not in (await get(client, "/chat/")).content


async def test_an_unusable_conversation_leads_to_the_usual_one(client: Client) -> None:
    response = await get(client, "/chat/?conversation=../x")
    assert (response.status_code, response["location"]) == (302, "/chat/")


async def test_with_a_public_chat_a_guest_keeps_one_id(installed: None, public: None) -> None:
    guest = Client()
    first, second = await get(guest, "/chat/"), await get(guest, "/chat/")
    assert first.context["key"] == second.context["key"]
    assert first.context["key"].startswith("guest-")


async def test_two_guests_have_two_conversations(installed: None, public: None) -> None:
    assert (await get(Client(), "/chat/")).context["key"] != (await get(Client(), "/chat/")).context["key"]


# -- the sign-in link


@pytest.fixture
async def link(user: AbstractBaseUser) -> str:
    return await sync_to_async(signin.issue)(user)


async def test_a_link_signs_in_once(link: str) -> None:
    browser = Client()
    assert (await get(browser, link))["location"] == "/chat/"
    assert (await get(browser, "/chat/")).status_code == 200
    again = await get(Client(), link)
    assert (again.status_code, b"/login/" in again.content) == (403, True)


async def test_a_forged_link_is_refused(link: str) -> None:
    assert (await get(Client(), link.rstrip("/") + "x/")).status_code == 403


@pytest.mark.parametrize(
    ("wanted", "location"),
    [
        ("/admin/", "/admin/"),
        ("https://evil.example/", "/chat/"),
        ("//evil.example/", "/chat/"),
        ("/\\evil.example", "/chat/"),
        ("javascript:alert(1)", "/chat/"),
        ("chat", "/chat/"),
    ],
)
async def test_a_link_leads_to_paths_of_ours_only(link: str, wanted: str, location: str) -> None:
    response = await sync_to_async(Client().get)(link, {"next": wanted})
    assert (response.status_code, response["location"]) == (302, location)


async def test_a_look_at_a_link_does_not_use_it_up(link: str) -> None:
    assert (await sync_to_async(Client().head)(link)).status_code == 405
    assert (await get(Client(), link)).status_code == 302
