"""Joins the servers of the directory argv[1] (argv[2]: which), says so, and leaves at the end of its input."""

from __future__ import annotations

import sys
from pathlib import Path

from botplatform.embedded import EmbeddedError, Servers


def main() -> None:
    data_dir, which = Path(sys.argv[1]), sys.argv[2]
    try:
        with Servers(data_dir, postgres="postgres" in which, redis="redis" in which):
            print("joined", flush=True)
            sys.stdin.read()
    except EmbeddedError as error:
        print(error, flush=True)


if __name__ == "__main__":
    main()
