"""Servers that the platform's webhook is measured against, each a process: `python -m bench.rivals.NAME --port P`."""
