"""What operators do at the console, done in a shell of the installation's own."""

from __future__ import annotations

from typing import Any

from tests.system.fakes import Fakes
from tests.system.platform import Platform

_PUBLISH = """
from botplatform.models import AgentConfig
from botplatform.pipeline import publishing, vetting
config = AgentConfig.objects.get(name={agent!r})
says = vetting.fields_of(config.published)
tools = list(dict.fromkeys([*says["tools"], *{tools!r}]))
if tools != says["tools"]:
    publishing.save_draft(config, {{**says, "tools": tools}}, by="ada")
    publishing.publish(config, by="ada")
"""
_SERVER = """
from botplatform import sealing
from botplatform.models import McpServer
McpServer.objects.create(secrets=sealing.seal({secrets!r}), **{fields!r})
"""


def give_tools(platform: Platform, agent: str, *tools: str) -> None:
    """Publish a version of an agent that has these tools, too. Runs take notice within seconds."""
    platform.manage("shell", "-v0", "-c", _PUBLISH.format(agent=agent, tools=tools))


def add_server(platform: Platform, *, secrets: dict[str, Any], **fields: Any) -> None:
    """Configure an MCP server; `secrets` has its `headers` and `env`."""
    platform.manage("shell", "-v0", "-c", _SERVER.format(secrets=secrets, fields=fields))


def offered(fakes: Fakes) -> set[str]:
    """The tools of the latest model call."""
    return {tool["name"] for tool in fakes.model.requests[-1].get("tools", ())}


def wait_for_offer(platform: Platform, fakes: Fakes, chat: int, tool: str, *, there: bool = True) -> None:
    """Talk until the agent that answers has a tool, or has it no longer."""

    def asked() -> bool:
        before = len(fakes.model.requests)
        platform.say(chat, "hello again")
        fakes.model.wait_until(lambda: len(fakes.model.requests) > before, 30)
        return (tool in offered(fakes)) is there

    platform.wait_until(asked, 60, what=f"{tool} {'offered' if there else 'gone'}")
