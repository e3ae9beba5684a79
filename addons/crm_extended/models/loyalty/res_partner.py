from odoo import api, fields, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    loyalty_text = fields.Char(
        string="Points", compute="_compute_loyalty_text", help="By programme"
    )

    def _compute_loyalty_text(self):
        cards = self.env["loyalty.card"]
        readable = cards.has_access("read")
        found = readable and cards.search(
            [
                ("partner_id", "in", self._origin.ids),
                ("program_id.program_type", "in", ("loyalty", "ewallet")),
            ]
        )
        by_partner = found.grouped("partner_id") if found else {}
        for partner in self:
            own = by_partner.get(partner._origin, cards)
            partner.loyalty_text = ", ".join(
                f"{card.program_id.name}: {card.points_display}" for card in own
            )

    @api.readonly
    def action_open_loyalty_cards(self):
        """The customer's cards with their points."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_extended.action_loyalty_member"
        )
        return {**action, "domain": [("partner_id", "=", self.id)], "context": {}}
