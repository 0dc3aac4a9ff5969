"""PostgreSQL and Redis for an installation that names none: started from the binaries inside two wheels.

Unix sockets only, in a private directory computed from the data directory. Who uses a server, and whether one is
alive, is told by `flock` alone: the kernel drops a lock with its last holder, so nothing here can go stale.
"""

from botplatform.embedded.errors import EmbeddedError
from botplatform.embedded.servers import Servers
from botplatform.embedded.sockets import Addresses, addresses, broker_url

__all__ = ["Addresses", "EmbeddedError", "Servers", "addresses", "broker_url"]
