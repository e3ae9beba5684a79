from odoo import api, models


class LoyaltyMerge(models.AbstractModel):
    """Cards of merged customers: points move with their lots, and back again."""

    _inherit = "crm.loyalty.ledger"

    @api.model
    def _merge_cards(self):
        """Carry the points of `pg_temp.crm_merge_points` to the cards that stay.

        What an order holds at the same moment is free again; an order that is confirmed
        meanwhile meets the merge on the account, and one of them is done again.
        """
        self.env.cr.execute("SELECT id, kept_id, merge_id FROM crm_merge_points")
        cards = self.env["loyalty.card"].sudo()
        for card, kept, merge in self.env.cr.fetchall():
            self._carry(cards.browse(card), cards.browse(kept), f"merge/{merge}/{card}")

    @api.model
    def _part_cards(self):
        """Give back what `pg_temp.crm_merge_given` says, of what is still there."""
        self.env.cr.execute(
            """SELECT journal_id, kept_id, card_id, points FROM crm_merge_given
                WHERE reason IS DISTINCT FROM 'gone' AND points > 0
                ORDER BY journal_id"""
        )
        cards = self.env["loyalty.card"].sudo()
        for journal, kept, card, points in self.env.cr.fetchall():
            kept = cards.browse(kept)
            state = self._get_state(kept)
            units = min(kept._to_units(float(points)), state["balance"] - state["held"])
            if units > 0:
                self._transfer(
                    kept,
                    cards.browse(card),
                    units,
                    f"parted/{journal}",
                    anyhow=True,
                    flow="merge",
                )

    @api.model
    def _carry(self, card, kept, key):
        self._transfer(card, kept, None, key, everything=True, flow="merge")


class MergePartnerWizard(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    def _merge_loyalty_cards(self, src_partners, dst_partner):
        """Odoo's dialog: points move to the remaining card before Odoo sums them up."""
        cards = self.env["loyalty.card"].sudo()
        found = cards.search(
            [("partner_id", "in", (src_partners | dst_partner).ids)]
        ).filtered("program_id.is_nominative")
        ledger = self.env["crm.loyalty.ledger"]
        for same in found.grouped("program_id").values():
            kept = same.filtered(lambda c: c.partner_id == dst_partner)[:1]
            kept = kept or same[:1]
            for card in same - kept:
                ledger._carry(card, kept, f"dialog/{card.id}/{kept.id}")
        return super()._merge_loyalty_cards(src_partners, dst_partner)
