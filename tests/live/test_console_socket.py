"""Who may follow what, and what a page is told."""

from __future__ import annotations

from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import User
from django.test import Client

from botplatform.live import console_consumer, topics
from botplatform.models import Bot
from tests.admin.rows import Rows
from tests.live.conftest import Socket

PLAIN = ("home", "approvals", "batches", "workers")


# -- who is let in


@pytest.mark.parametrize("cookies", [{}, {"botplatform_session": "forged"}], ids=["none", "forged"])
async def test_without_login_the_socket_is_closed(quick: None, cookies: dict[str, str]) -> None:
    client = Client()
    client.cookies.load(cookies)
    assert await (await Socket(client).open()).close_code() == console_consumer.SIGNED_OUT


@pytest.mark.parametrize(
    "fields", [{"is_staff": False}, {"is_staff": True, "is_active": False}], ids=["visitor", "inactive"]
)
async def test_only_active_staff_is_let_in(root: Client, fields: dict[str, bool]) -> None:
    await User.objects.aupdate(**fields)
    assert await (await Socket(root).open()).close_code() == console_consumer.SIGNED_OUT


async def test_another_origin_is_refused(root: Client) -> None:
    assert await Socket(root, origin="https://evil.example").connect() == "websocket.close"


async def test_signing_out_ends_an_open_socket(root: Client, open_socket: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(console_consumer, "CHECK_SECONDS", 0.05)
    socket = await open_socket(root)
    await sync_to_async(root.logout)()
    assert await socket.close_code() == console_consumer.SIGNED_OUT


async def test_a_closed_socket_is_deaf(quick: None) -> None:
    socket = await Socket(Client()).open()
    await socket.close_code()
    await socket.wire.send_input({"type": "websocket.receive", "text": '{"watch": ["home"]}'})
    assert await socket.is_silent(0.3)


# -- who may follow what


def rights(topic: str) -> list[str]:
    return [f"view_{model._meta.model_name}" for model in topics.KINDS[topic].models]


@pytest.mark.parametrize("kind", topics.KINDS)
async def test_everything_is_open_to_a_superuser(rows: Rows, root: Client, open_socket: Any, kind: str) -> None:
    name = kind if kind in PLAIN else f"{kind}-{rows.update.pk}"
    assert await (await open_socket(root)).watch(name) == {"watching": [name], "refused": []}


@pytest.mark.parametrize("kind", [kind for kind in topics.KINDS if topics.KINDS[kind].models])
async def test_each_permission_is_needed(rows: Rows, staff: Any, open_socket: Any, kind: str) -> None:
    name = kind if kind in PLAIN else f"{kind}-{rows.update.pk}"
    needed = rights(kind)
    assert (await (await open_socket(await staff(*needed))).watch(name))["watching"] == [name]
    for missing in needed:
        client = await staff(*(right for right in needed if right != missing))
        assert (await (await open_socket(client)).watch(name))["refused"] == [name]


async def test_rows_of_other_bots_are_not_followed(rows: Rows, staff: Any, open_socket: Any) -> None:
    other = await Bot.objects.acreate(transport="telegram", slug="other")
    mine, theirs = f"session-{rows.session.pk}", f"update-{rows.update.pk}"
    client = await staff(*rights("session"), *rights("update"), bots=[other])
    assert (await (await open_socket(client)).watch(mine, theirs))["refused"] == [mine, theirs]
    client = await staff(*rights("session"), *rights("update"), bots=[rows.bot])
    assert (await (await open_socket(client)).watch(mine, theirs))["watching"] == [mine, theirs]


async def test_a_permission_that_is_withdrawn_ends_the_news(
    rows: Rows, staff: Any, open_socket: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(console_consumer, "CHECK_SECONDS", 0.05)
    socket = await open_socket(await staff("view_batch"))
    await socket.watch("batches")
    await staff()
    told = [frame async for frame in _until_silent(socket, rows)]
    assert told[-1:] in ([], [{"changed": "batches"}])
    await rows.batch.asave()
    assert await socket.is_silent(0.4)


async def _until_silent(socket: Socket, rows: Rows) -> Any:
    while not await socket.is_silent(0.5):
        yield await socket.hear()


# -- what is told


@pytest.mark.parametrize(
    "name",
    [
        "nothing",
        "session",
        "session-0",
        "session-x",
        "home-1",
        "session-99999999999999999999",
        "update-1;drop",
        "Home",
        "",
    ],
)
async def test_what_is_no_topic_is_refused(root: Client, open_socket: Any, name: str) -> None:
    assert await (await open_socket(root)).watch(name) == {"watching": [], "refused": [name]}


FRAMES = {
    "empty": "",
    "not_json": "hello",
    "list": "[]",
    "deep": "[" * 3_000,
    "nothing": "{}",
    "odd": '{"watch": "home"}',
    "odder": '{"watch": [["home"]]}',
    "many": '{"watch": [' + ", ".join(f'"session-{n}"' for n in range(1, 23)) + "]}",
    "huge": '{"watch": ["' + "x" * 10_000 + '"]}',
}


@pytest.mark.parametrize("frame", FRAMES.values(), ids=FRAMES)
async def test_a_broken_frame_is_answered_and_survived(root: Client, open_socket: Any, frame: str) -> None:
    socket = await open_socket(root)
    assert "error" in await socket.tell(frame)
    assert (await socket.watch("home"))["watching"] == ["home"]


async def test_a_change_is_told_once_and_of_its_topic_alone(rows: Rows, root: Client, open_socket: Any) -> None:
    socket, other = await open_socket(root), await open_socket(root)
    await socket.watch(f"update-{rows.update.pk}")
    await other.watch(f"trial-{rows.update.pk}")
    assert await socket.is_silent(0.3)
    rows.run.state = "failed"
    await rows.run.asave()
    assert await socket.hear() == {"changed": f"update-{rows.update.pk}"}
    assert await socket.is_silent(0.3)
    assert await other.is_silent(0.1)


async def test_a_new_list_of_topics_replaces_the_old_one(rows: Rows, root: Client, open_socket: Any) -> None:
    socket = await open_socket(root)
    await socket.watch(f"update-{rows.update.pk}", "approvals")
    await socket.watch("approvals")
    await rows.run.asave()
    assert await socket.is_silent(0.3)
    await rows.approval.asave()
    assert await socket.hear() == {"changed": "approvals"}
