from datetime import date

from odoo import api, fields, models
from odoo.tools import SQL, split_every

from ...tiers.period import Period
from . import badge_measures, measures

BATCH = 1000
RUNNING = [("state", "=", "running")]
VALUES = """
    SELECT p.id AS partner_id, %(columns)s
      FROM res_partner p %(joins)s
     WHERE p.active AND p.id = p.commercial_partner_id AND p.partner_share
       AND COALESCE(p.company_id, %(company)s) = %(company)s AND %(chosen)s
"""
AWARD = """
    INSERT INTO crm_loyalty_badge_award
           (badge_id, partner_id, company_id, day, occasion, reason, points)
    SELECT %(badge)s, v.partner_id, %(company)s, %(day)s, %(occasion)s, %(reason)s,
           %(points)s
      FROM (%(values)s) v
     WHERE v.earned
     ORDER BY v.partner_id
        ON CONFLICT (badge_id, partner_id, occasion) DO NOTHING
    RETURNING id
"""


class LoyaltyBadge(models.Model):
    """Badges awarded in sets: one statement finds and stores who earned one."""

    _inherit = "crm.loyalty.badge"

    def _award(self, on_date=None):
        """Award one badge to everyone who earned it, with its prize.

        :return: how many earned it now; none again on the same occasion
        """
        self.ensure_one()
        badge = self.sudo()
        day = fields.Date.to_date(on_date) or fields.Date.context_today(badge)
        if not badge.rule_ids or not badge._is_open(day):
            return 0
        lang = badge.company_id.partner_id.lang or self.env.lang or "en_US"
        badge = badge.with_context(lang=lang)
        self.env.flush_all()
        # rows of measures are guessed too low, and loops over them would be quadratic
        self.env.cr.execute("SET LOCAL enable_nestloop = off")
        rows = self.env.execute_query(
            SQL(
                AWARD,
                badge=badge.id,
                company=badge.company_id.id,
                day=SQL("%s::date", day),
                occasion=badge._get_occasion(day),
                reason=badge._get_reason(),
                points=badge.prize_points,
                values=badge._get_values(day),
            )
        )
        self.env.cr.execute("SET LOCAL enable_nestloop = on")
        awards = self.env["crm.loyalty.badge.award"].sudo()
        awards.invalidate_model(flush=False)
        awards = awards.browse([id_ for (id_,) in rows])
        for some in split_every(BATCH, awards.ids):
            badge._give_prizes(awards.browse(some))
        return len(awards)

    def _is_open(self, day):
        return (not self.date_from or self.date_from <= day) and (
            not self.date_to or day <= self.date_to
        )

    def _get_occasion(self, day):
        """What makes an award one: the badge, its year, or its month."""
        return {"once": "once", "year": f"{day:%Y}", "month": f"{day:%Y-%m}"}[
            self.repeat
        ]

    def _get_scope(self, day, partners=None):
        since = self.date_from or measures.BEGINNING
        if self.repeat != "once":
            since = max(since, Period(self.repeat).window(day)[0])
        return measures.Scope(
            self.company_id.id, max(since, date(1900, 1, 1)), day, partners
        )

    def _get_values(self, day, partners=None):
        """SELECT of `partner_id`, a column `r<rule id>` per rule, and `earned`."""
        scope = self._get_scope(day, partners)
        columns, joins, tests = [], [], []
        for rule in self.rule_ids:
            alias = SQL.identifier(f"r{rule.id}")
            value = SQL("COALESCE(%s, 0)", SQL.identifier(f"r{rule.id}", "value"))
            need = 1 if rule.kind == "level" else rule.minimum
            columns.append(SQL("%s AS %s", value, alias))
            tests.append(SQL("%s >= %s", value, need))
            joins.append(
                SQL(
                    "LEFT JOIN (%s) %s ON %s = p.id",
                    rule._get_measure(scope),
                    alias,
                    SQL.identifier(f"r{rule.id}", "partner_id"),
                )
            )
        glue = SQL(" AND ") if self.match == "all" else SQL(" OR ")
        columns.append(SQL("(%s) AS earned", glue.join(tests) or SQL("FALSE")))
        chosen = SQL("TRUE")
        if partners is not None:
            chosen = SQL("p.id = ANY(%s)", list(partners))
        return SQL(
            VALUES,
            columns=SQL(", ").join(columns),
            joins=SQL(" ").join(joins),
            company=self.company_id.id,
            chosen=chosen,
        )

    def _get_reason(self):
        parts = [
            SQL(
                "trim(to_char(%s, 'FM999G999G999G990')) || ' / ' || %s",
                SQL.identifier("v", f"r{rule.id}"),
                rule._describe(),
            )
            for rule in self.rule_ids
        ]
        return SQL("concat_ws(', ', %s)", SQL(", ").join(parts))

    def _give_prizes(self, awards):
        """Points by the ledger and coupons; repeated, the keys keep it once."""
        self.ensure_one()
        if self.prize_points and self.prize_program_id:
            program = self.prize_program_id.sudo()
            cards = program._get_member_cards(awards.partner_id)
            self.env["crm.loyalty.ledger"].sudo()._earn_many(
                [
                    {
                        "card_id": cards[award.partner_id.id].id,
                        "points": self.prize_points,
                        "key": f"badge/{award.id}",
                        "reason": self.env._("Badge %(name)s", name=self.name),
                        "document": f"{award._name},{award.id}",
                    }
                    for award in awards
                ]
            )
        if self.coupon_program_id:
            coupons = self.env["loyalty.card"].sudo()
            coupons = coupons.with_context(tracking_disable=True).create(
                [
                    {
                        "program_id": self.coupon_program_id.id,
                        "partner_id": award.partner_id.id,
                        "points": self.coupon_points,
                    }
                    for award in awards
                ]
            )
            for award, coupon in zip(awards, coupons, strict=True):
                award.coupon_id = coupon

    # ------------------------------------------------------------------ progress

    @api.model
    def _get_progress(self, partner, on_date=None):
        """What a customer earned and how far the open badges are.

        :param partner: one `res.partner`; its commercial entity counts
        :return: list of `{"id", "name", "description", "image" (bool), "awards",
            "last" (date as text or None), "share" (0 to 1), "text", "until"}` of the
            badges that run, and of those that were earned
        """
        customer = partner.sudo().commercial_partner_id._origin
        day = fields.Date.to_date(on_date) or fields.Date.context_today(self)
        self.env.flush_all()
        awards = self.env["crm.loyalty.badge.award"].sudo()
        awards = awards.search([("partner_id", "=", customer.id)])
        running = self.sudo().search(
            [("state", "=", "running"), ("company_id", "=", self.env.company.id)]
        )
        own = awards.filtered(lambda a: a.company_id == self.env.company)
        return [
            badge._tell_progress(
                own.filtered(lambda a, badge=badge: a.badge_id == badge), customer, day
            )
            for badge in running | own.badge_id
        ]

    def _tell_progress(self, awards, customer, day):
        told = {
            "id": self.id,
            "name": self.name,
            "description": self.description or "",
            "image": bool(self.image_128),
            "awards": len(awards),
            "last": fields.Date.to_string(awards[:1].day) if awards else None,
            "until": fields.Date.to_string(self.date_to) if self.date_to else None,
            "share": 1.0,
            "text": self.env._("Earned"),
        }
        done = self._get_occasion(day) in awards.mapped("occasion")
        if done or self.state != "running" or not self._is_open(day):
            return told if awards else {**told, "share": 0.0, "text": self.rules_text}
        rows = self.env.execute_query_dict(self._get_values(day, (customer.id,)))
        if not rows:
            return {**told, "share": 0.0, "text": self.rules_text}
        parts = [rule._tell_left(rows[0]) for rule in self.rule_ids]
        best = max if self.match == "any" else min
        missing = [part["left"] for part in parts if part["left"]]
        glue = self.env._(" or ") if self.match == "any" else ", "
        return {
            **told,
            "share": best(part["share"] for part in parts),
            "text": glue.join(missing) or self.env._("Earned with the next evaluation"),
        }


class LoyaltyBadgeRule(models.Model):
    _inherit = "crm.loyalty.badge.rule"

    def _get_measure(self, scope):
        """The rule's number of each customer, see `measures`."""
        self.ensure_one()
        special = getattr(badge_measures, self.kind, None)
        return special(scope, self) if special else getattr(measures, self.kind)(scope)

    def _tell_left(self, numbers):
        """What of the rule is there and what is missing."""
        self.ensure_one()
        value = float(numbers[f"r{self.id}"])
        need = 1.0 if self.kind == "level" else self.minimum
        left = ""
        if value < need:
            left = (
                self._describe()
                if self.kind == "level"
                else self.env._("%(amount)s more", amount=self._tell(need - value))
            )
        return {"left": left, "share": min(max(value / need, 0.0), 1.0)}


class LoyaltyBadgeRun(models.Model):
    """One evaluation of badges: how many were earned."""

    _name = "crm.loyalty.badge.run"
    _inherit = ["crm.run.mixin"]
    _description = "Evaluation of Badges"
    _order = "id desc"

    badge_ids = fields.Many2many(
        "crm.loyalty.badge", help="All badges that run, if none is chosen"
    )
    awarded = fields.Integer(readonly=True, copy=False)

    @api.depends("create_date")
    def _compute_display_name(self):
        for run in self:
            run.display_name = self.env._("Badges of %(day)s", day=run._get_day_made())

    def _execute(self):
        badges = self.badge_ids or self.env["crm.loyalty.badge"].sudo().search(RUNNING)
        badges = badges.filtered_domain(RUNNING)
        awarded = 0
        for place, badge in enumerate(badges):
            self._report(place, len(badges), badge.name)
            awarded += badge._award()
        return {"awarded": awarded}

    @api.model
    def _cron_award(self):
        """Queue the nightly evaluation of all badges that run."""
        if self.env["crm.loyalty.badge"].search_count([("state", "=", "running")]):
            self.create({}).action_start()

    @api.autovacuum
    def _gc_runs(self):
        """Runs are a log; three months of it are enough."""
        old = self.search(
            [("create_date", "<", "-90d"), ("state", "not in", ("queued", "running"))],
            limit=1000,
        )
        old.unlink()
        return len(old), len(old)
