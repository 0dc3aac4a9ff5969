"""Telegram."""

from __future__ import annotations

from transports.telegram.transport import TelegramTransport

__all__ = ["TelegramTransport"]
