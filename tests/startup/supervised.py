"""Supervises the commands of argv[2], JSON of {name: [argument, ...]}; gives them argv[1] seconds to stop.

Prints one JSON line for each event.
"""

from __future__ import annotations

import json
import os
import sys

import structlog

from botplatform import supervisor
from botplatform.supervisor import Child, Supervisor

supervisor.STOP_SECONDS = float(sys.argv[1])
structlog.configure(processors=[structlog.processors.JSONRenderer()])
Supervisor([Child(name, tuple(command)) for name, command in json.loads(sys.argv[2]).items()], os.environ).run()
print(json.dumps({"event": "returned"}), flush=True)
