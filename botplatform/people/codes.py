"""Codes of an authenticator app, and backup codes for the day on which the phone is gone."""

from __future__ import annotations

import re
from base64 import b32encode

import segno
from django.contrib.auth.models import User
from django.db import transaction
from django.utils.safestring import SafeString, mark_safe
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

BACKUP_CODES = 10
_OF_THE_APP = re.compile(r"\d{6}", re.ASCII)


def proves(user: User, given: str) -> bool:
    """Whether the code is right; it is used up. After a wrong one the next is looked at only a little later."""
    code = "".join(given.split()).lower()
    kind = TOTPDevice if _OF_THE_APP.fullmatch(code) else StaticDevice
    with transaction.atomic():
        devices = kind.objects.select_for_update().filter(user=user, confirmed=True)
        return any(device.verify_token(code) for device in devices)


def is_set_up(user: User) -> bool:
    """Whether this person signs in with a code."""
    return bool(TOTPDevice.objects.filter(user=user, confirmed=True).exists())


def begin(user: User) -> TOTPDevice:
    """A secret that waits for its first code; the one that waits already, if there is one."""
    device, _ = TOTPDevice.objects.get_or_create(user=user, confirmed=False, defaults={"name": "app"})
    return device


def confirm(user: User, given: str) -> list[str] | None:
    """The first code of the app switches the second step on. Returns the backup codes; None for a wrong code."""
    with transaction.atomic():
        device = TOTPDevice.objects.select_for_update().filter(user=user, confirmed=False).first()
        if device is None or not device.verify_token("".join(given.split())):
            return None
        device.confirmed = True
        device.save(update_fields=["confirmed"])
        return renew(user)


def renew(user: User) -> list[str]:
    """Backup codes in the place of those there were."""
    with transaction.atomic():
        StaticDevice.objects.filter(user=user).delete()
        device = StaticDevice.objects.create(user=user, name="backup", confirmed=True)
        drawn = [StaticToken.random_token() for _ in range(BACKUP_CODES)]
        StaticToken.objects.bulk_create(StaticToken(device=device, token=token) for token in drawn)
    return drawn


def drop(user: User) -> bool:
    """Sign in without a code from now on; whether there was a second step."""
    with transaction.atomic():
        StaticDevice.objects.filter(user=user).delete()
        found, _ = TOTPDevice.objects.filter(user=user).delete()
    return bool(found)


def drawing(device: TOTPDevice) -> SafeString:
    """The secret as a QR code, for the app's camera."""
    picture = segno.make(device.config_url, error="m")
    return mark_safe(  # noqa: S308 - drawn by the library from an address that it encodes
        picture.svg_inline(scale=4, border=4, dark="#111", light="#fff", title="QR code of the secret")
    )


def secret(device: TOTPDevice) -> str:
    """The same for typing, in groups of four."""
    text = b32encode(device.bin_key).decode()
    return " ".join(text[start : start + 4] for start in range(0, len(text), 4))
