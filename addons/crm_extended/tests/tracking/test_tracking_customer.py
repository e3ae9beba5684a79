from datetime import timedelta

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import DAY, TrackingCase


@tagged("post_install", "-at_install")
class TestTrackingCustomer(TrackingCase):
    def test_habit_and_its_lengthening(self):
        """Bought each 30 days, then nothing for 90: thrice the habit."""
        [jana] = self.make_customers("Jana")
        self.buy(jana, 210, 180, 150, 120, 90)
        self.measure()
        track = self.track(jana)
        self.assertEqual(track.usual_interval, 30)
        self.assertEqual(track.waiting, 90)
        self.assertEqual(track.lengthening, 3)
        self.assertIn("3.0 times the habit", track.reason)
        # the rule in words: 0 at one interval, 100 at three
        self.assertEqual((track.risk, track.risk_source), (100, "interval"))

    def test_risk_begins_when_the_usual_interval_has_passed(self):
        jana, petr = self.make_customers("Jana", "Petr")
        self.buy(jana, 90, 60, 30)
        self.buy(petr, 120, 90, 60)
        self.measure()
        self.assertEqual(self.track(jana).risk, 0)
        self.assertEqual(self.track(petr).risk, 50)

    def test_a_probability_model_goes_before_the_interval(self):
        [jana] = self.make_customers("Jana")
        self.buy(jana, 120, 90, 60)
        scores = self.env["crm.score"]
        model = scores.search([("code", "=", "p_alive")], limit=1)
        model = model or scores.create({"name": "Alive", "code": "p_alive"})
        model._store([(jana.id, 0.9, None)], DAY, "test/1", self.company)
        self.measure()
        track = self.track(jana)
        self.assertAlmostEqual(track.risk, 10)
        self.assertEqual(track.risk_source, "model")

    def test_this_year_against_the_year_before(self):
        [jana] = self.make_customers("Jana")
        self.buy(jana, 10, 100, 200, 300)
        self.buy(jana, 40, category=1)
        self.buy(jana, 400, 700)
        self.measure()
        track = self.track(jana)
        self.assertEqual((track.purchase_days, track.purchase_days_before), (5, 2))
        self.assertEqual((track.breadth, track.breadth_before), (2, 1))
        self.assertEqual((track.regularity, track.regularity_before), (4, 2))
        self.assertEqual((track.amount, track.amount_before), (500, 200))
        self.assertAlmostEqual(track.tenure, 700 / 30.4375, 1)

    def test_what_nobody_knows_is_empty_and_no_zero(self):
        [jana] = self.make_customers("Jana")
        self.buy(jana, 10)
        self.measure()
        known = self.track(jana)._get_known()
        self.assertNotIn("satisfaction", known)
        self.assertNotIn("price_share", known)
        self.assertNotIn("lengthening", known)
        score = self.env.ref("crm_extended.score_loyalty_satisfaction")
        self.assertFalse(
            self.env["crm.score.value"].search(
                [("score_id", "=", score.id), ("partner_id", "=", jana.id)]
            )
        )

    def test_bought_cheaper_is_a_share_of_what_was_paid(self):
        """A line with 50% off and one at full price of the same sum paid: half."""
        [jana] = self.make_customers("Jana")
        product = self.env["product.product"].create({"name": "Capo"})
        order = self.env["sale.order"].create(
            {
                "partner_id": jana.id,
                "company_id": self.company.id,
                "order_line": [
                    (
                        0,
                        0,
                        {
                            "product_id": product.id,
                            "price_unit": price,
                            "discount": discount,
                            "tax_ids": [(5, 0, 0)],
                        },
                    )
                    for price, discount in ((100, 50), (50, 0))
                ],
            }
        )
        order.action_confirm()
        order.date_order = f"{DAY - timedelta(days=3)} 12:00:00"
        self.measure()
        self.assertEqual(self.track(jana).price_share, 50)

    def test_an_order_and_its_invoice_count_once(self):
        [jana] = self.make_customers("Jana")
        product = self.env["product.product"].create({"name": "Capo"})
        order = self.env["sale.order"].create(
            {
                "partner_id": jana.id,
                "company_id": self.company.id,
                "order_line": [(0, 0, {"product_id": product.id, "price_unit": 80})],
            }
        )
        order.order_line.tax_ids = False
        order.action_confirm()
        order.date_order = f"{DAY - timedelta(days=3)} 12:00:00"
        self.measure()
        self.assertEqual(self.track(jana).amount, 80)

    def test_satisfaction_is_the_mean_of_what_was_said(self):
        jana, petr = self.make_customers("Jana", "Petr")
        self.buy(jana, 10)
        self.buy(petr, 10)
        model = self.env["ir.model"]._get_id("res.partner")
        rating = self.env["rating.rating"].create(
            {
                "partner_id": jana.id,
                "rating": 5,
                "consumed": True,
                "res_model_id": model,
                "res_id": jana.id,
            }
        )
        rating.rated_on = DAY - timedelta(days=5)
        self.env["crm.interaction"].create(
            {
                "partner_id": jana.id,
                "date": DAY - timedelta(days=4),
                "direction": "in",
                "channel": "survey",
                "outcome": "3/5 by mail",
            }
        )
        self.measure()
        track = self.track(jana)
        self.assertEqual(track.satisfaction, 75)
        self.assertEqual((track.engagement, track.contacts_in), (1, 1))
        self.assertEqual(track.driver_service, 75)

    def test_measured_again_nothing_is_there_twice(self):
        [jana] = self.make_customers("Jana")
        self.buy(jana, 10, 40)
        self.measure()
        self.measure()
        self.assertEqual(len(self.track(jana)), 1)
        self.assertEqual(len(self.group(kind="all")), 1)

    def test_scores_hold_for_segments(self):
        [jana] = self.make_customers("Jana")
        self.buy(jana, 210, 180, 150, 120, 90)
        self.measure()
        score = self.env.ref("crm_extended.score_loyalty_risk")
        value = self.env["crm.score.value"].search(
            [
                ("score_id", "=", score.id),
                ("partner_id", "=", jana.id),
                ("company_id", "=", self.company.id),
            ]
        )
        self.assertEqual(value.value, 100)
        self.assertIn("90", value.evidence_text)

    def test_the_form_tells_the_story_in_few_queries(self):
        customers = self.make_customers(*"ABCDEFGH")
        for customer in customers:
            self.buy(customer, 10, 40, 70)
        self.measure()
        user = self.make_user("track_form", "crm_extended.group_customer_user")
        story = customers[0].with_user(user).loyalty_story
        self.assertEqual(story["group"], "All Customers")
        self.assertEqual(len(story["drivers"]), 4)
        self.env.invalidate_all()
        stranger = self.make_customers("Nobody")
        self.assertFalse(stranger.with_user(user).loyalty_story)

    def test_who_sees_loyalty(self):
        [jana] = self.make_customers("Jana")
        self.buy(jana, 10, 40)
        run = self.measure()
        nobody = self.make_user("track_0", "base.group_user")
        seller = self.make_user("track_1", "crm_extended.group_customer_user")
        loyal = self.make_user("track_2", "crm_extended.group_loyalty_user")
        manager = self.make_user("track_3", "crm_extended.group_loyalty_manager")
        track, group = self.track(jana), self.group(kind="all")
        matrix = {nobody: "", seller: "T", loyal: "TGR", manager: "TGRW"}
        for user, rights in matrix.items():
            with self.subTest(user=user.login):
                self.assertEqual(
                    track.with_user(user).has_access("read"), "T" in rights
                )
                self.assertEqual(
                    group.with_user(user).has_access("read"), "G" in rights
                )
                self.assertEqual(run.with_user(user).has_access("read"), "R" in rights)
                self.assertEqual(run.with_user(user).has_access("write"), "W" in rights)
                with self.assertRaises(AccessError):
                    track.with_user(user).write({"loyalty": 100})

    def test_another_company_sees_nothing(self):
        [jana] = self.make_customers("Jana")
        self.buy(jana, 10, 40)
        self.measure()
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        user = self.make_user("track_away", "crm_extended.group_loyalty_manager")
        user.write({"company_ids": [(6, 0, elsewhere.ids)], "company_id": elsewhere.id})
        env = self.env(user=user, context={"allowed_company_ids": elsewhere.ids})
        for name in ("track", "group", "profit", "track.run"):
            self.assertFalse(
                env[f"crm.loyalty.{name}"].search(
                    [("company_id", "=", self.company.id)]
                ),
                name,
            )
