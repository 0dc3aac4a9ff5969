"""prepare(): what a fresh installation needs, seeded once and never overwritten afterwards."""

from __future__ import annotations

import hashlib
import json
import secrets
import time
from dataclasses import dataclass, field

from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection, transaction
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask

from agents.providers.prices import SHIPPED
from botplatform import config, roles, sealing, shipped, signin
from botplatform.models import Bot, ModelPrice, ProgressText
from botplatform.pipeline import configs, rulebook
from botplatform.pipeline.onboarding import secrecy

SEED_LOCK = 0x73656564
"""The advisory lock of whoever seeds."""
PROGRESS_TEXTS = (
    "Thinking …",
    "Still thinking …",
    "Working on it …",
    "Looking into it …",
    "Putting it together …",
    "Almost there …",
)


@dataclass(slots=True)
class Prepared:
    """What `up` tells the operator."""

    admin_username: str
    admin_password: str | None
    """Only when it was generated just now."""
    sign_in_path: str
    model: str
    notes: list[str] = field(default_factory=list)


def prepare() -> Prepared:
    """Seed agents, prices, texts, schedules, bots and the first admin; safe to repeat, and at the same time elsewhere."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [SEED_LOCK])
        shipped.seed()
        rulebook.seed()
        roles.seed()
        _seed_texts_and_prices()
        _seed_schedules()
        notes = _configure_bots()
        user, password = _first_admin()
        path = signin.issue(user)
    return Prepared(user.get_username(), password, path, _answering_model(), notes)


def _seed_texts_and_prices() -> None:
    if not ProgressText.objects.exists():
        ProgressText.objects.bulk_create(ProgressText(text=text, position=n) for n, text in enumerate(PROGRESS_TEXTS))
    ModelPrice.objects.bulk_create(
        [
            ModelPrice(
                model=f"anthropic:{model}", input_usd=price.tokens_in, output_usd=price.tokens_out,
                cache_read_usd=price.cache_read, cache_write_usd=price.cache_write,
            )
            for model, price in SHIPPED.items()
        ],
        ignore_conflicts=True,
    )  # fmt: skip


def _seed_schedules() -> None:
    """Rows that exist stay as the operator left them."""
    seconds = max(1, round(settings.SWEEP_EVERY.total_seconds()))
    every, _ = IntervalSchedule.objects.get_or_create(every=seconds, period=IntervalSchedule.SECONDS)
    nightly, _ = CrontabSchedule.objects.get_or_create(minute="17", hour="3", timezone="UTC")
    PeriodicTask.objects.get_or_create(
        name="Sweep", defaults={"task": "sweep", "interval": every, "expire_seconds": seconds * 2}
    )
    often, _ = IntervalSchedule.objects.get_or_create(every=20, period=IntervalSchedule.SECONDS)
    PeriodicTask.objects.get_or_create(
        name="Roll up", defaults={"task": "roll_up", "interval": often, "expire_seconds": 40}
    )
    often, _ = IntervalSchedule.objects.get_or_create(every=30, period=IntervalSchedule.SECONDS)
    PeriodicTask.objects.get_or_create(
        name="Judge canaries", defaults={"task": "judge_canaries", "interval": often, "expire_seconds": 60}
    )
    PeriodicTask.objects.get_or_create(name="Prune", defaults={"task": "prune", "crontab": nightly})


def _configure_bots() -> list[str]:
    env, notes = config.load(), []
    for transport in ("webchat", "terminal"):
        Bot.objects.get_or_create(transport=transport, slug="default")
    if token := env.TELEGRAM_BOT_TOKEN.get_secret_value():
        _store_bot(
            "telegram", env.TELEGRAM_API_URL, {"token": token, "secret": env.TELEGRAM_WEBHOOK_SECRET.get_secret_value()},
            account_id=token.partition(":")[0], admin_ids=env.TELEGRAM_ADMIN_IDS, allowed_ids=env.TELEGRAM_ALLOWED_IDS,
        )  # fmt: skip
    else:
        notes.append("Telegram: set TELEGRAM_BOT_TOKEN to connect a bot")
    if secret := env.GITHUB_WEBHOOK_SECRET.get_secret_value():
        credentials = {
            "token": env.GITHUB_TOKEN.get_secret_value(), "secret": secret, "app_id": env.GITHUB_APP_ID,
            "private_key": env.GITHUB_APP_PRIVATE_KEY.get_secret_value(),
        }  # fmt: skip
        _store_bot("github", env.GITHUB_API_URL, credentials, username=env.GITHUB_BOT_LOGIN.removeprefix("@"))
    else:
        notes.append("GitHub: set GITHUB_TOKEN and GITHUB_WEBHOOK_SECRET to connect a bot")
    return notes


def _store_bot(transport: str, api_url: str, credentials: dict[str, str], **fields: object) -> None:
    """The environment is the truth about the bot with slug `default`; what it does not name stays as it is.

    So do credentials that the console has replaced, for as long as the environment says what it said before.
    """
    bot, _ = Bot.objects.get_or_create(transport=transport, slug="default")
    given = {name: value for name, value in fields.items() if value}
    if given.get("account_id") not in (None, bot.account_id):
        bot.username = ""
    bot.api_url, bot.problem = api_url, ""
    stored, said = _readable(bot), _fingerprint(credentials)
    if stored is None or stored.get("environment") != said:
        changed = secrecy.with_secret(stored or {}, credentials["secret"], now=time.time())
        bot.credentials = sealing.seal({**changed, **credentials, "environment": said})
    for name, value in given.items():
        setattr(bot, name, value)
    bot.save()


def _fingerprint(credentials: dict[str, str]) -> str:
    return hashlib.sha256(json.dumps(credentials, sort_keys=True).encode()).hexdigest()


def _readable(bot: Bot) -> dict[str, object] | None:
    try:
        return sealing.unseal(bot.credentials)
    except sealing.CannotUnseal:
        return None  # sealed with a key that is gone: the environment's credentials take their place


def _first_admin() -> tuple[User, str | None]:
    env, users = config.load(), User.objects
    if known := users.filter(is_superuser=True, is_active=True).order_by("pk").first():
        return known, None
    given = env.ADMIN_PASSWORD.get_secret_value()
    password = given or secrets.token_urlsafe(12)
    name = env.ADMIN_USERNAME
    if users.filter(username=name).exists():  # demoted or deactivated by somebody: that stands
        name = f"{name}-{secrets.token_hex(3)}"
    user = users.create_superuser(username=name, email="", password=password)
    return user, None if given else password


def _answering_model() -> str:
    if configs.connected():
        return configs.default_model()
    if config.load().OPENROUTER_API_KEY.get_secret_value():
        return "the built-in offline model (for OpenRouter set DEFAULT_MODEL=openrouter:vendor/model)"
    return "the built-in offline model (set ANTHROPIC_API_KEY or ANTHROPIC_BASE_URL for a real one)"
