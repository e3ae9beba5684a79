"""The pictures of the user guide, taken from the running server with its demo story."""

import shutil

from .console import Failure, run, say
from .history import Server
from .paths import ADDONS, PYTHON, ROOT
from .server import PORT

IMAGES = ROOT / "docs" / "images"
SIZE = "1440,900"
# Of these the addons show one or two in Apps
IN_APPS = {
    "crm_extended": ("customer", "import"),
    "crm_analytics": ("pivot", "score"),
    "crm_contact_center": ("queue", "item"),
}


def take() -> None:
    """Take every picture and give the addons theirs."""
    server = Server()
    pages = [f"{IMAGES / name}.png={path}" for name, path in _pages(server).items()]
    program = ROOT / "launch" / "scripts" / "screens.py"
    address = f"http://127.0.0.1:{PORT}"
    result = run(
        [PYTHON, program, address, "admin", server.password, SIZE, *pages],
        cwd=ROOT,
        remedy="Is chromium installed? `make test` brings it.",
    )
    say(result.stdout.replace(f"{ROOT}/", "").rstrip())
    for addon, names in IN_APPS.items():
        for name in names:
            target = ADDONS / addon / "static" / "description" / f"{name}.png"
            shutil.copyfile(IMAGES / f"{name}.png", target)


def _pages(server: Server) -> dict[str, str]:
    """Picture -> page, `>` and what is clicked on it; records by what they show."""

    def first(model: str, domain: list, order: str = "id") -> int:
        found = server.call(model, "search", domain, limit=1, order=order)
        if not found:
            raise Failure(f"no {model} to show: the pictures need the demo story")
        return found[0]

    champion = first(
        "res.partner", [("segment_ids.name", "=", "Champions"), ("phone", "!=", False)]
    )
    imported = first("crm.import", [("state", "=", "done")])
    score = first("crm.score", [("code", "=", "clv")])
    segment = first("crm.segment", [("name", "=", "Champions")])
    item = first(
        "crm.work.item", [("partner_id", "!=", False), ("state", "!=", "done")]
    )
    story = first("crm.interaction", [("channel", "=", "meeting")])
    [told] = server.call("crm.interaction", "read", [story], ["partner_id"])
    told = told["partner_id"][0]
    related = first("crm.relation", [("partner_id.is_company", "=", True)])
    [related] = server.call("crm.relation", "read", [related], ["partner_id"])
    related = related["partner_id"][0]
    told_apart = first(
        "res.partner", [("source_record_ids.source_id.kind", "=", "mail")]
    )
    conflict = first("crm.exchange.conflict", [("state", "=", "open")])
    form = "/odoo/customer-base"
    action = "/odoo/action-crm_extended.action"
    return {
        "picture": f"/odoo/customer-picture?active_id={told}",
        "profile": f"{form}/{told}>a[name=profile]",
        "relations": f"{form}/{related}>a[name=relations]",
        "sources": f"{form}/{told_apart}>a[name=sources]",
        "review": f"{action}_review",
        "match": f"{action}_match/{first('crm.match', [], 'weight desc')}",
        "fix": f"{action}_quality_fault",
        "handover": f"{action}_handover/{first('crm.handover', [])}",
        "customers": "/odoo/customer-base",
        "customer": f"/odoo/customer-base/{champion}>a[name=scores_segments]",
        "import": f"/odoo/action-crm_extended.action_import/{imported}",
        "segment": f"/odoo/action-crm_extended.action_segment/{segment}",
        "segments": "/odoo/action-crm_extended.action_segment",
        "overlap": "/odoo/segment-overlap",
        "contrast": f"/odoo/segment-profile?active_id={segment}",
        "moves": "/odoo/segment-moves",
        "grid": "/odoo/segment-grid",
        "pivot": "/odoo/purchase-cube",
        "graph": "/odoo/purchase-cube>.o_switch_view.o_graph",
        "score": f"/odoo/action-crm_extended.action_score/{score}>a[name=backtest]",
        "warehouse": "/odoo/warehouse-refreshes",
        "queue": "/odoo/action-crm_contact_center.action_queue",
        "item": f"/odoo/action-crm_contact_center.action_work_item_all/{item}",
        "exchange": "/odoo/action-crm_extended.action_exchange_client",
        "desk": "/odoo/exchange-desk",
        "conflict": f"{action}_exchange_conflict/{conflict}",
    }
