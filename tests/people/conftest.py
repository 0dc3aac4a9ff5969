"""Somebody with a password that is quick to check."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import Settings

PASSWORD = "long-enough-42"
SignIn = Callable[..., Any]


@pytest.fixture
def ada(db: None, settings: Settings) -> User:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    return User.objects.create_user("ada", password=PASSWORD, is_staff=True)


@pytest.fixture
def attempt() -> SignIn:
    """Send one of the two forms."""

    def send(client: Client, form: str = "/login/", name: str = "ada", password: str = PASSWORD, **more: Any) -> Any:
        return client.post(form, {"username": name, "password": password}, **more)

    return send
