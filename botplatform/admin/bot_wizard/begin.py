"""The first pages: which platform, whose token, what the bot is to be."""

from __future__ import annotations

from typing import Any

from asgiref.sync import async_to_sync
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from botplatform import config
from botplatform.admin.auditing import audit
from botplatform.admin.bot_wizard import drafts
from botplatform.admin.bot_wizard.access import CHANGE, check_add
from botplatform.admin.bot_wizard.forms import GitHubForm, SlugForm, TelegramForm, TokenForm
from botplatform.admin.bot_wizard.pages import PROVIDERS, api_url, page, why_refused
from botplatform.admin.scoping import may_see
from botplatform.models import Bot
from botplatform.pipeline.onboarding import calling, joining, secrecy
from botplatform.pipeline.onboarding.delivering import address_of
from botplatform.pipeline.onboarding.joining import Credentials, NewBot
from transports.errors import TransportError
from transports.github import GitHubTransport
from transports.github.hooks import EVENTS


def choose_view(console: Any, request: HttpRequest) -> HttpResponse:
    """Which platform."""
    check_add(request)
    drafts.drop(request)
    return page(console, request, "choose", "Set up a bot", public=config.load().PUBLIC_URL)


def token_view(console: Any, request: HttpRequest, transport: str) -> HttpResponse:
    """Paste a token; the provider says whose it is."""
    check_add(request)
    if transport not in PROVIDERS:
        raise Http404
    form = TokenForm(request.POST if request.method == "POST" else None, transport=transport)
    if form.is_valid():
        credentials = Credentials(transport, api_url(transport), token=form.cleaned_data["token"])
        try:
            who = async_to_sync(joining.meet)(credentials)
        except TransportError as error:
            form.add_error("token", why_refused(error, transport))
        else:
            drafts.keep(request, drafts.Draft(credentials, who))
            return HttpResponseRedirect(reverse("admin:botplatform_bot_new_account"))
    return page(
        console, request, "token", f"Set up a bot on {PROVIDERS[transport]}", form=form, transport=transport,
        back=reverse("admin:botplatform_bot_new"),
    )  # fmt: skip


def account_view(console: Any, request: HttpRequest) -> HttpResponse:
    """The account that was found, and what the bot is to be; then the bot is made, or a known one gets the new token."""
    check_add(request)
    draft = drafts.held(request)
    if draft is None:
        messages.warning(request, "Paste the token again, please: it was kept for some minutes only.")
        return HttpResponseRedirect(reverse("admin:botplatform_bot_new"))
    transport = draft.credentials.transport
    known = joining.known_as(transport, draft.who.account_id)
    form = _form(request, draft)
    if request.method == "POST" and known and "replace" in request.POST:
        return _replace(request, draft, known)
    if request.method == "POST" and form.is_valid() and not known:
        if (bot := _join(request, draft, form)) is not None:
            return _made(console, request, bot, form.cleaned_data.get("repository", ""))
        form.add_error("slug", "There is a bot of this name.")
    return page(
        console, request, "account", f"The account at {PROVIDERS[transport]}", form=form, who=draft.who, known=known,
        may_replace=known is not None and _may_replace(request, known), provider=PROVIDERS[transport],
        transport=transport, public=config.load().PUBLIC_URL, back=reverse("admin:botplatform_bot_new"),
    )  # fmt: skip


def _form(request: HttpRequest, draft: drafts.Draft) -> SlugForm:
    data = request.POST if request.method == "POST" and "replace" not in request.POST else None
    slug = joining.free_slug(draft.credentials.transport, draft.who.username)
    if draft.credentials.transport == "telegram":
        return TelegramForm(data, initial={"slug": slug}, public=config.load().PUBLIC_URL)
    return GitHubForm(data, initial={"slug": slug})


def _join(request: HttpRequest, draft: drafts.Draft, form: SlugForm) -> Bot | None:
    given = form.cleaned_data
    new = NewBot(
        draft.credentials, given["slug"], draft.who, secrecy.fresh(), delivery=given.get("delivery", "auto"),
    )  # fmt: skip
    bot = joining.join(new)
    if bot is not None:
        drafts.drop(request)
        after = {"transport": bot.transport, "slug": bot.slug, "username": bot.username, "delivery": bot.delivery}
        audit(request, bot, "bot.add", after=after, told="set up with a token")
    return bot


def _may_replace(request: HttpRequest, known: Bot) -> bool:
    return request.user.has_perm(CHANGE) and may_see(request.user, known)


def _replace(request: HttpRequest, draft: drafts.Draft, known: Bot) -> HttpResponse:
    if not _may_replace(request, known):
        return HttpResponse(status=403)
    async_to_sync(joining.replace)(known.pk, draft.credentials, draft.who, by=request.user.get_username())
    drafts.drop(request)
    audit(request, known, "bot.replace-token", told="has a new token")
    messages.success(request, f"{known} has the new token.")
    return HttpResponseRedirect(reverse("admin:botplatform_bot_setup", args=[known.pk]))


def _made(console: Any, request: HttpRequest, bot: Bot, repository: str) -> HttpResponse:
    """On with a Telegram bot; for GitHub the secret is shown, this once."""
    if bot.transport == "telegram":
        return HttpResponseRedirect(reverse("admin:botplatform_bot_setup", args=[bot.pk]))
    made, secret = async_to_sync(_github_webhook)(bot.pk, repository)
    return secret_page(console, request, bot, secret, made=made, repository=repository)


async def _github_webhook(bot_id: int, repository: str) -> tuple[str, str]:
    """Make the webhook, if that is wanted: what GitHub complained about (empty when it did not), and the secret."""
    async with calling.bot(bot_id) as bot:
        complaint, transport = "", bot.transport
        if repository and isinstance(transport, GitHubTransport):
            try:
                await transport.create_webhook(repository, address_of("github", bot.slug))
            except TransportError as error:
                complaint = str(error)
        return complaint, transport.account.secret


def secret_page(
    console: Any, request: HttpRequest, bot: Bot, secret: str, *, made: str = "", repository: str = ""
) -> HttpResponse:
    """The one page that shows a webhook secret, for GitHub's form; `made` is a complaint about `repository`'s webhook."""
    return page(
        console, request, "secret", f"The webhook of {bot}", bot=bot, secret=secret, complaint=made, repository=repository,
        url=address_of(bot.transport, bot.slug), path=f"/webhooks/{bot.transport}/{bot.slug}/", events=EVENTS,
        on=reverse("admin:botplatform_bot_setup", args=[bot.pk]), form_of_github=bot.transport == "github",
    )  # fmt: skip
