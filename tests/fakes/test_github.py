from __future__ import annotations

import time
from collections.abc import Iterator

import httpx
import jwt
import pytest

from tests.fakes.github import FakeGitHub
from tests.fakes.github_events import delivery_headers, issue_comment_event, sign
from tests.fakes.github_store import user

COMMENTS = "/repos/octo/widgets/issues/1/comments"


@pytest.fixture
def github() -> Iterator[FakeGitHub]:
    with FakeGitHub() as fake:
        yield fake


@pytest.fixture
def client(github: FakeGitHub) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=github.url, headers={"authorization": "Bearer ghp_test"}) as client:
        yield client


def app_token(seconds: int = 300) -> str:
    now = int(time.time())
    return jwt.encode({"iat": now - 60, "exp": now + seconds, "iss": "4711"}, "k" * 32, algorithm="HS256")


def test_comments_are_kept_changed_and_deleted(github: FakeGitHub, client: httpx.Client) -> None:
    first, second = (client.post(COMMENTS, json={"body": body}).json()["id"] for body in ("one", "two"))
    client.patch(f"/repos/octo/widgets/issues/comments/{first}", json={"body": "changed"})
    assert client.delete(f"/repos/octo/widgets/issues/comments/{second}").status_code == 204
    assert [comment["body"] for comment in github.comments("octo/widgets", 1)] == ["changed"]


def test_a_comment_belongs_to_the_token_s_account(client: httpx.Client) -> None:
    account = client.get("/user").json()
    assert client.post(COMMENTS, json={"body": "x"}).json()["user"] == account
    assert (account["login"], account["type"]) == ("helpful-bot", "User")


def test_pages_are_linked(github: FakeGitHub, client: httpx.Client) -> None:
    for number in range(5):
        github.add_comment("octo/widgets", 1, f"{number}")
    bodies, url = [], f"{COMMENTS}?per_page=2"
    while url:
        page = client.get(url)
        bodies.append([comment["body"] for comment in page.json()])
        url = page.links.get("next", {}).get("url", "")
    assert bodies == [["0", "1"], ["2", "3"], ["4"]]


def test_comments_can_be_asked_since_a_time(github: FakeGitHub, client: httpx.Client) -> None:
    github.add_comment("octo/widgets", 1, "old")["updated_at"] = "2020-01-01T00:00:00Z"
    github.add_comment("octo/widgets", 1, "new")
    found = client.get(COMMENTS, params={"since": "2021-01-01T00:00:00Z"}).json()
    assert [comment["body"] for comment in found] == ["new"]


@pytest.mark.parametrize("body", ["", "  ", "x" * 65_537])
def test_a_comment_outside_the_limits_is_refused(client: httpx.Client, body: str) -> None:
    assert client.post(COMMENTS, json={"body": body}).status_code == 422


@pytest.mark.parametrize("kind", ["issues", "issues/comments", "pulls/comments"])
def test_a_repeated_reaction_is_no_second_one(github: FakeGitHub, client: httpx.Client, kind: str) -> None:
    url = f"/repos/octo/widgets/{kind}/7/reactions"
    assert [client.post(url, json={"content": "eyes"}).status_code for _ in "ab"] == [201, 200]
    assert github.reactions == {("octo/widgets", kind, 7): ["eyes"]}


def test_a_pull_request_has_files(github: FakeGitHub, client: httpx.Client) -> None:
    github.add_issue("octo/widgets", 2, is_pull=True, files=[{"filename": "a.py", "additions": 3}])
    assert client.get("/repos/octo/widgets/pulls/2").json()["additions"] == 3
    assert client.get("/repos/octo/widgets/pulls/2/files").json()[0]["filename"] == "a.py"
    assert "pull_request" in client.get("/repos/octo/widgets/issues/2").json()


def test_an_app_acts_through_a_token_of_its_installation(github: FakeGitHub, client: httpx.Client) -> None:
    client.headers["authorization"] = f"Bearer {app_token()}"
    number = client.get("/repos/octo/widgets/installation").json()["id"]
    token = client.post(f"/app/installations/{number}/access_tokens").json()["token"]
    client.headers["authorization"] = f"Bearer {token}"
    assert client.post(COMMENTS, json={"body": "x"}).json()["user"]["login"] == "helpful-bot[bot]"


def test_an_installation_token_runs_out() -> None:
    with FakeGitHub(token_seconds=-1) as github:
        headers = {"authorization": f"Bearer {github.access.issue_token()['token']}"}
        assert httpx.get(f"{github.url}/user", headers=headers).status_code == 401


def test_a_jwt_may_not_last_longer_than_ten_minutes(client: httpx.Client) -> None:
    client.headers["authorization"] = f"Bearer {app_token(3600)}"
    assert client.get("/app").status_code == 401


@pytest.mark.parametrize("authorization", ["", "Bearer revoked", "Bearer ghs_unknown"])
def test_without_a_valid_token_nothing_is_answered(github: FakeGitHub, authorization: str) -> None:
    github.revoke("revoked")
    assert httpx.get(f"{github.url}/user", headers={"authorization": authorization}).status_code == 401


def test_the_signature_is_the_one_of_github_s_documentation() -> None:
    expected = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    assert sign("It's a Secret to Everybody", b"Hello, World!") == expected


def test_deliveries_differ() -> None:
    deliveries = {delivery_headers("ping", b"{}", "s")["X-GitHub-Delivery"] for _ in range(2)}
    comments = {issue_comment_event("octo/widgets", 1, "hi")["comment"]["id"] for _ in range(2)}
    assert (len(deliveries), len(comments)) == (2, 2)


# -- permissions


def permission(client: httpx.Client, login: str) -> httpx.Response:
    return client.get(f"/repos/octo/widgets/collaborators/{login}/permission")


@pytest.mark.parametrize(
    ("role", "base", "shown"),
    [
        ("admin", "", "admin"),
        ("maintain", "", "write"),
        ("write", "", "write"),
        ("triage", "", "read"),
        ("read", "", "read"),
        ("none", "", "none"),
        ("release-manager", "write", "write"),
    ],
)
def test_a_permission_is_the_base_of_a_role(
    github: FakeGitHub, client: httpx.Client, role: str, base: str, shown: str
) -> None:
    github.permit("octo/widgets", "ada", role, base=base)
    answer = permission(client, "ada").json()
    assert (answer["permission"], answer["role_name"], answer["user"]) == (shown, role, user("ada"))


def test_a_permission_is_found_whatever_the_case(github: FakeGitHub, client: httpx.Client) -> None:
    github.permit("Octo/Widgets", "Ada")
    assert permission(client, "aDA").json()["permission"] == "read"


def test_a_permission_is_for_one_repository(github: FakeGitHub, client: httpx.Client) -> None:
    github.permit("octo/gadgets", "ada", "admin")
    assert permission(client, "ada").status_code == 404


def test_a_permission_may_belong_to_a_later_owner_of_the_login(github: FakeGitHub, client: httpx.Client) -> None:
    github.permit("octo/widgets", "ada", "admin", user_id=99)
    account = permission(client, "ada").json()["user"]
    assert (account["login"], account["id"]) == ("ada", 99)


def test_somebody_unknown_has_no_permission(client: httpx.Client) -> None:
    answer = permission(client, "nobody")
    assert (answer.status_code, answer.json()["message"]) == (404, "nobody is not a user")
