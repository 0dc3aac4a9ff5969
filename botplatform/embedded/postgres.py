from __future__ import annotations

import shutil
import signal
import subprocess
from pathlib import Path

from botplatform.embedded import processes
from botplatform.embedded.accounts import Account
from botplatform.embedded.binaries import POSTGRES_MAJOR, postgres_program
from botplatform.embedded.errors import EmbeddedError
from botplatform.embedded.server import Server
from botplatform.embedded.sockets import DATABASE, SUPERUSER

QUERY_SECONDS = 5
# PostgreSQL has no CREATE DATABASE IF NOT EXISTS: psql runs what the query returns.
CREATE_DATABASE = """
SELECT format('CREATE DATABASE %I', :'name') WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'name') \\gexec
"""
# The wheel is built without ICU; the builtin provider sorts by code point like C and knows the case of every letter.
LOCALE = ("--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
SETTINGS = ("max_connections=200", "shared_buffers=128MB", "timezone=UTC", "log_timezone=UTC")


class Postgres(Server):
    name = "postgres"
    title = "The embedded PostgreSQL"
    stopping = ((signal.SIGINT, 4.0), (signal.SIGQUIT, 1.5), (signal.SIGKILL, 0.5))  # fast, immediate, at once

    @property
    def program(self) -> Path:
        return postgres_program("postgres")

    @property
    def cluster(self) -> Path:
        return self.directory / "data"

    @property
    def socket(self) -> Path:
        return self.sockets / ".s.PGSQL.5432"

    @property
    def pid_file(self) -> Path:
        return self.cluster / "postmaster.pid"

    def command(self, account: Account, *, keeps: int) -> list[str]:
        self._initialise(account, keeps=keeps)
        # The lock is ours, so no server runs on these files: the pid in it belongs to nobody or to a stranger.
        self.pid_file.unlink(missing_ok=True)
        options = (
            "listen_addresses=",
            f"unix_socket_directories={self.sockets}",
            "unix_socket_permissions=0700",
        )
        return [str(self.program), "-D", str(self.cluster), *(part for option in options for part in ("-c", option))]

    def answers(self) -> bool:
        """Also creates the platform's database where it is missing."""
        if not self.socket.exists():
            return False
        program = str(postgres_program("psql"))
        address = ("--host", str(self.sockets), "--username", SUPERUSER, "--dbname", "postgres")
        try:
            asked = subprocess.run(
                [program, "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", f"--set=name={DATABASE}", *address],
                input=CREATE_DATABASE,
                capture_output=True,
                text=True,
                timeout=QUERY_SECONDS,
                check=False,
                env=processes.environment(),
            )
        except subprocess.TimeoutExpired:
            return False
        return asked.returncode == 0

    def _initialise(self, account: Account, *, keeps: int) -> None:
        version = self.cluster / "PG_VERSION"
        if not version.exists():
            self._initdb(account, keeps=keeps)
        elif (found := version.read_text().strip()) != POSTGRES_MAJOR:
            raise EmbeddedError(f"{self.cluster} was made by PostgreSQL {found}, this one is {POSTGRES_MAJOR}.")

    def _initdb(self, account: Account, *, keeps: int) -> None:
        unfinished = self.directory / "unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        settings = [f"--set={setting}" for setting in SETTINGS]
        initdb = [str(postgres_program("initdb")), "-D", str(unfinished), "--username", SUPERUSER, "--auth=trust"]
        made = subprocess.run(
            [*account.prefix, *initdb, *LOCALE, "--no-instructions", *settings],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            pass_fds=(keeps,),
            cwd="/",
            env=processes.environment(),
            check=False,
        )
        if made.returncode != 0:
            raise EmbeddedError(f"initdb failed: {' '.join(made.stderr.split())}")
        unfinished.rename(self.cluster)
