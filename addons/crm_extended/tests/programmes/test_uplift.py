import random

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ...earning import uplift
from .programme_common import ProgrammeCase


@tagged("post_install", "-at_install")
class TestUplift(ProgrammeCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.club = cls.make_club(crm_control_share=30)
        cls.club.crm_control_since = "2036-01-01"
        cls.people = cls.env["res.partner"].create(
            [{"name": f"T {n}"} for n in range(500)]
        )
        cls.source = cls.env["crm.source"].create({"name": "T Till", "code": "t_till"})

    def buy(self, amounts, day):
        """Imported purchases: {customer: amount}."""
        self.env["crm.purchase"].create(
            [
                {
                    "source_id": self.source.id,
                    "key": f"t/{day}/{partner.id}",
                    "partner_id": partner.id,
                    "company_id": self.env.company.id,
                    "date": day,
                    "quantity": 1,
                    "amount": amount,
                    "amount_company": amount,
                    "currency_id": self.env.company.currency_id.id,
                }
                for partner, amount in amounts.items()
            ]
        )

    def compare(self, **values):
        run = self.env["crm.loyalty.uplift"].create(
            {"program_id": self.club.id, "date_to": "2036-06-30", **values}
        )
        run._run()
        self.assertEqual(run.state, "done", run.error)
        return run

    def test_planted_effect_is_found_with_the_interval_of_welch(self):
        rng = random.Random(4)
        held = {p: self.club._is_control(p) for p in self.people}
        self.buy(dict.fromkeys(self.people, 10.0), "2035-10-01")
        spent = {p: round(rng.gauss(50 if held[p] else 60, 10), 2) for p in self.people}
        self.buy(spent, "2036-03-01")
        run = self.compare()
        treated = uplift.group(v for p, v in spent.items() if not held[p])
        control = uplift.group(v for p, v in spent.items() if held[p])
        expected = uplift.compare(treated, control)
        self.assertEqual(run.treated_count, treated.count)
        self.assertEqual(run.control_count, control.count)
        self.assertAlmostEqual(run.revenue_difference, expected.difference, 2)
        self.assertAlmostEqual(run.revenue_low, expected.low, 2)
        self.assertAlmostEqual(run.revenue_high, expected.high, 2)
        self.assertEqual(run.verdict, "more")
        self.assertTrue(run.revenue_low < 10 < run.revenue_high)
        self.assertFalse(run.warning_codes)

    def test_who_bought_nothing_since_counts_as_nothing(self):
        self.buy(dict.fromkeys(self.people, 10.0), "2035-10-01")
        buyers = self.people.filtered(lambda p: not self.club._is_control(p))[:10]
        self.buy(dict.fromkeys(buyers, 100.0), "2036-03-01")
        run = self.compare()
        self.assertEqual(run.treated_count + run.control_count, 500)
        self.assertAlmostEqual(run.revenue_treated, 1000 / run.treated_count, 2)
        self.assertEqual(run.revenue_control, 0)

    def test_who_came_later_is_not_compared(self):
        self.buy(dict.fromkeys(self.people[:400], 10.0), "2035-10-01")
        self.buy(dict.fromkeys(self.people[400:], 10.0), "2036-02-01")
        self.buy(dict.fromkeys(self.people[:50], 10.0), "2030-02-01")
        run = self.compare()
        self.assertEqual(run.treated_count + run.control_count, 400)

    def test_too_few_customers_are_told(self):
        self.buy(dict.fromkeys(self.people[:40], 10.0), "2035-10-01")
        self.buy(dict.fromkeys(self.people[:20], 10.0), "2036-02-01")
        run = self.compare()
        self.assertEqual(run.verdict, "few")
        self.assertIn("conclude nothing yet", run.warning_text)

    def test_without_a_control_group_there_is_nothing_to_compare(self):
        self.club.crm_control_share = 0
        run = self.env["crm.loyalty.uplift"].create({"program_id": self.club.id})
        with self.assertRaisesRegex(UserError, "has no control group"):
            run.action_start()

    def test_only_the_work_writes_the_answer(self):
        self.make_users()
        runs = self.env["crm.loyalty.uplift"].with_user(self.manager)
        with self.assertRaises(AccessError):
            runs.create({"program_id": self.club.id, "verdict": "more"})
        run = runs.create({"program_id": self.club.id})
        with self.assertRaises(AccessError):
            run.total = 10**9
