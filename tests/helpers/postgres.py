"""A PostgreSQL server of the test's own, from the system's binaries."""

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg
import pytest


def binary(name):
    """Where a binary of the server is; Debian keeps them off the PATH."""
    places = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return str(places[-1]) if places else shutil.which(name)


def owner():
    """PostgreSQL refuses to run as root: an account to run it as, None for our own."""
    if os.getuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    pytest.skip("PostgreSQL does not run as root, and there is no other account")
    return None


class Postgres:
    """A server in a folder; can be killed and started again."""

    def __init__(self):
        if binary("initdb") is None or binary("postgres") is None:
            pytest.skip("PostgreSQL's binaries are not installed")
        self.who = owner()
        self.place = Path(tempfile.mkdtemp(prefix="manyfaces-postgres-", dir="/tmp"))
        self.place.chmod(0o755)
        self.data = self.place / "data"
        if self.who is not None:
            os.chown(self.place, self.who.pw_uid, self.who.pw_gid)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self._run(binary("initdb"), "-D", self.data, "-U", "board", "-A", "trust", "-N").wait()
        self.start()

    def _run(self, *command):
        ids = {} if self.who is None else {"user": self.who.pw_uid, "group": self.who.pw_gid}
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        words = list(map(str, command))
        return subprocess.Popen(words, cwd=self.place, start_new_session=True, **quiet, **ids)

    def start(self):
        """Start, and wait until it answers."""
        self.process = self._run(
            binary("postgres"), "-D", self.data, "-p", self.port, "-k", self.place,
            "-c", "listen_addresses=127.0.0.1",
        )  # fmt: skip
        for _ in range(600):
            with contextlib.suppress(psycopg.OperationalError), self.connect():
                return
            assert self.process.poll() is None, "PostgreSQL ended"
            time.sleep(0.05)
        raise AssertionError("PostgreSQL does not answer")

    def connect(self, name="postgres"):
        return psycopg.connect(
            host="127.0.0.1", port=self.port, user="board", dbname=name, autocommit=True
        )

    def new(self, name):
        """The URL of a new database."""
        with self.connect() as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return f"postgresql+psycopg://board@127.0.0.1:{self.port}/{name}"

    def kill(self):
        """End it as a power cut does."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def close(self):
        self.process.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(10)
        if self.process.poll() is None:
            self.kill()
        shutil.rmtree(self.place, ignore_errors=True)
