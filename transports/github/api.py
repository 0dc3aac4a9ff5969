"""Calls to GitHub's REST API. https://docs.github.com/en/rest"""

from __future__ import annotations

import json as jsonlib
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import httpx

from transports.base import Account
from transports.errors import OutcomeUnknown, Refused, Unauthorized
from transports.github.auth import credentials
from transports.github.failures import failure
from transports.http import Http

DEFAULT_URL = "https://api.github.com"
_HEADERS = {
    "Accept": "application/vnd.github+json",
    "X-GitHub-Api-Version": "2022-11-28",
    "User-Agent": "botplatform",
}
_MOVED = {301, 302, 307, 308}
DOWNLOAD_SECONDS = 20.0
"""For a file from where GitHub keeps it; nothing is changed there, so it may take longer than a call."""


class Api:
    """The REST API, as one account sees it."""

    def __init__(self, account: Account, http: Http) -> None:
        self._http = http
        self._base = (account.api_url or DEFAULT_URL).rstrip("/")
        self.credentials = credentials(account, self._ask)

    async def call(
        self,
        method: str,
        path: str,
        *,
        repository: str,
        json: Any = None,
        params: Mapping[str, str | int] | None = None,
    ) -> httpx.Response:
        """Make one call about a repository and return its success. Raises TransportError.

        A credential that GitHub no longer takes is renewed once; a call answered 401 had no effect.
        """
        return await self._as(
            repository, lambda credential: self._request(method, path, credential, json=json, params=params)
        )

    async def read(
        self,
        path: str,
        *,
        repository: str,
        params: Mapping[str, str | int] | None = None,
        accept: str = "",
        cap_bytes: int,
    ) -> httpx.Response:
        """GET something that may be long, of which at most `cap_bytes` are kept. Raises TransportError.

        What GitHub keeps elsewhere (logs, archives) is fetched there without the credential; of that the end is kept.
        `extensions["cut"]` says whether anything is missing, `extensions["elsewhere"]` whether it came from there.
        """
        return await self._as(
            repository,
            lambda credential: self._read(path, credential, params=params, accept=accept, cap_bytes=cap_bytes),
        )

    async def _as(self, repository: str, call: Callable[[str], Awaitable[httpx.Response]]) -> httpx.Response:
        credential = await self.credentials.for_repository(repository)
        try:
            return await call(credential)
        except Unauthorized:
            if not self.credentials.renew(repository, credential):
                raise
        return await call(await self.credentials.for_repository(repository))

    async def about_account(self, path: str, *, anonymous: bool = False) -> dict[str, Any]:
        """A question about the account itself or about a public one."""
        return await self._ask("GET", path, "" if anonymous else self.credentials.for_account())

    async def as_account(
        self, method: str, path: str, *, json: Any = None, params: Mapping[str, str | int] | None = None
    ) -> httpx.Response:
        """A call about the account itself, whole: its headers tell more. Raises TransportError."""
        return await self._request(method, path, self.credentials.for_account(), json=json, params=params)

    async def as_nobody(self, method: str, path: str) -> dict[str, Any]:
        """A call that needs no credential. Raises TransportError."""
        return await self._ask(method, path, "")

    async def _ask(self, method: str, path: str, credential: str) -> dict[str, Any]:
        return json_object(await self._request(method, path, credential))

    async def _request(
        self,
        method: str,
        path: str,
        credential: str,
        *,
        json: Any = None,
        params: Mapping[str, str | int] | None = None,
    ) -> httpx.Response:
        headers = _HEADERS | ({"Authorization": f"Bearer {credential}"} if credential else {})
        url = self._base + path
        try:
            response = await self._http.request(method, url, headers=headers, json=json, params=params)
            moved = self._moved_to(response)
            if moved:
                response = await self._http.request(method, moved, headers=headers, json=json)
        except httpx.InvalidURL:
            raise Refused("the address of GitHub's API is malformed") from None
        if not response.is_success:
            raise failure(response)
        return response

    async def _read(
        self, path: str, credential: str, *, params: Mapping[str, str | int] | None, accept: str, cap_bytes: int
    ) -> httpx.Response:
        headers = _HEADERS | {"Authorization": f"Bearer {credential}"} | ({"Accept": accept} if accept else {})
        elsewhere = False
        try:
            response = await self._http.fetch(self._base + path, headers=headers, params=params, cap_bytes=cap_bytes)
            if moved := self._moved_to(response):
                response = await self._http.fetch(moved, headers=headers, cap_bytes=cap_bytes)
            if stored := self._kept_at(response):
                elsewhere = True
                own = {"User-Agent": _HEADERS["User-Agent"]}
                response = await self._http.fetch(
                    stored, headers=own, cap_bytes=cap_bytes, end=True, timeout=DOWNLOAD_SECONDS
                )
        except httpx.InvalidURL:
            raise Refused("the address of GitHub's API is malformed") from None
        if not response.is_success:
            raise failure(response)
        response.extensions["elsewhere"] = elsewhere
        return response

    def _kept_at(self, response: httpx.Response) -> str:
        """Where a file is that GitHub keeps on another host; never over a plainer scheme than the API's own.

        https://docs.github.com/en/rest/actions/workflow-jobs#download-job-logs-for-a-workflow-run
        """
        location = response.headers.get("location", "")
        schemes = ("https://",) if self._base.startswith("https://") else ("https://", "http://")
        return location if response.status_code in _MOVED and location.startswith(schemes) else ""

    def _moved_to(self, response: httpx.Response) -> str:
        """Where a renamed repository answers; only within the same API, which alone may see the credential.

        https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api#follow-redirects
        """
        location = response.headers.get("location", "")
        return location if response.status_code in _MOVED and location.startswith(f"{self._base}/") else ""


def json_object(response: httpx.Response) -> dict[str, Any]:
    """The answer as an object. Raises OutcomeUnknown: the call was taken, its answer is not readable."""
    value = json_value(response)
    if not isinstance(value, dict):
        raise OutcomeUnknown("GitHub's answer is no object")
    return value


def json_value(response: httpx.Response) -> Any:
    """The answer as JSON of any kind. Raises OutcomeUnknown."""
    try:
        return jsonlib.loads(response.content)
    except (ValueError, RecursionError):
        raise OutcomeUnknown("GitHub's answer cannot be read") from None
