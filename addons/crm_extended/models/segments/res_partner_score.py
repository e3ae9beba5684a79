from odoo import api, models
from odoo.fields import Domain

from ...view_relation import ViewMany2many
from .crm_score_band import PLACES

GROUP = "crm_extended.group_customer_user"


class ResPartner(models.Model):
    """The customer's scores as columns that are listed, filtered and grouped by."""

    _inherit = "res.partner"

    score_band_ids = ViewMany2many(
        "crm.score.band",
        relation=PLACES,
        column1="partner_id",
        column2="band_id",
        string="Score Bands",
        groups=GROUP,
    )

    @api.model
    def _get_score_columns(self):
        """Override to show scores as columns: {name of a Float: code of score}."""
        return {}

    @api.depends("score_value_ids.value")
    @api.depends_context("company")
    def _compute_score_columns(self):
        """One query for the page; the company's value goes before a shared one."""
        columns = self._get_score_columns()
        for name in columns:
            self[name] = 0.0
        names = {code: name for name, code in columns.items()}
        domain = Domain("partner_id", "in", self._origin.ids)
        domain &= Domain("score_id.code", "in", list(names))
        domain &= Domain("company_id", "in", [self.env.company.id, False])
        values = self.env["crm.score.value"].search_fetch(
            domain, ["partner_id", "score_id", "company_id", "value"]
        )
        shown = {partner._origin.id: partner for partner in self}
        for value in values.sorted(lambda v: bool(v.company_id)):
            partner = shown[value.partner_id.id]
            partner[names[value.score_id.code]] = value.value

    def _search_score_column(self, name, operator, value):
        """Customers by the value of a score in the company; empty is no value."""
        if operator not in ("in", ">", ">=", "<", "<="):
            return NotImplemented
        mine = Domain("score_id.code", "=", self._get_score_columns()[name])
        mine &= Domain("company_id", "in", [self.env.company.id, False])
        if operator != "in":
            found = mine & Domain("value", operator, value)
            return Domain("score_value_ids", "any", found)
        numbers = [number for number in value if number is not False]
        domain = Domain("score_value_ids", "any", mine & Domain("value", "in", numbers))
        if len(numbers) < len(value):
            domain |= Domain("score_value_ids", "not any", mine)
        return domain
