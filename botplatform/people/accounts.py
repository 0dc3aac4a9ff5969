"""of(): which account belongs to what an OpenID Connect provider says of somebody, and which roles he has then."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group, User
from django.db import transaction
from django.http import HttpRequest

from botplatform import roles
from botplatform.people import noting


def of(request: HttpRequest, claims: Mapping[str, Any]) -> User | None:
    """The account whose user name is the verified e-mail address. Strangers get one only with a role from the claim."""
    email = str(claims.get("email") or "").strip().lower()
    if not email or claims.get("email_verified") is not True or len(email) > 150:
        return None
    given = _roles(claims)
    with transaction.atomic():
        user = User.objects.select_for_update().filter(username=email).first()
        if user is None and not given:
            return None
        user = user or _make(request, email, claims)
        if given is not None and not user.is_superuser:
            _give(request, user, given)
    return user


def _roles(claims: Mapping[str, Any]) -> set[str] | None:
    """Our roles among the values of the claim; None when no claim decides about roles."""
    name = settings.ENV.OIDC_ROLES_CLAIM
    if not name:
        return None
    said = claims.get(name)
    values = said if isinstance(said, list) else [said]
    return {role for role in roles.ROLES if role.casefold() in {str(value).casefold() for value in values}}


def _make(request: HttpRequest, email: str, claims: Mapping[str, Any]) -> User:
    names = {
        name: str(claims.get(claim) or "")[:150]
        for name, claim in (("first_name", "given_name"), ("last_name", "family_name"))
    }
    user = User.objects.create_user(username=email, email=email, **names)
    noting.note(request, user, "user.add", told="made at the first sign-in through OpenID Connect")
    return user


def _give(request: HttpRequest, user: User, given: set[str]) -> None:
    """Exactly these of our roles; other groups stay."""
    before = {
        "roles": sorted(user.groups.filter(name__in=roles.ROLES).values_list("name", flat=True)),
        "is_staff": user.is_staff,
    }
    after = {"roles": sorted(given), "is_staff": bool(given)}
    if before == after:
        return
    user.groups.remove(*Group.objects.filter(name__in=roles.ROLES).exclude(name__in=given))
    user.groups.add(*Group.objects.filter(name__in=given))
    User.objects.filter(pk=user.pk).update(is_staff=bool(given))
    user.is_staff = bool(given)
    noting.note(
        request, user, "user.roles", before=before, after=after, told="from the claim of the OpenID Connect provider"
    )
