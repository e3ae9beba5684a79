"""Odoo's own command line on this checkout's addons, libraries and PostgreSQL."""

import os
import re
import socket
import subprocess
from pathlib import Path

from .console import Failure, progress_of
from .paths import LOGS, PYTHON, ROOT, RUN
from .postgres import Cluster

CONFIG = ROOT / "odoo.conf"
CLI = ROOT / "launch" / "scripts" / "odoo_cli.py"
# Said by Odoo or the machine about itself, not about our addons
HARMLESS = (
    "Running as user 'root' is a security risk",
    "wkhtmltopdf",  # optional program of the report engine
    "rlPyCairo",  # optional renderer of bar codes
    "sass",  # node's compiler: Odoo falls back to libsass
)


def data_dir(name: str) -> Path:
    return RUN / "data" / name


def command(cluster: Cluster, *arguments: str) -> list[str]:
    """`odoo-bin ARGUMENTS` with our settings; a subcommand goes first, as in Odoo."""
    ours = ["-c", str(CONFIG), "--data-dir", str(data_dir(cluster.home.name))]
    if arguments and not arguments[0].startswith("-"):
        return [str(PYTHON), str(CLI), arguments[0], *ours, *arguments[1:]]
    return [str(PYTHON), str(CLI), *ours, *arguments]


def environment(cluster: Cluster) -> dict[str, str]:
    return {**cluster.environment(), "PYTHONWARNINGS": "ignore", "ODOO_RC": str(CONFIG)}


def call(cluster: Cluster, title: str, log_name: str, *arguments: str) -> Path:
    """Run Odoo to its end, showing what its log says; returns the log.

    :raises Failure: when it ends with an error.
    """
    LOGS.mkdir(parents=True, exist_ok=True)
    data_dir(cluster.home.name).mkdir(parents=True, exist_ok=True)
    log = LOGS / f"{log_name}.log"
    with log.open("w") as output:
        child = subprocess.Popen(
            command(cluster, *arguments),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environment(cluster),
            cwd=ROOT,
        )
        status = progress_of(child, title, log)
    if status:
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-25:])
        raise Failure(f"{tail}\n{title} failed; the whole log is {log}")
    return log


def complaints(log: Path) -> list[str]:
    """Warnings and errors in an Odoo log, without those known to be harmless."""
    pattern = re.compile(r"^\S+ \S+ \d+ (WARNING|ERROR|CRITICAL) ")
    return [
        line
        for line in log.read_text(errors="replace").splitlines()
        if pattern.match(line) and not any(known in line for known in HARMLESS)
    ]


def port_in_use(port: int) -> bool:

    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True
