"""Tool policies: rules that operators add to tools."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from botplatform.models import ToolPolicy
from tests.admin.rows import Rows, listed

ADD = "/admin/botplatform/toolpolicy/add/"


def add(client: Client, **changes: Any) -> Any:
    return client.post(ADD, {"tool": "calculator", "when": "", "risk": "", "note": "", **changes})


def test_a_policy_is_made(rows: Rows, console: Client) -> None:
    rule = '{"properties": {"expression": {"minLength": 9}}, "required": ["expression"]}'
    assert add(console, when=rule, risk="high", by_approver="on", note="careful").status_code == 302
    policy = ToolPolicy.objects.get()
    assert (policy.tool, policy.always, policy.risk, policy.by_approver) == ("calculator", False, "high", True)
    assert policy.when == {"properties": {"expression": {"minLength": 9}}, "required": ["expression"]}


def test_one_policy_holds_for_every_tool(rows: Rows, console: Client) -> None:
    assert add(console, tool="*", always="on").status_code == 302
    assert "every call needs a decision" in console.get(listed(ToolPolicy)).text


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"tool": "no-such-tool"}, "Select a valid choice"),
        ({"when": "{"}, "Enter a valid JSON"),
        ({"when": "[]"}, "Write a JSON object"),
        ({"when": '{"type": "nonsense"}'}, "This is not a JSON Schema"),
        ({"when": '{"properties": {"a": {"$ref": "http://127.0.0.1:1/x"}}}'}, "References ($ref) are not followed"),
        ({"risk": "huge"}, "Select a valid choice"),
    ],
    ids=str,
)
def test_a_policy_that_could_not_work_is_refused(rows: Rows, console: Client, wrong: dict[str, str], said: str) -> None:
    [field] = wrong
    assert said in str(add(console, **wrong).context["adminform"].form.errors[field])
    assert not ToolPolicy.objects.exists()


def test_a_policy_of_a_tool_that_is_gone_can_still_be_edited(rows: Rows, console: Client) -> None:
    gone = ToolPolicy.objects.create(tool="gone", always=True)
    url = reverse("admin:botplatform_toolpolicy_change", args=[gone.pk])
    assert console.post(url, {"tool": "gone", "when": "", "risk": "low", "note": ""}).status_code == 302
    gone.refresh_from_db()
    assert (gone.always, gone.risk) == (False, "low")
