from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.core.serializers import serialize
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask
from pytest_django import Settings

from agents.registry import AGENTS
from agents.routing.target import ROUTER
from agents.template import problems
from botplatform import config, sealing, setup
from botplatform.models import (
    AgentConfig,
    AgentConfigVersion,
    Bot,
    InfoPage,
    ModelPrice,
    Personality,
    ProgressText,
)
from botplatform.pipeline import publishing
from botplatform.pipeline.composing import PAGE_VARIABLES
from transports.registry import TRANSPORTS

MODELS = (
    AgentConfig, AgentConfigVersion, Bot, InfoPage, ModelPrice, Personality, ProgressText, CrontabSchedule, IntervalSchedule,
    PeriodicTask, User,
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
    agent = AgentConfig.objects.get(name="simple-agent")
    assert agent.published
    assert agent.published.number == 1
    assert agent.published.prompt.strip()
    assert agent.published.tools == ["current_time", "calculator", "set_reminder", "todo"]


def test_fresh_installation_has_agents_that_fall_back_on_it() -> None:
    others = AgentConfig.objects.exclude(name__in=["simple-agent", ROUTER]).exclude(name__endswith="-worker")
    agents = {row.name: row.published for row in others}
    assert {name: (row.tools, row.fallback_agent) for name, row in agents.items() if row} == {
        "hitl-agent": (list(AGENTS["hitl-agent"].default_tools), "simple-agent"),
        "info-agent": ([], "simple-agent"),
        "orchestrator-agent": (["current_time", "calculator"], "simple-agent"),
        "lead-researcher-agent": (["current_time", "calculator"], "simple-agent"),
    }


def test_fresh_installation_has_workers_with_limits_of_their_own() -> None:
    workers = {row.name: row.published for row in AgentConfig.objects.filter(name__endswith="-worker")}
    assert {name: (row.max_steps, row.max_seconds, row.fallback_agent) for name, row in workers.items() if row} == {
        "code-worker": (40, 3600, ""),
        "research-worker": (20, 900, ""),
        "github-worker": (24, 1800, ""),
    }


def test_router_has_a_prompt_of_its_own() -> None:
    router = AgentConfig.objects.get(name=ROUTER).published
    assert router
    assert router.prompt.strip()


def test_whatever_is_shipped_could_be_published() -> None:
    rows = AgentConfig.objects.exclude(published=None).select_related("published")
    assert {row.name: publishing.check(row, row.published) for row in rows if row.published} == {
        row.name: {} for row in rows
    }
    assert [problems(row.text) for row in Personality.objects.all()] == [[]] * len(TRANSPORTS)
    assert [problems(row.text, PAGE_VARIABLES) for row in InfoPage.objects.all()] == [[], []]


def test_every_platform_has_its_personality() -> None:
    assert set(Personality.objects.values_list("platform", flat=True)) == set(TRANSPORTS)


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
    publishing.add_version(AgentConfig.objects.get(name="simple-agent"), {"prompt": "Be brief."}, by="ada", note="")


def _change_agents() -> None:
    AgentConfig.objects.filter(name="hitl-agent").update(enabled=False, description="Off.", category="admin")


def _change_admin() -> None:
    admin = User.objects.get()
    admin.username = "boss"
    admin.set_password("another password")
    admin.save()


CHANGES: dict[str, Callable[[], object]] = {
    "progress texts": _change_progress_texts,
    "published version": _publish_another_version,
    "disabled agents": _change_agents,
    "personalities": lambda: Personality.objects.update(text="Other."),
    "deleted personalities": lambda: Personality.objects.all().delete(),
    "info pages": lambda: InfoPage.objects.update(text="Other."),
    "deleted info pages": lambda: InfoPage.objects.all().delete(),
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
    assert not AgentConfig.objects.filter(published=None).exists()


def test_installation_from_before_gets_what_came_later() -> None:
    for model in (Personality, InfoPage):
        model.objects.all().delete()
    AgentConfig.objects.exclude(name="simple-agent").update(published=None)
    AgentConfigVersion.objects.exclude(config__name="simple-agent").delete()
    AgentConfig.objects.exclude(name="simple-agent").delete()
    _publish_another_version()
    setup.prepare()
    assert AgentConfig.objects.filter(name="info-agent", published__number=1).exists()
    assert (Personality.objects.count(), InfoPage.objects.count()) == (len(TRANSPORTS), 2)
    assert AgentConfig.objects.get(name="simple-agent", published__prompt="Be brief.")


# -- bots of the environment

TOKEN = "12345:" + "a" * 30


def test_telegram_bot_comes_from_the_environment(environment: Callable[..., None]) -> None:
    environment(TELEGRAM_BOT_TOKEN=TOKEN, TELEGRAM_ADMIN_IDS="7,8")
    setup.prepare()
    bot = Bot.objects.get(transport="telegram")
    assert (bot.slug, bot.account_id, bot.admin_ids) == ("default", "12345", ["7", "8"])
    assert sealing.unseal(bot.credentials)["token"] == TOKEN
    assert TOKEN not in bot.credentials


def test_what_the_console_replaced_stays_while_the_environment_says_the_same(environment: Callable[..., None]) -> None:
    environment(TELEGRAM_BOT_TOKEN=TOKEN, TELEGRAM_WEBHOOK_SECRET="first-secret")
    setup.prepare()
    bot = Bot.objects.get(transport="telegram")
    bot.credentials = sealing.seal({**sealing.unseal(bot.credentials), "token": "12345:mended", "secret": "rotated"})
    bot.save()
    setup.prepare()
    kept = sealing.unseal(Bot.objects.get(transport="telegram").credentials)
    assert (kept["token"], kept["secret"]) == ("12345:mended", "rotated")


def test_another_secret_in_the_environment_leaves_the_old_one_in_force(environment: Callable[..., None]) -> None:
    for secret in ("first-secret", "second-secret"):
        environment(TELEGRAM_BOT_TOKEN=TOKEN, TELEGRAM_WEBHOOK_SECRET=secret)
        setup.prepare()
    stored = sealing.unseal(Bot.objects.get(transport="telegram").credentials)
    assert (stored["secret"], [one["secret"] for one in stored["previous"]]) == ("second-secret", ["first-secret"])


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
