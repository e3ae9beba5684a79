from odoo import api, models
from odoo.tools.translate import LazyTranslate

from odoo.addons.crm_extended.models.picture.desk import Desk

from .crm_work_item import OPEN_STATES

_lt = LazyTranslate(__name__)

CASES = Desk(
    "cases",
    _lt("Cases"),
    "fa-life-ring",
    "helpdesk.ticket",
    lambda ids, today: [("partner_id", "in", ids), ("stage_id.closed", "=", False)],
    when="create_date",
    note="stage_id",
    order="create_date, id",
)
ITEMS = Desk(
    "items",
    _lt("Waiting at the Contact Centre"),
    "fa-inbox",
    "crm.work.item",
    lambda ids, today: [("partner_id", "in", ids), ("state", "in", OPEN_STATES)],
    when="asked_at",
    note="state",
    order="asked_at, id",
)


class Picture(models.AbstractModel):
    """Cases and what waits in queues belong to how things stand with a customer."""

    _inherit = "crm.picture"

    @api.model
    def _get_desks(self):
        return [*super()._get_desks(), CASES, ITEMS]
