from datetime import date, timedelta

import psycopg2

from odoo import Command, fields
from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .tier_common import DAY, TierCase


@tagged("post_install", "-at_install")
class TestBadge(TierCase):
    def badge(self, rules, **vals):
        rules = [Command.create(rule) for rule in rules]
        badge = self.env["crm.loyalty.badge"].create(
            {"name": "Regular", "rule_ids": rules, **vals}
        )
        badge.action_start()
        return badge

    def owners(self, badge):
        badge.invalidate_recordset()
        return badge.award_ids.partner_id & (self.ann + self.ben + self.cyd)

    def test_a_badge_is_earned_once(self):
        badge = self.badge([{"kind": "orders", "minimum": 2}])
        for days in range(2):
            self.buy(self.ann, 10, DAY - timedelta(days=days))
        self.buy(self.ben, 10)
        badge._award(DAY)
        self.assertEqual(self.owners(badge), self.ann)
        self.assertEqual(badge._award(DAY + timedelta(days=1)), 0)
        self.assertIn(
            "2", badge.award_ids.filtered(lambda a: a.partner_id == self.ann).reason
        )

    def test_a_monthly_badge_is_earned_anew_by_what_happened_in_the_month(self):
        badge = self.badge([{"kind": "spend", "minimum": 100}], repeat="month")
        self.buy(self.ann, 150, date(2026, 2, 3))
        badge._award(date(2026, 2, 28))
        badge._award(date(2026, 3, 10))
        self.assertEqual(len(self.mine(badge)), 1, "bought in February")
        self.buy(self.ann, 120, date(2026, 3, 11))
        badge._award(date(2026, 3, 12))
        self.assertEqual(
            sorted(self.mine(badge).mapped("occasion")), ["2026-02", "2026-03"]
        )

    def mine(self, badge):
        return badge.award_ids.filtered(lambda award: award.partner_id == self.ann)

    def test_a_challenge_counts_between_its_days_only(self):
        badge = self.badge(
            [{"kind": "orders", "minimum": 1}],
            date_from=date(2026, 3, 1),
            date_to=date(2026, 3, 31),
        )
        self.buy(self.ann, 10, date(2026, 2, 28))
        self.assertFalse(badge._award(DAY) and self.owners(badge))
        self.buy(self.ben, 10)
        self.assertEqual(badge._award(date(2026, 4, 1)), 0, "it is over")
        badge._award(DAY)
        self.assertEqual(self.owners(badge), self.ben)

    def test_a_streak_is_months_without_a_gap(self):
        badge = self.badge([{"kind": "streak", "minimum": 3}])
        for month in (11, 12):
            self.buy(self.ann, 10, date(2025, month, 5))
        for month in (1, 2):
            self.buy(self.ann, 10, date(2026, month, 5))
        for month in (10, 11):
            self.buy(self.ben, 10, date(2025, month, 5))
        self.buy(self.ben, 10, date(2026, 1, 5))
        badge._award(DAY)
        self.assertEqual(self.owners(badge), self.ann)

    def test_categories_events_and_levels_are_counted(self):
        categories = self.env["product.category"].create(
            [{"name": name} for name in ("Strings", "Bows")]
        )
        for category in categories:
            self.buy(self.ann, 10).categ_id = category
        self.buy(self.ben, 600).categ_id = categories[0]
        several = self.badge([{"kind": "categories", "minimum": 2}])
        self.evaluate()
        on_level = self.badge([{"kind": "level", "level_id": self.silver.id}])
        kind = self.env.ref("crm_extended.loyalty_event_kind_visit")
        self.env["crm.loyalty.event"]._happened(
            "visit", [{"partner_id": self.cyd.id, "key": "h3-visit"}]
        )
        visit = self.badge([{"kind": "events", "event_kind_id": kind.id}])
        today = fields.Date.context_today(visit)
        for badge in several + on_level + visit:
            badge._award(today)
        self.assertEqual(self.owners(several), self.ann)
        self.assertEqual(self.owners(on_level), self.ben)
        self.assertEqual(self.owners(visit), self.cyd)

    def test_a_prize_is_points_and_a_coupon_once(self):
        coupons = self.coupons("Prize")
        badge = self.badge(
            [{"kind": "spend", "minimum": 100}],
            prize_points=50,
            prize_program_id=self.program.id,
            coupon_program_id=coupons.id,
        )
        self.buy(self.ann, 150)
        run = self.env["crm.loyalty.badge.run"].create({"badge_ids": badge.ids})
        for _time in range(2):
            run._run()
            self.assertEqual(run.state, "done", run.error)
        card = self.program._get_member_cards(self.ann)[self.ann.id]
        self.assertEqual(card.points, 50)
        self.assertEqual(
            len(coupons.coupon_ids.filtered(lambda c: c.partner_id == self.ann)), 1
        )

    def test_progress_tells_how_far_a_customer_is(self):
        badge = self.badge([{"kind": "orders", "minimum": 4}])
        today = fields.Date.context_today(badge)
        self.buy(self.ann, 10, today)
        [told] = [b for b in self.ann.loyalty_badges if b["id"] == badge.id]
        self.assertEqual(told["share"], 0.25)
        self.assertEqual(told["text"], "3 purchases more")
        self.assertEqual(told["awards"], 0)

    def test_an_award_is_kept_as_it_was_given(self):
        badge = self.badge([{"kind": "orders"}])
        self.buy(self.ann, 10)
        badge._award(DAY)
        award = self.mine(badge)
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(psycopg2.errors.RestrictViolation),
            self.cr.savepoint(),
        ):
            self.env.cr.execute(
                "UPDATE crm_loyalty_badge_award SET day = day + 1 WHERE id = %s",
                [award.id],
            )

    def test_mistakes_are_told(self):
        with self.assertRaisesRegex(UserError, "no rules"):
            self.badge([])
        with self.assertRaisesRegex(ValidationError, "programme"):
            self.badge([{"kind": "orders"}], prize_points=5)
        with self.assertRaisesRegex(ValidationError, "Level"):
            self.badge([{"kind": "level"}])
