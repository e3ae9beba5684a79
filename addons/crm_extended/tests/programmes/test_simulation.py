import random

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged

from .programme_common import ProgrammeCase

SEED = 1908


@tagged("post_install", "-at_install")
class TestSimulation(ProgrammeCase):
    def try_out(self, program, **values):
        run = self.env["crm.loyalty.simulation"].create(
            {
                "program_id": program.id,
                "date_from": "2026-01-01",
                "date_to": "2026-03-31",
                **values,
            }
        )
        run._run()
        self.assertEqual(run.state, "done", run.error)
        return run

    def past_order(self, *lines, day="2026-02-10", partner=None):
        order = self.make_order(*lines, partner=partner)
        order.write({"state": "sale", "date_order": f"{day} 10:00:00"})
        return order

    def test_it_counts_orders_of_the_days_and_writes_no_card(self):
        club = self.make_club()
        self.past_order((self.book, 2))
        self.past_order((self.string, 1), day="2026-03-31", partner=self.jan)
        self.past_order((self.book, 2), day="2026-04-01")
        self.make_order((self.book, 9))
        run = self.try_out(club)
        self.assertEqual((run.order_count, run.hit_count), (2, 2))
        self.assertEqual((run.points, run.reached_count), (50, 2))
        self.assertEqual(run.revenue, 50)
        self.assertFalse(club.coupon_ids)
        months = {row["month"]: row["points"] for row in run.chart["months"]}
        self.assertEqual(months, {"2026-02": 40, "2026-03": 10})

    def test_random_orders_give_the_points_that_odoo_counts(self):
        rng = random.Random(SEED)
        articles = [self.string, self.book, self.piano]
        for turn in range(12):
            rules = [
                {
                    "reward_point_mode": rng.choice(["order", "money", "unit"]),
                    "reward_point_amount": rng.choice([1, 0.37, 3]),
                    "minimum_qty": rng.choice([0, 1, 4]),
                    "minimum_amount": rng.choice([0, 25, 300]),
                    "product_category_id": rng.choice([False, self.books.id]),
                    "product_ids": rng.choice(
                        [False, [Command.set((self.string | self.piano).ids)]]
                    ),
                }
                for _n in range(rng.choice([1, 2]))
            ]
            club = self.make_club(rules=rules)
            orders = [
                self.make_order(
                    *(
                        (article, rng.choice([-1, 0.333, 1, 3, 7]))
                        for article in rng.sample(articles, rng.randint(1, 3))
                    ),
                    partner=rng.choice([self.anna, self.jan]),
                )
                for _n in range(15)
            ]
            expected = [
                order._program_check_compute_points(club)[club]["points"][0]
                for order in orders
            ]
            for order in orders:
                order.write({"state": "sale", "date_order": "2026-02-01 10:00:00"})
            run = self.try_out(club)
            with self.subTest(seed=SEED, turn=turn):
                self.assertAlmostEqual(
                    run.points, sum(max(points, 0) for points in expected), places=2
                )
            self.env["sale.order"].concat(*orders).write({"state": "cancel"})

    def test_multipliers_hold_as_on_the_day_of_the_order(self):
        club = self.make_club()
        self.env["crm.loyalty.multiplier"].create(
            {
                "name": "T Friends",
                "program_id": club.id,
                "factor": 2,
                "segment_ids": [Command.set(self.segment.ids)],
            }
        )
        self.join(self.anna, since="2026-02-01", until="2026-03-01")
        for day in ("2026-01-31", "2026-02-01", "2026-03-01"):
            self.past_order((self.book, 1), day=day)
        run = self.try_out(club)
        self.assertEqual((run.base_points, run.points), (60, 80))

    def test_the_budget_ends_on_its_day(self):
        club = self.make_club(crm_budget_points=50)
        for day in ("2026-01-10", "2026-02-10", "2026-03-10"):
            self.past_order((self.book, 1), (self.string, 1), day=day)
        run = self.try_out(club)
        self.assertEqual((run.points, run.cut_points), (50, 40))
        self.assertEqual(str(run.spent_on), "2026-02-10")

    def test_points_cost_what_they_are_worth_and_discounts_what_they_save(self):
        club = self.make_club()
        club.crm_point_value = 0.05
        self.past_order((self.book, 5))
        run = self.try_out(club)
        self.assertAlmostEqual(run.cost, 5)
        self.assertAlmostEqual(run.cost_share, 5)
        self.assertAlmostEqual(self.try_out(self.make_promotion(10)).cost, 10)

    def test_by_segment_with_those_in_none(self):
        club = self.make_club()
        self.join(self.anna)
        self.past_order((self.book, 3))
        self.past_order((self.book, 1), partner=self.jan)
        run = self.try_out(club)
        found = {line.segment_id: (line.points, line.share) for line in run.line_ids}
        self.assertEqual(found[self.segment], (60, 75))
        self.assertEqual(found[self.env["crm.segment"]], (20, 25))

    def test_another_question_takes_the_answer_away(self):
        run = self.try_out(self.make_club())
        run.date_to = "2026-02-28"
        self.assertEqual((run.state, run.chart), ("draft", False))

    def test_a_programme_that_cannot_be_tried_says_why(self):
        wallet = self.env["loyalty.program"].create(
            {"name": "T Wallet", "program_type": "ewallet"}
        )
        run = self.env["crm.loyalty.simulation"].create({"program_id": wallet.id})
        with self.assertRaisesRegex(UserError, "sells money in advance"):
            run.action_start()

    def test_only_the_work_writes_the_answer(self):
        self.make_users()
        club = self.make_club()
        runs = self.env["crm.loyalty.simulation"].with_user(self.manager)
        with self.assertRaises(AccessError):
            runs.create({"program_id": club.id, "points": 10**6})
        run = runs.create({"program_id": club.id})
        with self.assertRaises(AccessError):
            run.cost = 0
        with self.assertRaises(AccessError):
            run.with_user(self.user).action_start()
