"""Where things lie in the checkout."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RUN = Path(os.environ.get("SUITE_HOME") or ROOT / ".run").resolve()
ADDONS = ROOT / "addons"
VENV = RUN / "venv"
PYTHON = VENV / "bin" / "python"
SYSTEM = RUN / "system"  # Debian packages, unpacked
LOGS = RUN / "log"
OUR_ADDONS = ("crm_extended", "crm_analytics", "crm_contact_center")


def done(name: str, key: str) -> bool:
    """Whether the step `name` was finished for just this input `key`."""
    stamp = RUN / "done" / name
    return stamp.exists() and stamp.read_text() == key


def mark_done(name: str, key: str) -> None:
    stamp = RUN / "done" / name
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(key)
