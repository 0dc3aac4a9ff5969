from __future__ import annotations

import argparse


def arguments() -> argparse.Namespace:
    """`port` to listen on, `secret` to check, `telegram`: the Bot API's address."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--secret", required=True)
    parser.add_argument("--telegram", required=True)
    return parser.parse_args()
