"""Chromium for the browser tours: the machine's, Debian's, or an unpacked one."""

import os
import stat

from . import debian
from .console import Failure, step, which
from .paths import RUN, SYSTEM

HOME = RUN / "chromium"
FONTS = HOME / "fonts.conf"
WRAPPER = HOME / "bin" / "chromium"


def ensure() -> dict[str, str]:
    """Have a chromium; returns the environment in which tests find it by name."""
    if any(which(name) for name in ("chromium", "google-chrome", "chromium-browser")):
        return {}
    if debian.find_archive()[0] is debian.UBUNTU:
        raise Failure(
            "Ubuntu has chromium as a snap only: run `sudo snap install chromium`, or "
            "install Google Chrome, and run again"
        )
    if os.geteuid() == 0:
        with step("Chromium"):
            debian.install("chromium")
        return {}
    if not WRAPPER.exists():
        with step("Chromium, unpacked"):
            _unpack()
    return {"PATH": f"{WRAPPER.parent}:{os.environ.get('PATH', os.defpath)}"}


def _unpack() -> None:
    """Unpack chromium with libraries this machine lacks, behind a starter."""
    debian.unpack_with_dependencies("chromium", HOME)
    # without a single font every page ends its renderer; Odoo's package has some
    FONTS.write_text(
        '<?xml version="1.0"?>\n<!DOCTYPE fontconfig SYSTEM "fonts.dtd">\n<fontconfig>'
        f"<dir>{SYSTEM}/usr/share/fonts</dir><dir>{HOME}/usr/share/fonts</dir>"
        f"<cachedir>{HOME}/fonts</cachedir></fontconfig>\n"
    )
    WRAPPER.parent.mkdir(parents=True, exist_ok=True)
    WRAPPER.write_text(
        "#!/bin/sh\n"
        f"export LD_LIBRARY_PATH={debian.library_path(HOME)}\n"
        f"export FONTCONFIG_FILE={FONTS}\n"
        f'exec {HOME}/usr/lib/chromium/chromium --no-sandbox "$@"\n'
    )
    WRAPPER.chmod(WRAPPER.stat().st_mode | stat.S_IXUSR)
