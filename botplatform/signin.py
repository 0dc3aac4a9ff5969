"""A link that signs somebody in once: what `up` prints for the newcomer."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.core import signing
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

VALID_SECONDS = 24 * 3600
_SALT = "botplatform.signin"


def issue(user: User) -> str:
    """The path of a one-time link; using it, or signing in otherwise, uses it up."""
    token = signing.dumps([user.pk, _used_mark(user)], salt=_SALT)
    return reverse("sign-in", args=[token])


def redeem(token: str) -> User | None:
    """Whom the link signs in; None when it was used, changed or is older than a day."""
    try:
        pk, mark = signing.loads(token, salt=_SALT, max_age=VALID_SECONDS)
    except (signing.BadSignature, ValueError):
        return None
    user = User.objects.filter(pk=pk, is_active=True).first()
    if user is None or not constant_time_compare(mark, _used_mark(user)):
        return None
    taken = User.objects.filter(pk=user.pk, last_login=user.last_login).update(last_login=timezone.now())
    return user if taken else None


def _used_mark(user: User) -> str:
    """Changes with every sign-in, because Django notes the last one, and with the password."""
    seen = user.last_login.isoformat() if user.last_login else ""
    return salted_hmac(_SALT, f"{seen}:{user.password}").hexdigest()
