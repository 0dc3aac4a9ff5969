"""The endpoints that a fake GitHub knows: https://docs.github.com/rest."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from tests.fakes import github_code, github_pulls
from tests.fakes.github_access import Caller
from tests.fakes.github_code import Repository
from tests.fakes.github_errors import Failure, invalid
from tests.fakes.github_store import Issue, stamp, user
from tests.fakes.rules import Response, json_response
from tests.fakes.wire import Request

if TYPE_CHECKING:
    from tests.fakes.github import FakeGitHub

MAX_BODY = 65_536
_CONTENTS = frozenset(("+1", "-1", "laugh", "confused", "heart", "hooray", "rocket", "eyes"))


@dataclass(frozen=True, slots=True)
class Ask:
    """One request to an endpoint: who, where, what."""

    fake: FakeGitHub
    caller: Caller
    request: Request
    body: Any
    part: dict[str, str]
    """The variable parts of the path."""

    @property
    def repository(self) -> str:
        return f"{self.part['owner']}/{self.part['name']}"

    @property
    def home(self) -> Repository:
        return self.fake.repository(self.repository)

    def page(self, rows: list[Any], *, around: dict[str, Any] | None = None, key: str = "") -> Response:
        return page(self, rows, around=around, key=key)

    @property
    def number(self) -> int:
        return int(self.part["number"])

    @property
    def issue(self) -> Issue:
        return self.fake.store.issue(self.repository, self.number)

    @property
    def text(self) -> str:
        """The body of a comment, checked."""
        text = self.body.get("body") if isinstance(self.body, dict) else None
        if not isinstance(text, str) or not text.strip():
            raise invalid("data", "Body can't be blank")
        if len(text) > MAX_BODY:
            raise invalid("data", f"Body is too long (maximum is {MAX_BODY} characters)")
        return text

    def comment(self) -> tuple[Issue, dict[str, Any]]:
        found = self.fake.store.find_comment(self.repository, self.number)
        if found is None:
            raise Failure(404)
        return found


def viewer(ask: Ask) -> Response:
    limits = {"x-ratelimit-limit": "5000", "x-ratelimit-remaining": "4987"}
    return json_response(ask.caller.account, headers=limits | ask.fake.access.token_headers)


def app(ask: Ask) -> Response:
    if not ask.caller.is_app:
        raise Failure(401, "A JSON web token could not be decoded")
    slug = ask.fake.access.slug
    return json_response({"id": 4711, "slug": slug, "name": slug, "owner": user("octo-org"), "events": ["issues"]})


def hook_config(ask: Ask) -> Response:
    """Shown without its secret; changed in part."""
    if not ask.caller.is_app:
        raise Failure(401, "A JSON web token could not be decoded")
    if ask.request.method == "PATCH":
        ask.fake.hooks.app |= ask.body
    return json_response(ask.fake.hooks.app | {"secret": "********"})


def deliveries(ask: Ask) -> Response:
    if not ask.caller.is_app:
        raise Failure(401, "A JSON web token could not be decoded")
    return page(ask, ask.fake.hooks.deliveries)


def create_hook(ask: Ask) -> Response:
    made = ask.fake.hooks.repositories.setdefault(ask.repository, [])
    made.append(ask.body)
    shown = {**ask.body, "config": {**ask.body["config"], "secret": "********"}}
    return json_response({"id": ask.fake.store.next_id(), **shown}, 201)


def named_user(ask: Ask) -> Response:
    return json_response(user(ask.part["login"]))


def installation(ask: Ask) -> Response:
    if not ask.caller.is_app:
        raise Failure(401, "A JSON web token could not be decoded")
    return json_response({"id": ask.fake.installation_id, "app_id": 4711, "app_slug": ask.fake.access.slug})


def installation_token(ask: Ask) -> Response:
    if not ask.caller.is_app or ask.number != ask.fake.installation_id:
        raise Failure(404)
    return json_response(ask.fake.access.issue_token(), 201)


def permission(ask: Ask) -> Response:
    """Needs push access to the repository, which the token of a fake's caller has."""
    login = ask.part["login"]
    found = ask.fake.permissions.get((ask.repository.lower(), login.lower()))
    if found is None:
        raise Failure(404, f"{login} is not a user")
    return json_response(found.shown())


def issue(ask: Ask) -> Response:
    return json_response(ask.issue.shown())


def pull(ask: Ask) -> Response:
    return json_response(ask.issue.shown_as_pull())


def files(ask: Ask) -> Response:
    return page(ask, ask.issue.files)


def reviews(ask: Ask) -> Response:
    return page(ask, ask.issue.reviews)


def comments(ask: Ask) -> Response:
    since = ask.request.query.get("since", "")
    return page(ask, [comment for comment in ask.issue.comments if comment["updated_at"] >= since])


def create_comment(ask: Ask) -> Response:
    return json_response(ask.fake.store.comment(ask.issue, ask.text, ask.caller.account), 201)


def show_comment(ask: Ask) -> Response:
    return json_response(ask.comment()[1])


def change_comment(ask: Ask) -> Response:
    comment = ask.comment()[1]
    comment |= {"body": ask.text, "updated_at": stamp()}
    return json_response(comment)


def delete_comment(ask: Ask) -> Response:
    found, comment = ask.comment()
    found.comments.remove(comment)
    return Response(204)


def react(ask: Ask) -> Response:
    """201, or 200 for a reaction that is there already. Comments that only a delivery knew may be reacted to."""
    content = ask.body.get("content") if isinstance(ask.body, dict) else None
    if content not in _CONTENTS:
        raise invalid("content", "content is not a reaction")
    key = (ask.repository, ask.part["kind"], ask.number)
    there = ask.fake.reactions.setdefault(key, [])
    status = 200 if content in there else 201
    if status == 201:
        there.append(content)
    return json_response({"id": ask.fake.store.next_id(), "content": content, "user": ask.caller.account}, status)


def page(ask: Ask, rows: list[Any], *, around: dict[str, Any] | None = None, key: str = "") -> Response:
    """One page with its Link header: https://docs.github.com/rest/using-the-rest-api/using-pagination-in-the-rest-api."""
    query = ask.request.query
    size = max(1, min(100, int(query.get("per_page", "30"))))
    if "name" in ask.part and ask.home.pages:
        size = ask.home.pages
    number, last = max(1, int(query.get("page", "1"))), max(1, -(-len(rows) // size))
    ends = {"prev": number - 1, "next": number + 1, "last": last, "first": 1}
    url = f"{ask.fake.url}{ask.request.path}"
    links = [
        f'<{url}?{urlencode({**query, "page": to})}>; rel="{name}"'
        for name, to in ends.items()
        if 1 <= to <= last and (number > 1 if name in ("first", "prev") else number < last)
    ]
    shown: Any = rows[(number - 1) * size : number * size]
    headers = {"link": ", ".join(links)} if links else None
    return json_response({**(around or {}), key: shown} if key else shown, headers=headers)


Endpoint = Callable[[Ask], Response]
_REPOSITORY = r"/repos/(?P<owner>[^/]+)/(?P<name>[^/]+)"
_NUMBER = r"(?P<number>\d+)"


def _routes() -> list[tuple[str, re.Pattern[str], Endpoint]]:
    on = _REPOSITORY
    table: list[tuple[str, str, Endpoint]] = [
        ("GET", r"/user", viewer),
        ("GET", r"/app", app),
        ("GET", r"/app/hook/config", hook_config),
        ("PATCH", r"/app/hook/config", hook_config),
        ("GET", r"/app/hook/deliveries", deliveries),
        ("POST", rf"{on}/hooks", create_hook),
        ("GET", r"/users/(?P<login>[^/]+)", named_user),
        ("GET", rf"{on}/installation", installation),
        ("GET", rf"{on}/collaborators/(?P<login>[^/]+)/permission", permission),
        ("POST", rf"/app/installations/{_NUMBER}/access_tokens", installation_token),
        ("GET", rf"{on}/issues/{_NUMBER}", issue),
        ("GET", rf"{on}/issues/{_NUMBER}/comments", comments),
        ("POST", rf"{on}/issues/{_NUMBER}/comments", create_comment),
        ("GET", rf"{on}/issues/comments/{_NUMBER}", show_comment),
        ("PATCH", rf"{on}/issues/comments/{_NUMBER}", change_comment),
        ("DELETE", rf"{on}/issues/comments/{_NUMBER}", delete_comment),
        ("POST", rf"{on}/(?P<kind>issues|issues/comments|pulls/comments)/{_NUMBER}/reactions", react),
        ("GET", rf"{on}/pulls/{_NUMBER}", pull),
        ("GET", rf"{on}/pulls/{_NUMBER}/files", files),
        ("GET", rf"{on}/pulls/{_NUMBER}/reviews", reviews),
        ("POST", rf"{on}/pulls/{_NUMBER}/reviews", github_pulls.create_review),
        ("PUT", rf"{on}/pulls/{_NUMBER}/reviews/(?P<review>\d+)", github_pulls.change_review),
        ("GET", rf"{on}/pulls/{_NUMBER}/comments", github_pulls.review_comments),
        ("PUT", rf"{on}/pulls/{_NUMBER}/merge", github_pulls.merge),
        ("GET", rf"{on}/pulls", github_pulls.pulls),
        ("POST", rf"{on}/pulls", github_pulls.create_pull),
        ("POST", rf"{on}/issues/{_NUMBER}/labels", github_pulls.add_labels),
        ("POST", rf"{on}/issues/{_NUMBER}/assignees", github_pulls.assign),
        ("PATCH", rf"{on}/issues/{_NUMBER}", github_pulls.change_issue),
        ("GET", on, github_code.about),
        ("GET", rf"{on}/rules/branches/(?P<ref>.+)", github_code.rules),
        ("GET", rf"{on}/branches/(?P<ref>.+)/protection/required_status_checks", github_code.protection),
        ("GET", rf"{on}/branches/(?P<ref>.+)", github_code.branch),
        ("GET", rf"{on}/commits/(?P<ref>.+)/check-runs", github_code.check_runs),
        ("GET", rf"{on}/commits/(?P<ref>.+)/status", github_code.combined_status),
        ("GET", rf"{on}/commits/(?P<ref>.+)", github_code.commit),
        ("GET", rf"{on}/git/ref/heads/(?P<ref>.+)", github_code.ref),
        ("POST", rf"{on}/git/refs", github_code.create_ref),
        ("GET", rf"{on}/git/trees/(?P<ref>.+)", github_code.tree),
        ("GET", rf"{on}/contents/(?P<path>.+)", github_code.contents),
        ("GET", rf"{on}/actions/jobs/{_NUMBER}", github_code.job),
        ("GET", rf"{on}/actions/jobs/{_NUMBER}/logs", github_code.job_log),
        ("GET", r"/search/(?P<kind>issues|code)", github_code.search),
    ]
    return [(method, re.compile(path), endpoint) for method, path, endpoint in table]


ROUTES = _routes()
