"""Where the playground is, and who may use it."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from botplatform.admin.panels import may_view
from botplatform.models import AgentConfig, Message, Step

PERMISSION = "botplatform.change_agentdraft"


def address(config_id: int, update_id: int | None = None) -> str:
    """The playground of an agent, with a stored message chosen."""
    url = reverse("admin:botplatform_agentconfig_playground", args=[config_id])
    return f"{url}?update={update_id}" if update_id else url


def link(config_id: int, update_id: int | None = None, text: str = "Try it in the playground") -> SafeString:
    """The same as a link, for the pages of updates, batches and runs."""
    return format_html('<a class="text-link" href="{}">{}</a>', address(config_id, update_id), text)


def for_update(request: HttpRequest, agent: str, update_id: int) -> str:
    """Where the agent that answered an update can be tried on it again; empty for those who may not."""
    if not agent or not (may_try(request) and may_use_stored(request)):
        return ""
    pk = AgentConfig.objects.filter(name=agent).values_list("pk", flat=True).first()
    return address(pk, update_id) if pk else ""


def may_try(request: HttpRequest) -> bool:
    """Whether the person may use the playground at all."""
    return request.user.has_perm(PERMISSION) and may_view(request, AgentConfig)


def may_use_stored(request: HttpRequest) -> bool:
    """Whether what people wrote, and what tools returned then, may be used."""
    return may_view(request, Message, Step)


def config_of(request: HttpRequest, pk: int) -> AgentConfig:
    """The agent, for one who may try it. Raises PermissionDenied, Http404."""
    if not may_try(request):
        raise PermissionDenied
    config = AgentConfig.objects.select_related("published", "draft").filter(pk=pk).first()
    if config is None:
        raise Http404
    return config
