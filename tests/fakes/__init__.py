"""Servers on this machine that speak as Telegram, GitHub and a Messages API do, keep a log, and fail on demand."""
