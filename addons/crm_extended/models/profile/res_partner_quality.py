from odoo import api, fields, models

from ...view_relation import ViewMany2many
from .crm_quality_score import BANDED
from .res_partner import GROUP


class ResPartner(models.Model):
    """The quality of the customer's data: found, grouped and shown with its faults."""

    _inherit = "res.partner"

    quality_band_ids = ViewMany2many(
        "crm.quality.band",
        relation=BANDED,
        column1="partner_id",
        column2="band_id",
        string="Data Quality",
        groups=GROUP,
    )
    quality_score_ids = fields.One2many(
        "crm.quality.score",
        "partner_id",
        readonly=True,
        groups=GROUP,
    )
    quality_fault_ids = fields.One2many(
        "crm.quality.fault",
        "partner_id",
        string="Faults",
        domain=[("state", "=", "open")],
        readonly=True,
        groups=GROUP,
    )

    def get_quality(self):
        """The customer's quality for the page Profile.

        :return: {"score", "completeness", "validity", "freshness", "band", "color",
            "is_steward", "faults": [{"id", "field", "wrong", "remedy", "severity",
            "proposal"}]}; an empty dict for those who are not judged
        """
        self.ensure_one()
        self._check_profile_access("read")
        self._judge_if_changed()
        score = self.env["crm.quality.score"].search([("partner_id", "=", self.id)])
        if not score:
            return {}
        codes = self.env["crm.quality.fault"]._fields["code"]
        words = dict(codes._description_selection(self.env))
        return {
            "score": score.score,
            "completeness": score.completeness,
            "validity": score.validity,
            "freshness": score.freshness,
            "band": score.band_id.name or "",
            "color": score.band_id.color,
            "is_steward": self.env.user.has_group("crm_extended.group_steward"),
            "faults": [
                {
                    "id": fault.id,
                    "field": fault._get_label(),
                    "wrong": words.get(fault.code, fault.code),
                    "remedy": fault.remedy or "",
                    "severity": int(fault.severity),
                    "proposal": fault.proposal or "",
                    "stale": fault.code == "stale",
                }
                for fault in self.quality_fault_ids.sorted("severity", reverse=True)
            ],
        }

    @api.private
    def _judge_if_changed(self):
        """Who looks at the page sees the state of now, not of the last nightly run."""
        scores = self.env["crm.quality.score"].sudo()
        [score] = scores.search([("partner_id", "=", self.id)]) or [scores]
        if not score or score.seen_write != self.write_date:
            scores._assess(self.ids)
