"""Whose account, and whose rights, somebody may change. Nobody changes his own rights."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User

from botplatform import roles
from botplatform.admin.scoping import bots_of


def gives_roles(person: Any) -> bool:
    """Superusers, and Admins who are not limited to some bots: a limited one could make an account without limits."""
    if person.is_superuser:
        return True
    return bots_of(person) is None and person.groups.filter(name=roles.ADMIN).exists()


def in_reach(person: Any, account: User | None) -> bool:
    """Whether the account itself may be changed: superusers' by superusers, those of staff by who gives roles."""
    if account is None or person.is_superuser:
        return True
    if account.is_superuser:
        return False
    return not (account.is_staff or account.groups.exists()) or gives_roles(person)


def may_give(person: Any, account: User | None) -> bool:
    """Whether the account's roles and bots may be changed."""
    own = account is not None and account.pk == person.pk
    return not own and gives_roles(person) and in_reach(person, account)
