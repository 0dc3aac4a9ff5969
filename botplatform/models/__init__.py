"""The nouns: every row the platform keeps. Models know Django alone; the stages of `pipeline` change their states."""

from botplatform.models.agent import AgentConfig, AgentConfigVersion, ModelPrice, ProgressText
from botplatform.models.batch import Batch
from botplatform.models.bot import Bot
from botplatform.models.process import Process
from botplatform.models.reply import Reply
from botplatform.models.route import Route
from botplatform.models.run import Run, Step
from botplatform.models.session import Message, Session
from botplatform.models.update import Update

__all__ = [
    "AgentConfig",
    "AgentConfigVersion",
    "Batch",
    "Bot",
    "Message",
    "ModelPrice",
    "Process",
    "ProgressText",
    "Reply",
    "Route",
    "Run",
    "Session",
    "Step",
    "Update",
]
