"""How GitHub's REST API says no: https://docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api."""

from __future__ import annotations

from typing import Any

_MESSAGES = {
    400: "Problems parsing JSON",
    401: "Bad credentials",
    403: "Resource not accessible by integration",
    404: "Not Found",
    422: "Validation Failed",
    500: "Server Error",
    502: "Server Error",
    503: "Service unavailable",
}


def error(status: int, message: str = "", **rest: Any) -> dict[str, Any]:
    text = message or _MESSAGES.get(status, "Error")
    return {"message": text, "documentation_url": "https://docs.github.com/rest", "status": str(status), **rest}


class Failure(Exception):
    """An error that GitHub answers with."""

    def __init__(self, status: int, message: str = "", **rest: Any) -> None:
        super().__init__(message)
        self.status = status
        self.body = error(status, message, **rest)


def invalid(field: str, message: str) -> Failure:
    """422 over one field of a comment."""
    problem = {"resource": "IssueComment", "code": "unprocessable", "field": field, "message": message}
    return Failure(422, errors=[problem])
