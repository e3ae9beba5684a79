"""Chromium for the browser tours: the machine's, Debian's, or an unpacked one."""

import os
import stat
import subprocess
from pathlib import Path

from . import debian, python_env
from .console import step, which
from .paths import RUN, SYSTEM

HOME = RUN / "chromium"
FONTS = HOME / "fonts.conf"
WRAPPER = HOME / "bin" / "chromium"
# Ubuntu has Chromium as a snap only. Qt's wheel holds the engine, and the libraries
# that it wants of a system are those of Ubuntu's own package of it
QT = HOME / "qt"
QT_PACKAGES = ("libqt6webenginecore6", "libgl1", "alsa-utils")
NAMES = ("google-chrome", "chromium", "chromium-browser")


def ensure() -> dict[str, str]:
    """Have a chromium; returns the environment in which tests find it by name."""
    if any(_starts(name) for name in NAMES):
        return {}
    ubuntu = debian.find_archive()[0] is debian.UBUNTU
    if os.geteuid() == 0 and not ubuntu:
        with step("Chromium"):
            debian.install("chromium")
        return {}
    if not WRAPPER.exists():
        with step("Chromium, of Qt" if ubuntu else "Chromium, unpacked"):
            if ubuntu:
                _unpack_qt()
            else:
                _unpack(("chromium",), HOME / "usr" / "lib" / "chromium" / "chromium")
    return {"PATH": f"{WRAPPER.parent}:{os.environ.get('PATH', os.defpath)}"}


def _starts(name: str) -> bool:
    """Whether this browser is there; Ubuntu has a script of its name that is none."""
    found = which(name)
    if not found:
        return False
    command = [found, "--version", "--no-sandbox"]
    try:
        return not subprocess.run(command, capture_output=True, timeout=60).returncode
    except (OSError, subprocess.TimeoutExpired):
        return False


def _unpack(packages: tuple[str, ...], *command: str | Path) -> None:
    """Unpack packages with libraries this machine lacks, behind a starter."""
    debian.unpack_with_dependencies(packages, HOME)
    for library in (HOME / "usr" / "lib").rglob("libQt6*"):
        library.unlink()  # they would hide those of the wheel
    # without a single font every page ends its renderer; Odoo's package has some
    FONTS.write_text(
        '<?xml version="1.0"?>\n<!DOCTYPE fontconfig SYSTEM "fonts.dtd">\n<fontconfig>'
        f"<dir>{SYSTEM}/usr/share/fonts</dir><dir>{HOME}/usr/share/fonts</dir>"
        f"<cachedir>{HOME}/fonts</cachedir></fontconfig>\n"
    )
    WRAPPER.parent.mkdir(parents=True, exist_ok=True)
    started = " ".join(str(part) for part in command)
    WRAPPER.write_text(
        "#!/bin/sh\n"
        f"export LD_LIBRARY_PATH={debian.library_path(HOME)}\n"
        f"export FONTCONFIG_FILE={FONTS}\n"
        f'exec {started} --no-sandbox "$@"\n'
    )
    WRAPPER.chmod(WRAPPER.stat().st_mode | stat.S_IXUSR)


def _unpack_qt() -> None:
    python = python_env.make(QT, "browser")
    _unpack(QT_PACKAGES, python, Path(__file__).parent / "scripts" / "qt_chromium.py")
