"""Pure packages of the addons are imported by their own names, without Odoo.

The folders go to the end of the path: their `models` and `tests` must never hide
anything else.
"""

import sys
from pathlib import Path

ADDONS = Path(__file__).resolve().parents[2] / "addons"
for addon in ("crm_extended", "crm_analytics", "crm_contact_center"):
    folder = str(ADDONS / addon)
    if folder not in sys.path:
        sys.path.append(folder)
