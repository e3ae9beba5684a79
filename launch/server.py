"""The server of `make run`: in the background, until `make stop`."""

import os
import signal
import subprocess
import time
import urllib.error
import urllib.request

from . import database, process
from .console import Failure, say, step
from .paths import LOGS, OUR_ADDONS, ROOT, RUN, done, mark_done
from .postgres import Cluster

DATABASE = os.environ.get("DATABASE", "crm")
PORT = int(os.environ.get("PORT", "8069"))
PID_FILE = RUN / "server.pid"


def cluster() -> Cluster:
    return Cluster("postgres")


def run() -> None:
    """Bring the suite up with demo data, or bring up what is already there."""
    ours = cluster()
    ours.start()
    if not database.exists(ours, DATABASE):
        _create(ours)
    elif not done(f"addons-{DATABASE}", database.addons_hash()):
        _upgrade(ours)
    start(ours)


def _create(ours: Cluster) -> None:
    everything = ",".join([*database.dependencies(), *OUR_ADDONS])
    database.create(
        ours, DATABASE, everything, demo=True, title="Database with the demo story"
    )
    if failures := database.demo_failures(ours, DATABASE):
        say(f"  demo data incomplete: {failures}")
    mark_done(f"addons-{DATABASE}", database.addons_hash())


def _upgrade(ours: Cluster) -> None:
    stop_server()
    process.call(
        ours,
        "Upgrading the addons",
        "upgrade",
        *("-d", DATABASE, "-u", ",".join(OUR_ADDONS), "--stop-after-init", "--no-http"),
    )
    mark_done(f"addons-{DATABASE}", database.addons_hash())


def start(ours: Cluster) -> None:
    """Start Odoo and wait until it answers."""
    address = f"http://127.0.0.1:{PORT}"
    if _running():
        port = [*PID_FILE.read_text().split(), PORT][1]
        say(f"\nRunning already: http://127.0.0.1:{port}   login admin, password admin")
        return
    if process.port_in_use(PORT):
        raise Failure(
            f"port {PORT} is taken by another program: run `make run PORT=8070`"
        )
    LOGS.mkdir(parents=True, exist_ok=True)
    with (LOGS / "server.log").open("a") as log:
        child = subprocess.Popen(
            process.command(ours, "-d", DATABASE, "--http-port", str(PORT)),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=process.environment(ours),
            cwd=ROOT,
            start_new_session=True,
        )
    PID_FILE.write_text(f"{child.pid} {PORT}")
    with step("Odoo"):
        _wait(child, address)
    say(f"\nServing {address}   login admin, password admin   (`make stop` ends it)")


def _wait(child: subprocess.Popen, address: str, seconds: int = 120) -> None:
    for _ in range(seconds * 2):
        if child.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"{address}/web/login", timeout=60):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.5)
    raise Failure(f"Odoo does not answer: see the end of {LOGS / 'server.log'}")


def stop_server() -> None:
    if not _running():
        return
    pid = int(PID_FILE.read_text().split()[0])
    with step("Stopping Odoo"):
        os.kill(pid, signal.SIGTERM)
        for _ in range(100):
            if not process.alive(pid):
                break
            time.sleep(0.2)
        else:
            os.kill(pid, signal.SIGKILL)
    PID_FILE.unlink(missing_ok=True)


def stop() -> None:
    """End the server and its PostgreSQL; the data stay."""
    stop_server()
    cluster().stop()


def shell() -> None:
    ours = cluster()
    ours.start()
    arguments = process.command(ours, "shell", "-d", DATABASE, "--no-http")
    os.execve(arguments[0], arguments, process.environment(ours))


def _running() -> bool:
    """Whether the process we started is there, and is ours and not a later namesake."""
    if not PID_FILE.exists():
        return False
    pid = PID_FILE.read_text().split()[0]
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as line:
            return b"odoo_cli.py" in line.read()
    except OSError:
        return False
