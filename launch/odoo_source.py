"""Odoo 19 itself: one the user points to, an importable one, or Debian's package."""

import os
import subprocess
from pathlib import Path

from . import debian
from .console import Failure, step
from .paths import PYTHON, SYSTEM, VENV, done, mark_done

PACKAGES = (
    "odoo-19",
    "libjs-jquery",
    "libjs-underscore",
    "libjs-jquery-form",
    "fonts-roboto-unhinted",
    "fonts-montserrat",
    "fonts-inconsolata",
)
# newer releases ship Font Awesome 7; Odoo's class names are those of 4.7
OLD_PACKAGES = ("fonts-font-awesome",)
DIST_PACKAGES = SYSTEM / "usr" / "lib" / "python3" / "dist-packages"
# Listed by web.assets_backend but left out of Debian's package for its licence; without
# the file no backend page is served. What is lost is the blurred background in calls.
STUB = "odoo/addons/mail/static/lib/selfie_segmentation/selfie_segmentation.js"


def _importable() -> bool:
    probe = "import odoo.release as r; assert r.version_info[0] == 19"
    return not subprocess.run(
        [PYTHON, "-c", probe], capture_output=True, cwd="/", check=False
    ).returncode


def ensure() -> None:
    """Make `import odoo` work in the project's environment."""
    if home := os.environ.get("ODOO_HOME"):
        if not (Path(home) / "odoo" / "release.py").exists():
            raise Failure(
                f"ODOO_HOME={home} has no odoo/release.py: point it to Odoo 19"
            )
        _link(Path(home))
        return
    if _importable():
        return
    key = " ".join(PACKAGES + OLD_PACKAGES)
    if not done("odoo", key):
        with step("Odoo 19 from the distribution's package (122 MB)"):
            debian.unpack(PACKAGES, OLD_PACKAGES)
            stub = DIST_PACKAGES / STUB
            stub.parent.mkdir(parents=True, exist_ok=True)
            stub.write_text("// left out of the package\n")
        mark_done("odoo", key)
    _link(DIST_PACKAGES)


def _link(home: Path) -> None:
    """Put Odoo on the environment's path and show it to pip as a distribution."""
    site = next((VENV / "lib").glob("python3*")) / "site-packages"
    (site / "odoo-home.pth").write_text(f"{home}\n")
    metadata = site / "odoo-19.0.dist-info"
    metadata.mkdir(exist_ok=True)
    # Our own metadata, not a link to Debian's: that one asks for the source build of
    # psycopg2, while the pins take the binary one, which needs no compiler.
    (metadata / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: odoo\nVersion: 19.0\nSummary: Odoo 19\n"
    )
    (metadata / "WHEEL").write_text(
        "Wheel-Version: 1.0\nGenerator: launch\nRoot-Is-Purelib: true\n"
        "Tag: py3-none-any\n"
    )
    (metadata / "INSTALLER").write_text("launch\n")
    (metadata / "RECORD").write_text("")
