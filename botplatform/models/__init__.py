"""The nouns: every row the platform keeps. Models know Django alone; the stages of `pipeline` change their states."""

from botplatform.models.agent import (
    AgentConfig,
    AgentConfigVersion,
    AgentDraft,
    AgentOverride,
    InfoPage,
    ModelPrice,
    Personality,
    ProgressText,
)
from botplatform.models.approval import Approval, Decider, Risk, ToolPolicy
from botplatform.models.audit import AuditEntry, BotAccess
from botplatform.models.batch import Batch
from botplatform.models.bot import Bot
from botplatform.models.person import PairingLink, Todo
from botplatform.models.plan import KeptNote, Plan, PlanStep, Reminder
from botplatform.models.process import Process
from botplatform.models.reply import Reply
from botplatform.models.rollup import Rollup
from botplatform.models.route import Route
from botplatform.models.routing import Pattern, RoutingCase, RoutingVersion
from botplatform.models.run import Run, Step
from botplatform.models.server import McpServer
from botplatform.models.session import Message, Session
from botplatform.models.trial import Canary, Trial
from botplatform.models.update import Update

__all__ = [
    "AgentConfig",
    "AgentConfigVersion",
    "AgentDraft",
    "AgentOverride",
    "Approval",
    "AuditEntry",
    "Batch",
    "Bot",
    "BotAccess",
    "Canary",
    "Decider",
    "InfoPage",
    "KeptNote",
    "McpServer",
    "Message",
    "ModelPrice",
    "PairingLink",
    "Pattern",
    "Personality",
    "Plan",
    "PlanStep",
    "Process",
    "ProgressText",
    "Reminder",
    "Reply",
    "Risk",
    "Rollup",
    "Route",
    "RoutingCase",
    "RoutingVersion",
    "Run",
    "Session",
    "Step",
    "Todo",
    "ToolPolicy",
    "Trial",
    "Update",
]
