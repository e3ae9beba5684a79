from datetime import timedelta

from odoo import api, fields, models

SOON = 60  # days in which lots are said to expire
LOTS = 10


class CustomerPage(models.AbstractModel):
    """The customer's points, level, rewards, badges and link."""

    _inherit = "crm.customer.page"

    @api.model
    def _get_card_domain(self, partner):
        """The person's own cards and the company's, not those of colleagues."""
        owners = partner | partner.commercial_partner_id
        return [
            ("partner_id", "in", owners.ids),
            ("program_id.active", "=", True),
            ("program_id.program_type", "in", ("loyalty", "ewallet")),
            ("program_id.company_id", "in", [False, *self.env.user.company_ids.ids]),
        ]

    @api.model
    def _get_loyalty(self, partner):
        # sudo: the domain says whose; customers have no right to the models
        page = self.sudo()
        cards = page.env["loyalty.card"].search(page._get_card_domain(partner))
        codes = page.env["crm.referral.code"].search(
            [
                ("partner_id", "=", partner.commercial_partner_id.id),
                ("company_id", "=", self.env.company.id),
            ],
            limit=1,
        )
        return {
            "cards": cards,
            "lots": page._get_expiring(cards),
            "tiers": page._get_tiers(partner),
            "rewards": page._get_rewards(cards),
            "badges": page.env["crm.loyalty.badge"]._get_progress(partner),
            "code": codes,
            "can_refer": bool(page.env["crm.referral.program"]._get_current()),
        }

    @api.model
    def _get_expiring(self, cards):
        now = fields.Datetime.now()
        return self.env["crm.loyalty.lot"].search(
            [
                ("card_id", "in", cards.ids),
                ("remaining", ">", 0),
                ("expires_at", ">", now),
                ("expires_at", "<=", now + timedelta(days=SOON)),
            ],
            limit=LOTS,
        )

    @api.model
    def _get_tiers(self, partner):
        """[(ladder, name of the level, percent, words)] of who takes part."""
        ladders = self.env["crm.loyalty.tier"].search(
            [("state", "=", "running"), ("company_id", "=", self.env.company.id)]
        )
        told = []
        for ladder in ladders:
            way = ladder._get_progress(partner).get(partner.id)
            if way:
                levels = self.env["crm.loyalty.tier.level"].browse(way["level_id"])
                percent = round(100 * way["share"])
                told.append((ladder, levels.name or "", percent, way["text"]))
        return told

    @api.model
    def _get_rewards(self, cards):
        """[(reward, card, points that are missing, percent)], the nearest first."""
        rows = []
        for card in cards.filtered(lambda c: c.program_id.program_type == "loyalty"):
            for reward in card.program_id.reward_ids.filtered("active"):
                need = reward.required_points
                left = max(need - card.available_points, 0.0)
                share = min(card.available_points / need, 1.0) if need else 1.0
                rows.append((reward, card, left, round(100 * max(share, 0.0))))
        return sorted(rows, key=lambda row: (row[2], row[0].id))

    @api.model
    def _make_code(self, user):
        """Give the customer a link, if the company has a referral programme."""
        if self.env["crm.referral.program"]._get_current():
            self.env["crm.referral.code"]._get_codes(user.partner_id)

    @api.model
    def _make_statement(self, user, card_id, first, last):
        """The statement of an own card as PDF, None for any other."""
        page = self.sudo()
        domain = [*page._get_card_domain(user.partner_id), ("id", "=", card_id)]
        card = page.env["loyalty.card"].search(domain)
        if not card:
            return None
        statement = page.env["crm.loyalty.statement"].create(
            {"card_id": card.id, "date_from": first, "date_to": last}
        )
        report = "crm_extended.report_loyalty_statement"
        content, _kind = page.env["ir.actions.report"]._render_qweb_pdf(
            report, res_ids=statement.ids
        )
        return content
