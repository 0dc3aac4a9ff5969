from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.core.serializers import serialize
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask
from pytest_django import Settings

from botplatform import config, sealing, setup
from botplatform.models import AgentConfig, AgentConfigVersion, Bot, ModelPrice, ProgressText

MODELS = (
    AgentConfig, AgentConfigVersion, Bot, ModelPrice, ProgressText, CrontabSchedule, IntervalSchedule, PeriodicTask, User,
)  # fmt: skip


@pytest.fixture(autouse=True)
def seeded(empty: None, settings: Settings) -> setup.Prepared:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    return setup.prepare()


def everything() -> str:
    return "\n".join(serialize("jsonl", model._default_manager.order_by("pk")) for model in MODELS)


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Start again with these settings."""
    before = config.load()

    def choose(**values: str) -> None:
        given = {"SECRETS_KEY": before.SECRETS_KEY.get_secret_value(), **values}
        monkeypatch.setattr(config, "load", lambda: config.read(given))

    return choose


# -- a fresh installation


def test_fresh_installation_has_an_agent_that_answers() -> None:
    agent = AgentConfig.objects.get()
    assert agent.published
    assert (agent.name, agent.published.number) == ("simple-agent", 1)
    assert agent.published.prompt.strip()
    assert agent.published.tools == ["current_time", "calculator"]


def test_fresh_installation_has_its_schedules() -> None:
    assert set(PeriodicTask.objects.values_list("task", "enabled")) >= {("sweep", True), ("prune", True)}


def test_first_admin_gets_a_password_that_is_told_once(seeded: setup.Prepared) -> None:
    assert seeded.admin_password
    assert User.objects.get().check_password(seeded.admin_password)
    assert setup.prepare().admin_password is None


def test_chat_works_without_any_credentials() -> None:
    assert set(Bot.objects.values_list("transport", flat=True)) == {"webchat", "terminal"}


# -- and again


def test_second_seeding_changes_nothing() -> None:
    before = everything()
    setup.prepare()
    assert everything() == before


def _change_progress_texts() -> None:
    ProgressText.objects.all()[:1].get().delete()
    ProgressText.objects.update(text="Hmm …", enabled=False)


def _publish_another_version() -> None:
    agent = AgentConfig.objects.get()
    agent.published = AgentConfigVersion.objects.create(config=agent, number=2, prompt="Be brief.")
    agent.save()


def _change_admin() -> None:
    admin = User.objects.get()
    admin.username = "boss"
    admin.set_password("another password")
    admin.save()


CHANGES: dict[str, Callable[[], object]] = {
    "progress texts": _change_progress_texts,
    "published version": _publish_another_version,
    "prices": lambda: ModelPrice.objects.update(input_usd="99"),
    "disabled schedules": lambda: PeriodicTask.objects.update(enabled=False),
    "another rhythm": lambda: PeriodicTask.objects.filter(task="sweep").update(
        interval=IntervalSchedule.objects.create(every=3, period=IntervalSchedule.MINUTES)
    ),
    "admin": _change_admin,
    "disabled bots": lambda: Bot.objects.update(enabled=False),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_operators_changed_stays(change: Callable[[], object]) -> None:
    change()
    before = everything()
    setup.prepare()
    assert everything() == before


def test_agent_without_a_published_version_is_mended() -> None:
    AgentConfig.objects.update(published=None)
    AgentConfigVersion.objects.all().delete()
    setup.prepare()
    assert AgentConfig.objects.get().published


# -- bots of the environment

TOKEN = "12345:" + "a" * 30


def test_telegram_bot_comes_from_the_environment(environment: Callable[..., None]) -> None:
    environment(TELEGRAM_BOT_TOKEN=TOKEN, TELEGRAM_ADMIN_IDS="7,8")
    setup.prepare()
    bot = Bot.objects.get(transport="telegram")
    assert (bot.slug, bot.account_id, bot.admin_ids) == ("default", "12345", ["7", "8"])
    assert sealing.unseal(bot.credentials)["token"] == TOKEN
    assert TOKEN not in bot.credentials


def test_same_environment_again_changes_no_credentials(environment: Callable[..., None]) -> None:
    environment(TELEGRAM_BOT_TOKEN=TOKEN)
    setup.prepare()
    before = Bot.objects.get(transport="telegram").credentials
    setup.prepare()
    assert Bot.objects.get(transport="telegram").credentials == before


def test_another_token_is_another_account(environment: Callable[..., None]) -> None:
    environment(TELEGRAM_BOT_TOKEN=TOKEN)
    setup.prepare()
    Bot.objects.filter(transport="telegram").update(username="old_bot")
    environment(TELEGRAM_BOT_TOKEN=TOKEN.replace("12345", "67890"))
    setup.prepare()
    bot = Bot.objects.get(transport="telegram")
    assert (bot.account_id, bot.username) == ("67890", "")


def test_people_allowed_by_an_operator_stay(environment: Callable[..., None]) -> None:
    environment(TELEGRAM_BOT_TOKEN=TOKEN)
    setup.prepare()
    Bot.objects.filter(transport="telegram").update(allowed_ids=["42"])
    setup.prepare()
    assert Bot.objects.get(transport="telegram").allowed_ids == ["42"]
