"""The project's Python environment, made and filled by uv."""

import hashlib
import os
import sys
from pathlib import Path

from . import debian, odoo_source
from .console import Failure, run, step
from .paths import PYTHON, ROOT, RUN, VENV, done, mark_done

REQUIREMENTS = ROOT / "requirements"
SYSTEM_CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
UV = RUN / "uv" / "bin" / "uv"
REMEDY = "Check that the Python package index can be reached, then run again."


def ensure(*groups: str) -> None:
    """Have the environment with these requirement files (`suite`, `test`, ...)."""
    if not (3, 11) <= sys.version_info[:2] <= (3, 13):
        raise Failure(
            f"Python {sys.version.split()[0]} is not supported: install Python 3.11, "
            "3.12 or 3.13 and run `make PYTHON=python3.12 run`"
        )
    _ensure_uv()
    if not PYTHON.exists():
        with step("Python environment"):
            run(
                [UV, "venv", "--quiet", "--python", sys.executable, VENV],
                env=_environment(),
            )
    odoo_source.ensure()
    for group in groups:
        file = REQUIREMENTS / f"{group}.txt"
        # the environment's age is part of the key: a new one must be filled again
        key = (
            f"{hashlib.sha256(file.read_bytes()).hexdigest()} {PYTHON.lstat().st_ctime}"
        )
        if done(f"python-{group}", key):
            continue
        with step(f"Python libraries: {group}"):
            run(
                [UV, "pip", "install", "--quiet", "--python", PYTHON, "-r", file]
                + ["--override", REQUIREMENTS / "overrides.txt"],
                env=_environment(),
                log=RUN / "log" / f"python-{group}.log",
                remedy=REMEDY,
            )
        mark_done(f"python-{group}", key)


def make(folder: Path, group: str) -> Path:
    """Have a separate environment with one requirement file; returns its Python."""
    _ensure_uv()
    python = folder / "bin" / "python"
    if not python.exists():
        run([UV, "venv", "--quiet", "--python", sys.executable, folder])
    run(
        [UV, "pip", "install", "--quiet", "--python", python]
        + ["-r", REQUIREMENTS / f"{group}.txt"],
        env=_environment(),
        log=RUN / "log" / f"python-{group}.log",
        remedy=REMEDY,
    )
    return python


def build_wheel(addon: Path, folder: Path) -> None:
    """Build an addon as its users would get it from an index."""
    command = [UV, "build", "--quiet", "--wheel", "--out-dir", folder, addon]
    run(command, env=_environment(), remedy=REMEDY)


def _environment() -> dict[str, str]:
    environment = {
        **os.environ,
        "UV_NO_PROGRESS": "1",
        "UV_LINK_MODE": "copy",
        "UV_NO_CONFIG": "1",
    }
    if SYSTEM_CERTIFICATES.exists():
        # uv brings its own, which do not know the authority of a company's network
        environment.setdefault("UV_SYSTEM_CERTS", "1")
    return environment


def _ensure_uv() -> None:
    if UV.exists():
        return
    with step("uv"):
        target = RUN / "uv"
        pip = [sys.executable, "-m", "pip"]
        if run([*pip, "--version"], check=False).returncode:
            pip = [sys.executable, str(_pip_wheel() / "pip")]
        run(
            [*pip, "install", "--quiet", "--no-warn-script-location"]
            + ["--target", target, (REQUIREMENTS / "uv.txt").read_text().strip()],
            remedy=REMEDY,
        )


def _pip_wheel() -> Path:
    """pip out of Debian's wheel package, for machines whose Python came without it."""
    debian.unpack(["python3-pip-whl"])
    wheels = (RUN / "system" / "usr" / "share" / "python-wheels").glob("pip-*.whl")
    return next(wheels)
