from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

MANY = 100_000


class CrmSegmentAddition(models.TransientModel):
    """Puts the customers chosen in a list on the list of a segment, or takes them off.

    A segment that is chosen so for the first time gets the condition Chosen by Hand.
    """

    _name = "crm.segment.addition"
    _description = "Add Customers to a Segment"

    segment_id = fields.Many2one("crm.segment", help="Empty: a new one is made")
    name = fields.Char(string="New Segment")
    note = fields.Char(string="Why", help="Told as the reason of the membership")
    remove = fields.Boolean(string="Take Them Off the List")
    partner_ids = fields.Many2many("res.partner", string="Customers")
    partner_count = fields.Integer(compute="_compute_partner_count")
    joins = fields.Boolean(compute="_compute_joins")

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        context = self.env.context
        if context.get("active_model") == "res.partner" and "partner_ids" in fields:
            ids = context.get("active_ids") or []
            values["partner_ids"] = [Command.set(ids[:MANY])]
        return values

    @api.depends("partner_ids")
    def _compute_partner_count(self):
        for addition in self:
            addition.partner_count = len(addition.partner_ids)

    @api.depends("segment_id")
    def _compute_joins(self):
        """Whether the segment does not look at its list yet."""
        for addition in self:
            segment = addition.segment_id
            addition.joins = bool(segment) and not segment._has_list()

    def action_apply(self):
        """Change the list and show it."""
        self.ensure_one()
        if not self.partner_ids:
            raise UserError(self.env._("Choose customers in the list first."))
        picks = self.env["crm.segment.pick"]
        if self.remove:
            if not self.segment_id:
                raise UserError(
                    self.env._("Choose the segment from whose list they are taken.")
                )
            picks.search(
                [
                    ("segment_id", "=", self.segment_id.id),
                    ("partner_id", "in", self.partner_ids.ids),
                ]
            ).unlink()
            return self.segment_id.action_open_picks()
        segment = self.segment_id or self._make_segment()
        segment._give_list()
        picks._add(segment, self.partner_ids, self.note)
        return segment.action_open_picks()

    def _make_segment(self):
        if not (self.name or "").strip():
            raise UserError(
                self.env._("Choose a segment, or enter the name of a new one.")
            )
        return self.env["crm.segment"].create({"name": self.name.strip()})
