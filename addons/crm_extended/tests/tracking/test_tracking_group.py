import csv
import io

from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, tagged

from .common import DAY, TrackingCase


@tagged("post_install", "-at_install")
class TestTrackingGroup(TrackingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.stayed = cls.make_customers(*[f"Stayed {n}" for n in range(20)])
        cls.left = cls.make_customers(*[f"Left {n}" for n in range(5)])
        for customer in cls.stayed:
            cls.buy(customer, 500, 480, 30, 10)
        for customer in cls.left:
            cls.buy(customer, 500)
        cls.segment = cls.env["crm.segment"].create({"name": "Readers"})
        cls.env["crm.segment.member"].create(
            [
                {
                    "segment_id": cls.segment.id,
                    "partner_id": customer.id,
                    "valid_from": "2024-01-01",
                }
                for customer in cls.stayed[:10]
            ]
        )

    def test_retention_and_repeat_rate_of_all(self):
        self.measure()
        everyone = self.group(kind="all")
        self.assertEqual((everyone.customers, everyone.buyers), (25, 20))
        self.assertEqual((everyone.retention, everyone.retention_base), (80, 25))
        self.assertEqual(everyone.repeat_rate, 100)
        self.assertEqual(everyone.regular_share, 0)
        self.assertEqual(everyone.interval_days, 20)
        self.assertEqual(everyone.lengthening, 1)
        self.assertEqual(everyone.margin, 20 * 2 * 40)

    def test_a_segment_is_that_of_the_day(self):
        members = self.env["crm.segment.member"]
        members.search([("segment_id", "=", self.segment.id)]).valid_to = "2025-04-01"
        self.measure()
        rows = self.env["crm.loyalty.group"].search(
            [("segment_id", "=", self.segment.id)], order="date"
        )
        self.assertNotIn(DAY, rows.mapped("date"))
        self.assertEqual(rows[-1].customers, 10)

    def test_what_less_churn_is_worth(self):
        """80 margin a year each, 80% stay, 10% discount: 80 x .8 / .3 = 213.33."""
        self.measure()
        [everyone] = self.env["crm.loyalty.whatif"].get("all", 10)["groups"]
        self.assertEqual(everyone["margin"], 80)
        self.assertAlmostEqual(everyone["worth"][0], 20 * 80 * 0.8 / 0.3, 1)
        self.assertAlmostEqual(everyone["worth"][-1], 20 * 80 * 0.85 / 0.25, 1)

    def test_few_customers_give_no_figure_but_a_reason(self):
        self.measure()
        [readers] = self.env["crm.loyalty.whatif"].get("segment", 10)["groups"]
        self.assertEqual(readers["worth"], [])
        self.assertIn("Not enough data", readers["note"])

    def test_unknown_cost_asks_for_a_margin(self):
        purchases = self.env["crm.purchase"]
        purchases = purchases.search([("company_id", "=", self.company.id)])
        self.env.cr.execute(
            "UPDATE crm_purchase SET cost_company = NULL WHERE id = ANY(%s)",
            [purchases.ids],
        )
        self.measure()
        [told] = self.env["crm.loyalty.whatif"].get("all", 10)["groups"]
        self.assertIn("State a margin", told["note"])
        self.measure(margin_rate=25)
        [told] = self.env["crm.loyalty.whatif"].get("all", 10)["groups"]
        self.assertEqual(told["margin"], 50)

    def test_hostile_arguments_are_refused(self):
        whatif = self.env["crm.loyalty.whatif"]
        bad = ("all", 0), ("all", -1), ("all", 1e400), ("all", float("nan"))
        for kind, discount in (*bad, ("all", "10"), ("all", None), ("no", 10)):
            with self.subTest(kind=kind, discount=discount):
                with self.assertRaises(UserError):
                    whatif.get(kind, discount)
        seller = self.make_user("whatif_0", "crm_extended.group_customer_user")
        with self.assertRaises(AccessError):
            whatif.with_user(seller).get("all", 10)

    def test_profit_grows_by_more_purchases(self):
        """Those of 500 days have one full year: only its base profit is told."""
        self.measure()
        [first] = self.env["crm.loyalty.profit"].search(
            [("company_id", "=", self.company.id)]
        )
        self.assertEqual((first.year, first.customers), (1, 25))
        self.assertEqual(first.base, (20 * 80 + 5 * 40) / 25)
        self.assertTrue(first.is_enough)

    def test_later_years_are_split(self):
        for customer in self.stayed:
            self.buy(customer, 1000)
        self.measure()
        rows = self.env["crm.loyalty.profit"].search(
            [("company_id", "=", self.company.id)], order="year"
        )
        second = rows.filtered(lambda row: row.year == 2)
        self.assertEqual(second.base, 40)
        self.assertEqual(second.purchases, 40)
        self.assertEqual(second.total, 80)


@tagged("post_install", "-at_install")
class TestWhatifExport(TrackingCase, HttpCase):
    def test_an_export_is_a_table_without_formulas(self):
        customers = self.make_customers(*[f"C {n}" for n in range(3)])
        for customer in customers:
            self.buy(customer, 500, 10)
        segment = self.env["crm.segment"].create({"name": "=1+1|Readers"})
        self.env["crm.segment.member"].create(
            {
                "segment_id": segment.id,
                "partner_id": customers[0].id,
                "valid_from": "2024-01-01",
            }
        )
        self.measure()
        self.make_user("whatif_file", "crm_extended.group_loyalty_user")
        self.authenticate("whatif_file", "whatif_file")
        url = "/crm_extended/loyalty/whatif.%s?kind=segment&points=1"
        answer = self.url_open(url % "csv")
        self.assertEqual(answer.status_code, 200)
        rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
        self.assertEqual(rows[1][0], "'=1+1|Readers")
        self.assertEqual(self.url_open(url % "xlsx").content[:2], b"PK")
        self.assertEqual(self.url_open(url % "exe").status_code, 404)
        for bad in ("kind=x", "points=7", "discount=-1", "discount=nan"):
            with self.subTest(bad=bad):
                answer = self.url_open(f"/crm_extended/loyalty/whatif.csv?{bad}")
                self.assertEqual(answer.status_code, 400)
