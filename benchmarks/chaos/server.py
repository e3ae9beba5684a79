"""Odoo with several worker processes on a PostgreSQL of its own, both to be killed."""

import os
import signal
import socket
import subprocess
import threading
import time
import urllib.request
from pathlib import Path

import psycopg2

from launch import process
from launch.postgres import Cluster


class Server:
    """:param log: file for what Odoo says; a fault without a trace is a poor fault
    :param crons: processes for scheduled jobs; one ends when PostgreSQL does, and then
        Odoo's master, too, which takes ten seconds to come back on a busy machine
    """

    def __init__(
        self,
        cluster: Cluster,
        database: str,
        log: Path,
        workers: int = 2,
        crons: int = 1,
    ):
        self.cluster, self.database = cluster, database
        self.port = _free_port()
        self._log, self._workers, self._crons = log, workers, crons
        self._child: subprocess.Popen | None = None
        self._over = threading.Event()
        self.restarts = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Bring it up, and again whenever it ends, as systemd or Docker would.

        Odoo's master ends when it has to start a worker while PostgreSQL recovers.
        """
        self._spawn()
        self.wait()
        threading.Thread(target=self._supervise, daemon=True).start()

    def _spawn(self) -> None:
        options = ["-d", self.database, "--db-filter", f"^{self.database}$"]
        options += ["--http-port", str(self.port), "--gevent-port", str(_free_port())]
        options += ["--workers", str(self._workers)]
        options += ["--max-cron-threads", str(self._crons)]
        options += ["--load", "base,rpc,web", "--log-level", "warn"]
        with self._log.open("a") as output:
            self._child = subprocess.Popen(
                process.command(self.cluster, *options),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=process.environment(self.cluster),
                cwd=process.ROOT,
                start_new_session=True,
            )

    def _supervise(self) -> None:
        while not self._over.wait(0.3):
            if self._child.poll() is not None:
                self._end_group()  # orphans would keep the port
                self.restarts += 1
                self._spawn()

    def _end_group(self) -> None:
        try:
            os.killpg(self._child.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass

    def wait(self, seconds: float = 90) -> None:
        """Until it answers.

        :raises AssertionError: when it does not come up
        """
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(f"{self.url}/web/login", timeout=30):
                    return
            except OSError:
                time.sleep(0.2)
        raise AssertionError(f"Odoo does not answer: {self._tail()}")

    def stop(self) -> None:
        self._over.set()
        if self._child:
            self._child.terminate()
            try:
                self._child.wait(10)
            except subprocess.TimeoutExpired:
                pass
            self._end_group()
            self._child.wait()

    # ------------------------------------------------------------------ faults

    def workers(self) -> list[int]:
        """Process ids of those that answer requests."""
        master = self._child.pid
        try:
            with open(f"/proc/{master}/task/{master}/children") as children:
                return [int(pid) for pid in children.read().split()]
        except FileNotFoundError:  # it has just ended
            return []

    def kill_worker(self, chance) -> bool:
        workers = self.workers()
        return bool(workers) and _kill(chance.choice(workers))

    def kill_backend(self, chance) -> bool:
        """kill -9 of a PostgreSQL process: all others of the cluster end with it."""
        try:
            with psycopg2.connect(**self.place()) as connection:
                with connection.cursor() as cursor:
                    cursor.execute(
                        "SELECT pid FROM pg_stat_activity WHERE datname = %s"
                        " AND pid <> pg_backend_pid() ORDER BY pid",
                        [self.database],
                    )
                    backends = [pid for (pid,) in cursor.fetchall()]
        except psycopg2.Error:
            return False
        return bool(backends) and _kill(chance.choice(backends))

    # ------------------------------------------------------------------ looking

    def place(self) -> dict[str, str]:
        """What psycopg2 needs to connect."""
        found = self.cluster.environment()
        names = {"host": "PGHOST", "user": "PGUSER", "port": "PGPORT"}
        given = {name: found[key] for name, key in names.items() if key in found}
        return {"dbname": self.database, **given}

    def ask(self, query: str, *values) -> list[tuple]:
        """Rows of a query on a connection of its own; waits out a recovery."""
        for _ in range(100):
            try:
                connection = psycopg2.connect(**self.place())
                break
            except psycopg2.OperationalError:
                time.sleep(0.2)
        else:
            raise AssertionError("PostgreSQL does not come back")
        connection.autocommit = True
        try:
            with connection.cursor() as cursor:
                cursor.execute(query, values or None)
                return cursor.fetchall()
        finally:
            connection.close()

    def shell(self, script: str) -> str:
        """What a script in Odoo's shell prints.

        :raises AssertionError: when it fails
        """
        done = subprocess.run(
            process.command(self.cluster, "shell", "-d", self.database, "--no-http"),
            input=script,
            capture_output=True,
            text=True,
            env=process.environment(self.cluster),
            cwd=process.ROOT,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def _tail(self) -> str:
        return self._log.read_text(errors="replace")[-2000:]


def _kill(pid: int) -> bool:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]
