from odoo import api, fields, models
from odoo.tools import SQL

BANDED = "crm_quality_banded"


class CrmQualityScore(models.Model):
    """How good one customer's address and contact data are, kept beside the customer.

    Rows are written in sets (`crm_quality_compute.py`). `seen_write` is the version of
    the customer that was looked at: whoever differs from it is looked at again, so
    nothing has to happen when a customer is written.
    """

    _name = "crm.quality.score"
    _description = "Data Quality of a Customer"
    _order = "score, id"
    _log_access = False
    _rec_name = "partner_id"

    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, ondelete="cascade"
    )
    score = fields.Integer(aggregator="avg")
    completeness = fields.Integer(
        aggregator="avg", help="Share of what should be known that is known"
    )
    validity = fields.Integer(
        aggregator="avg", help="Share of what is known that seems right"
    )
    freshness = fields.Integer(
        aggregator="avg", help="How much of what is known was confirmed lately"
    )
    band_id = fields.Many2one("crm.quality.band", index=True, ondelete="set null")
    fault_count = fields.Integer(string="Faults")
    worth = fields.Float(
        help="Where the customer stands by value among all: 0 lowest, 1 highest"
    )
    computed_at = fields.Datetime(string="As Of")
    confirmed_at = fields.Datetime(
        string="Confirmed", help="When somebody said that all of it is still right"
    )
    seen_write = fields.Datetime(help="Version of the customer that was looked at")
    stamps = fields.Json(help="{field: [digest of its value, day it was first seen]}")

    _partner_uniq = models.Constraint(
        "UNIQUE (partner_id)", "A customer has one quality."
    )

    def init(self):
        self.env.cr.execute(
            SQL(
                "CREATE OR REPLACE VIEW %s AS SELECT partner_id, band_id "
                "FROM crm_quality_score WHERE band_id IS NOT NULL",
                SQL.identifier(BANDED),
            )
        )

    @api.model
    def _mark_changed(self, partner_ids):
        """Have these customers looked at again, for what a write does not show."""
        self.env.cr.execute(
            SQL(
                "UPDATE crm_quality_score SET seen_write = NULL "
                "WHERE partner_id = ANY(%s) AND seen_write IS NOT NULL",
                list(partner_ids),
            )
        )
        self.invalidate_model(["seen_write"], flush=False)


class CrmAttributeValue(models.Model):
    _inherit = "crm.attribute.value"

    @api.model
    def _after_store(self, partner_ids):  # pylint: disable=missing-return
        super()._after_store(partner_ids)
        self.env["crm.quality.score"]._mark_changed(partner_ids)
