"""`python -m bench [--quick] [SECTION…]`: all sections, or those named."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Callable

from bench import backlog, console, console_home, holding, latency, parked, recovery, report, routing, startup, webhook
from bench.report import Row

SECTIONS: dict[str, Callable[[bool], list[Row]]] = {
    "webhook": webhook.measure,
    "latency": latency.measure,
    "routing": routing.measure,
    "holding": holding.measure,
    "backlog": backlog.measure,
    "parked": parked.measure,
    "startup": startup.measure,
    "recovery": recovery.measure,
    "console": console.measure,
    "console-home": console_home.measure,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench ARGS=…")
    parser.add_argument("sections", nargs="*", metavar="SECTION", help=f"of {', '.join(SECTIONS)}; default: all")
    parser.add_argument("--quick", action="store_true", help="fewer rounds, smaller loads: a check, not a measurement")
    given = parser.parse_args()
    if unknown := set(given.sections) - set(SECTIONS):
        parser.error(f"unknown: {', '.join(sorted(unknown))}; there are {', '.join(SECTIONS)}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that what was started is stopped
    machine, rows = report.machine(), []
    for name in given.sections or SECTIONS:
        print(f"measuring {name} ...", file=sys.stderr, flush=True)
        rows += (found := SECTIONS[name](given.quick))
        print(report.table(found), end="\n\n", flush=True)
    print(report.table(rows))
    print(f"\n{machine}; kept in {report.keep(rows, machine).relative_to(report.RESULTS.parent.parent)}")


if __name__ == "__main__":
    main()
