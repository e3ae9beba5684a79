from odoo import api, fields, models
from odoo.tools import format_date


class LoyaltyTier(models.Model):
    """How far members are from the next level, in numbers and in words."""

    _inherit = "crm.loyalty.tier"

    @api.private
    def _get_progress(self, partners, on_date=None):
        """The way to the next level; one query for any number of customers.

        :param partners: `res.partner`; their commercial entities count
        :return: ``{partner id: {"level_id", "next_level_id", "share" (0 to 1), "rules":
            [{"text", "value", "minimum", "left"}], "text"}}`` of who takes part.
            `next_level_id` is None on the highest level.
        """
        self.ensure_one()
        tier = self.sudo()
        day = fields.Date.to_date(on_date) or fields.Date.context_today(tier)
        customers = partners.sudo().commercial_partner_id
        self.env.flush_all()
        rows = self.env.execute_query_dict(
            tier._get_values(day, tuple(customers._origin.ids))
        )
        stays = self.env["crm.loyalty.tier.member"].sudo()
        stays = stays.search_fetch(
            [
                ("tier_id", "=", self.id),
                ("partner_id", "in", customers._origin.ids),
                ("valid_to", "=", False),
            ],
            ["partner_id", "level_id", "keep_until"],
        )
        held = {stay.partner_id.id: stay for stay in stays}
        numbers = {row["partner_id"]: row for row in rows}
        found = {}
        for partner in partners:
            customer = partner.sudo().commercial_partner_id._origin
            if customer.id in numbers:
                stay = held.get(customer.id, stays.browse())
                found[partner.id] = tier._tell_progress(stay, numbers[customer.id], day)
        return found

    def _tell_progress(self, stay, numbers, day):
        levels = self._get_ranked()
        rank = 0
        if stay.level_id in levels:
            rank = levels.ids.index(stay.level_id.id) + 1
        answer = {
            "level_id": stay.level_id.id or None,
            "next_level_id": None,
            "share": 1.0,
            "rules": [],
            "text": self.env._("The highest level is reached."),
        }
        if rank and numbers["fits"] < rank and stay.keep_until:
            answer["text"] = self.env._(
                "%(level)s is kept until %(day)s; renew it before.",
                level=stay.level_id.name,
                day=format_date(self.env, stay.keep_until),
            )
            target = levels[rank - 1]
        elif rank < len(levels):
            target = levels[rank]
        else:
            return answer
        rules = [rule._tell_left(numbers) for rule in target.rule_ids]
        shares = [rule["share"] for rule in rules]
        best = max if target.match == "any" else min
        answer["share"] = best(shares) if shares else 1.0
        answer["rules"] = rules
        if rank < len(levels):
            answer["next_level_id"] = levels[rank].id
        missing = [rule["left"] for rule in rules if rule["left"]]
        glue = self.env._(" or ") if target.match == "any" else ", "
        if missing:
            words = self.env._(
                "To %(level)s: %(missing)s",
                level=target.name,
                missing=glue.join(missing),
            )
            kept = answer["text"] if target == stay.level_id else ""
            answer["text"] = " ".join(filter(None, [kept, words]))
            if self.period != "rolling":
                _first, last = self._get_period().window(day)
                answer["text"] += self.env._(
                    " by %(day)s", day=format_date(self.env, last)
                )
        elif target != stay.level_id:
            answer["text"] = self.env._(
                "%(level)s is reached and comes with the next evaluation.",
                level=target.name,
            )
        return answer


class LoyaltyTierRule(models.Model):
    _inherit = "crm.loyalty.tier.rule"

    def _tell_left(self, numbers):
        """What of the rule is there and what is missing."""
        self.ensure_one()
        value = float(numbers[f"r{self.id}"])
        need = 1.0 if self.kind == "segment" else self.minimum
        left = ""
        if value < need:
            left = (
                self._describe()
                if self.kind == "segment"
                else self.env._("%(amount)s more", amount=self._tell(need - value))
            )
        return {
            "text": self._describe(),
            "value": value,
            "minimum": need,
            "share": min(max(value / need, 0.0), 1.0) if need else 1.0,
            "left": left,
        }


class LoyaltyTierMember(models.Model):
    _inherit = "crm.loyalty.tier.member"

    progress = fields.Float(
        compute="_compute_progress", help="Of the way to the next level, in percent"
    )
    progress_text = fields.Char(string="Next Level", compute="_compute_progress")

    @api.depends("level_id", "keep_until", "valid_to")
    def _compute_progress(self):
        """One query per ladder, whatever the number of members on the page."""
        self.progress = 0.0
        self.progress_text = False
        current = self.filtered(lambda stay: stay.id and not stay.valid_to)
        for tier, stays in current.grouped("tier_id").items():
            found = tier._get_progress(stays.partner_id)
            for stay in stays:
                if way := found.get(stay.partner_id.id):
                    stay.progress = 100.0 * way["share"]
                    stay.progress_text = way["text"]
