from odoo import fields, models

from odoo.addons.crm_extended.models.segments.crm_score_band import PLACES
from odoo.addons.crm_extended.view_relation import ViewMany2many

GROUP = "crm_extended.group_customer_user"


def _score_column(name, string):
    return fields.Float(
        string=string,
        digits=(16, 2),
        compute="_compute_score_columns",
        search=lambda self, operator, value: self._search_score_column(
            name, operator, value
        ),
        groups=GROUP,
    )


def _score_bands(code, string):
    """The bands of one score only, of the pairs in `score_band_ids`."""
    return ViewMany2many(
        "crm.score.band",
        relation=PLACES,
        column1="partner_id",
        column2="band_id",
        domain=[("score_id.code", "=", code)],
        string=string,
        groups=GROUP,
    )


class ResPartner(models.Model):
    """The scores that people sort their customers by, as columns of the list."""

    _inherit = "res.partner"

    score_rfm = _score_column("score_rfm", "RFM")
    score_clv = _score_column("score_clv", "Customer Lifetime Value")
    score_alive = _score_column("score_alive", "Still a Customer")
    rfm_band_ids = _score_bands("rfm", "RFM Bands")
    clv_band_ids = _score_bands("clv", "Lifetime Value Bands")

    def _get_score_columns(self):
        return {
            **super()._get_score_columns(),
            "score_rfm": "rfm",
            "score_clv": "clv",
            "score_alive": "p_alive",
        }
