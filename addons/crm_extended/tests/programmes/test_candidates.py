import random
from unittest.mock import patch

from odoo.fields import Command
from odoo.tests import tagged

from ...models.programmes import sale_order_candidates
from .programme_common import ProgrammeCase

SEED = 2000


@tagged("post_install", "-at_install")
class TestCandidates(ProgrammeCase):
    """What is left out of the evaluation could not have given anything."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.enterClassContext(patch.object(sale_order_candidates, "FEW", 0))
        cls.rng = random.Random(SEED)
        cls.categories = cls.env["product.category"].create(
            [{"name": f"T {n}"} for n in range(6)]
        )
        cls.categories[3].parent_id = cls.categories[0]
        cls.tags = cls.env["product.tag"].create([{"name": f"T {n}"} for n in range(4)])
        cls.articles = cls.env["product.product"].create(
            [
                cls.article(
                    f"T {n}",
                    5 * n + 1,
                    cls.categories[n % 6],
                    product_tag_ids=[Command.set(cls.tags[n % 4].ids)],
                )
                for n in range(18)
            ]
        )

    def draw_rule(self):
        rng = self.rng
        rule = {
            "reward_point_mode": rng.choice(["order", "money", "unit"]),
            "reward_point_amount": rng.choice([1, 2, 0.5]),
            "minimum_qty": rng.choice([0, 1, 3, 6]),
            "minimum_amount": rng.choice([0, 0, 20, 100, 400]),
        }
        kind = rng.randrange(6)
        if kind in (1, 5):
            products = rng.sample(self.articles.ids, 3)
            rule["product_ids"] = [Command.set(products)]
        if kind in (2, 5):
            rule["product_category_id"] = rng.choice(self.categories.ids)
        if kind == 3:
            rule["product_tag_id"] = rng.choice(self.tags.ids)
        if kind == 4:
            price = rng.choice([10, 40, 80])
            rule["product_domain"] = f"[('list_price', '>', {price})]"
        return rule

    def draw_program(self, number):
        rng = self.rng
        kind = rng.choice(["promotion", "promotion", "loyalty", "next_order_coupons"])
        applies = {"promotion": "current", "loyalty": "both"}.get(kind, "future")
        dates = rng.choice([{}, {}, {"date_to": "2020-01-01"}])
        return self.make_program(
            name=f"T {number}",
            program_type=kind,
            applies_on=applies,
            trigger="auto",
            rules=[self.draw_rule() for _n in range(rng.choice([1, 1, 2]))],
            rewards=[{"discount": 5, "required_points": 1}],
            crm_segment_ids=rng.choice([False, False, [Command.set(self.segment.ids)]]),
            **dates,
        )

    def outcome(self, order):
        """What an evaluation leaves on the order, in a savepoint that is undone."""
        savepoint = self.env.cr.savepoint()
        order._update_programs_and_rewards()
        self.env.flush_all()
        entries = sorted(
            (entry.coupon_id.program_id.id, round(entry.points, 2))
            for entry in order.coupon_point_ids
        )
        applied = sorted(order.applied_coupon_ids.ids)
        offered = sorted(
            reward.id for rs in order._get_claimable_rewards().values() for reward in rs
        )
        savepoint.close(rollback=True)
        self.env.invalidate_all()
        return entries, applied, offered

    def test_random_programmes_and_orders_come_out_as_without_the_filter(self):
        programs = [self.draw_program(number) for number in range(60)]
        programs = self.env["loyalty.program"].concat(*programs)
        self.join(self.jan)
        members = programs.filtered(lambda p: p.program_type == "loyalty")
        self.env["loyalty.card"].create(
            {"program_id": members[0].id, "partner_id": self.jan.id, "points": 50}
        )
        everything = patch.object(
            type(self.env["sale.order"]),
            "_get_possible_programs",
            lambda order: order.env["loyalty.program"].search([]).ids,
        )
        fitting = 0
        for turn in range(25):
            chosen = self.rng.sample(list(self.articles), self.rng.randint(0, 4))
            order = self.make_order(
                *((product, self.rng.choice([-1, 1, 2, 5])) for product in chosen),
                partner=self.rng.choice([self.anna, self.jan]),
            )
            with self.subTest(seed=SEED, turn=turn):
                ours = self.outcome(order)
                fitting += len(order._get_possible_programs())
                with everything:
                    self.assertEqual(self.outcome(order), ours)
        self.assertLess(fitting, 25 * 40, "the filter leaves something out at all")

    def test_what_was_applied_is_looked_at_though_it_fits_no_more(self):
        program = self.make_promotion(5, rules=[{"minimum_amount": 15}])
        order = self.make_order((self.book, 1))
        order._update_programs_and_rewards()
        self.assertEqual(order._get_points_programs(), program)
        order.order_line[0].product_id = self.string
        order._update_programs_and_rewards()
        self.assertFalse(order._get_points_programs())

    def test_a_code_is_refused_with_odoos_own_reason(self):
        self.make_program(
            name="T Code",
            program_type="promo_code",
            applies_on="current",
            trigger="with_code",
            rules=[{"mode": "with_code", "code": "T-BIG", "minimum_amount": 500}],
            rewards=[{"discount": 5, "discount_mode": "percent"}],
        )
        order = self.make_order((self.book, 1))
        order._update_programs_and_rewards()
        self.assertIn("minimum of 500", order._try_apply_code("T-BIG")["error"])

    def test_the_number_of_queries_does_not_grow_with_programmes(self):
        for number in range(30):
            rules = [{"product_ids": [Command.set(self.piano.ids)]}]
            self.make_promotion(number + 1, rules=rules)
        order = self.make_order((self.book, 1))
        order._update_programs_and_rewards()
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        order._update_programs_and_rewards()
        few = self.env.cr.sql_log_count - before
        for number in range(60):
            rules = [{"product_ids": [Command.set(self.piano.ids)]}]
            self.make_promotion(number + 1, rules=rules)
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        order._update_programs_and_rewards()
        self.assertLessEqual(self.env.cr.sql_log_count - before, few + 1)
