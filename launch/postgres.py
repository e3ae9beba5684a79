"""A PostgreSQL server: the user's (PGHOST), or our own in the project's folder."""

import hashlib
import os
import shutil
import tempfile
import time
from pathlib import Path

from . import debian
from .console import Failure, run, step
from .paths import RUN

UNPACKED = RUN / "postgresql"
USER = "odoo"


class Cluster:
    """One PostgreSQL server of this checkout, reached through a socket only.

    :param name: folder below `.run/`.
    :param durable: false leaves out fsync; for throw-away test databases alone.
    """

    def __init__(self, name: str, durable: bool = True):
        self.durable = durable
        self.foreign = bool(os.environ.get("PGHOST"))
        digest = hashlib.sha256(f"{RUN}/{name}".encode()).hexdigest()[:10]
        self.home = RUN / name
        if os.geteuid() == 0 and not _open_to_nobody(RUN.parent):
            self.home = Path("/var/tmp") / f"suite-{name}-{digest}"
        self.data = self.home / "data"
        self.socket = self.home / "socket"
        if len(str(self.socket)) > 80:  # a socket's path may have 107 characters
            self.socket = Path(tempfile.gettempdir()) / f"suite-{digest}"

    def environment(self) -> dict[str, str]:
        """What libpq needs to reach the server, added to this process's environment."""
        if self.foreign:
            return dict(os.environ)
        ours = {"PGHOST": str(self.socket), "PGPORT": "5432", "PGUSER": USER}
        path = f"{self._binaries()}:{os.environ.get('PATH', os.defpath)}"
        return {**os.environ, **ours, "PATH": path, **_library_path(self._binaries())}

    def start(self) -> None:
        """Have the server running; made, started or found so."""
        if self.foreign or self._running():
            return
        self._ensure_binaries()
        if not (self.data / "PG_VERSION").exists():
            with step("PostgreSQL: new cluster"):
                self._initialise()
        self.socket.mkdir(parents=True, exist_ok=True)
        # who reaches the socket is trusted as superuser: it must be us (and root) alone
        self.socket.chmod(0o700)
        self._own(self.socket)
        options = f"-k {self.socket} -c listen_addresses= " + " ".join(
            f"-c {key}={value}" for key, value in self._settings().items()
        )
        with step("PostgreSQL"):
            self._pg_ctl(
                "start", "-w", "-t", "60", "-l", self.home / "log", "-o", options
            )

    def stop(self, mode: str = "fast") -> None:
        if not self.foreign and self._running():
            self._pg_ctl("stop", "-m", mode, "-w")

    def remove(self) -> None:
        self.stop("immediate")
        shutil.rmtree(self.home, ignore_errors=True)

    def _settings(self) -> dict[str, str]:
        shared = {"max_connections": "200", "shared_buffers": "512MB", "jit": "off"}
        shared |= {"work_mem": "32MB", "maintenance_work_mem": "256MB"}
        shared |= {"max_locks_per_transaction": "256", "random_page_cost": "1.1"}
        shared |= {"unix_socket_permissions": "0700"}
        if not self.durable:
            shared |= {"fsync": "off", "synchronous_commit": "off"}
            shared |= {"full_page_writes": "off", "max_wal_size": "4GB"}
        return shared

    def _running(self) -> bool:
        pid_file = self.data / "postmaster.pid"
        if not pid_file.exists():
            return False
        lines = pid_file.read_text().splitlines()
        # after a power cut the number may be another program's
        program = Path(f"/proc/{lines[0]}/comm") if lines else Path("/nowhere")
        if not program.exists() or "postgres" not in program.read_text():
            return False
        for _ in range(100):  # another run may just be starting it
            if (self.socket / ".s.PGSQL.5432").exists():
                return True
            time.sleep(0.1)
        return False

    def _initialise(self) -> None:
        self.home.mkdir(parents=True, exist_ok=True)
        # an interruption may have left a half made one
        shutil.rmtree(self.data, ignore_errors=True)
        self.data.mkdir(mode=0o700)
        self._own(self.home)
        self._own(self.data)
        self._as_server(
            ["initdb", "-D", self.data, "-U", USER, "-A", "trust"]
            + ["-E", "UTF8", "--locale=C.UTF-8", "--no-sync"],
            remedy="The user must be one that the system knows (`id -un` names it).",
        )

    def _pg_ctl(self, verb: str, *arguments) -> None:
        self._as_server(
            ["pg_ctl", "-D", self.data, verb, *arguments],
            remedy=f"See {self.home / 'log'}; `make clean` starts afresh.",
        )

    def _as_server(self, command: list, remedy: str = "") -> None:
        """Run as the server's user, since PostgreSQL refuses to be root."""
        program = self._binaries() / command[0]
        prefix = []
        if os.geteuid() == 0:
            prefix = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]
        environment = {**os.environ, "HOME": str(self.home)}
        environment |= _library_path(program.parent)
        # pg_ctl's server keeps the pipe of its parent, so it must not be waited for
        log = self.home / f"{command[0]}.log"
        self.home.mkdir(parents=True, exist_ok=True)
        self._own(self.home)
        shell = ["sh", "-c", 'log=$1; shift; exec "$@" >"$log" 2>&1', "sh", log]
        result = run(
            [*shell, *prefix, program, *command[1:]],
            cwd="/",
            env=environment,
            check=False,
        )
        if result.returncode:
            tail = log.read_text(errors="replace")[-1500:] if log.exists() else ""
            raise Failure(f"{tail}\nPostgreSQL: {command[0]} failed. {remedy}")

    def _own(self, folder: Path) -> None:
        if os.geteuid() == 0:
            shutil.chown(folder, "nobody", "nogroup")

    def _ensure_binaries(self) -> None:
        if self._binaries(missing_ok=True):
            return
        with step("PostgreSQL, unpacked"):
            debian.unpack_with_dependencies(["postgresql"], UNPACKED)

    @staticmethod
    def _binaries(missing_ok: bool = False) -> Path | None:
        places = [Path("/usr/lib/postgresql"), UNPACKED / "usr/lib/postgresql"]
        for place in places:
            versions = [p for p in place.glob("*/bin") if (p / "initdb").exists()]
            versions = [p for p in versions if (p / "postgres").exists()]
            if versions:
                return max(versions, key=lambda p: float(p.parent.name))
        if missing_ok:
            return None
        raise Failure("PostgreSQL's programs are missing: run `make run` once")


def _library_path(binaries: Path) -> dict[str, str]:
    """Unpacked programs find their unpacked libraries; the system's need no help."""
    if UNPACKED not in binaries.parents:
        return {}
    return {"LD_LIBRARY_PATH": debian.library_path(UNPACKED)}


def _open_to_nobody(folder: Path) -> bool:
    """Whether the user nobody may walk through every folder down to this one."""
    return all(parent.stat().st_mode & 0o001 for parent in (folder, *folder.parents))
