from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from botplatform.models import Batch, Message, PairingLink, Reply, RoutingVersion, Session
from tests.admin.rows import APART, EVERY, PIPELINE, Rows, apart, listed, page, row_of

Staff = Callable[..., Client]
models = pytest.mark.parametrize("model", EVERY, ids=lambda model: model._meta.model_name)
pipeline_models = pytest.mark.parametrize("model", PIPELINE, ids=lambda model: model._meta.model_name)


@models
def test_strangers_are_sent_to_the_login(rows: Rows, model: type[Model]) -> None:
    answer = Client().get(listed(model))
    assert answer.status_code == 302
    assert answer.headers["location"].startswith("/admin/login/")


@pytest.mark.parametrize("model", APART, ids=lambda model: model._meta.model_name)
def test_rows_that_belong_to_no_conversation_have_pages_too(
    rows: Rows, console: Client, staff: Staff, model: type[Model]
) -> None:
    row, stranger = apart(model), staff()
    for url in (listed(model), page(row)):
        assert Client().get(url).status_code == 302
        assert stranger.get(url).status_code == 403
        assert console.get(url).status_code == 200


@pytest.mark.parametrize("model", [RoutingVersion, PairingLink], ids=lambda model: model._meta.model_name)
def test_versions_and_links_are_not_written_by_hand(rows: Rows, console: Client, model: type[Model]) -> None:
    row = apart(model)
    assert console.post(reverse(f"admin:botplatform_{model._meta.model_name}_add"), {}).status_code == 403
    assert console.post(page(row), {"number": "9"}).status_code == 403


def test_people_who_are_not_staff_are_sent_to_the_login(rows: Rows) -> None:
    client = Client()
    client.force_login(User.objects.create(username="visitor"))
    assert client.get(page(rows.batch)).status_code == 302


@models
def test_staff_without_a_permission_sees_no_rows(rows: Rows, staff: Staff, model: type[Model]) -> None:
    client = staff()
    assert client.get(listed(model)).status_code == 403
    assert client.get(page(row_of(rows, model))).status_code == 403


@models
def test_every_model_has_a_list_and_a_page(rows: Rows, console: Client, model: type[Model]) -> None:
    assert console.get(listed(model)).status_code == 200
    assert console.get(page(row_of(rows, model))).status_code == 200


@pipeline_models
def test_pipeline_rows_are_not_written_by_hand(rows: Rows, console: Client, model: type[Model]) -> None:
    row, name = row_of(rows, model), f"admin:botplatform_{model._meta.model_name}"
    assert console.post(reverse(f"{name}_add"), {}).status_code == 403
    assert console.post(page(row), {"state": "failed"}).status_code == 403
    assert console.post(reverse(f"{name}_delete", args=[row.pk]), {"post": "yes"}).status_code == 403
    assert model._default_manager.filter(pk=row.pk).exists()


@pipeline_models
def test_pipeline_pages_have_no_fields_to_fill_in(rows: Rows, console: Client, model: type[Model]) -> None:
    assert not console.get(page(row_of(rows, model))).context["adminform"].form.fields


def test_the_story_is_for_those_who_may_see_all_of_it(rows: Rows, staff: Staff) -> None:
    story = reverse("admin:botplatform_update_story", args=[rows.update.pk])
    assert staff("view_update", "view_batch").get(story).status_code == 403


def test_a_page_shows_rows_of_other_kinds_to_those_who_may_see_them(rows: Rows, staff: Staff) -> None:
    answer = staff("view_session", "view_batch").get(page(rows.session))
    assert [panel.title for panel in answer.context["panels"]] == ["Batches"]
    assert "It is that." not in answer.text


def test_the_sidebar_offers_what_one_may_see(rows: Rows, staff: Staff) -> None:
    text = staff("view_batch").get("/admin/").text
    assert listed(Batch) in text
    assert not [model for model in (Session, Message, Reply) if f'href="{listed(model)}"' in text]


def test_no_page_loads_anything_from_elsewhere(rows: Rows, console: Client) -> None:
    text = console.get(page(rows.batch)).text
    assert 'src="http' not in text
    assert 'rel="stylesheet" href="http' not in text
