from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from .common import JULY, JUNE, MAY, LiabilityCase


@tagged("post_install", "-at_install")
class TestLiabilityPeriod(LiabilityCase):
    def test_a_period_reconciles_points_to_the_unit(self):
        self.post(1000, MAY)
        spent = self.post(-300, MAY)
        self.close(MAY)
        self.post(50, JUNE)
        self.undo(spent, JUNE)
        self.post(-200, JUNE)
        line = self.close(JUNE).line_ids
        self.assertRecordValues(
            line,
            [
                {
                    "opening": 700,
                    "earned": 50,
                    "redeemed": -200,
                    "expired": 0,
                    "undone": 300,
                    "closing": 850,
                    "entries": 3,
                }
            ],
        )
        self.assertEqual(line.closing, self.ledger_balance())
        self.assertEqual(line.period_id.points_difference, 0)

    def ledger_balance(self):
        self.env.cr.execute(
            "SELECT balance / power(10, digits) FROM crm_loyalty_account"
            " WHERE card_id = %s",
            [self.card.id],
        )
        return float(self.env.cr.fetchone()[0])

    def test_movements_in_money_add_up(self):
        self.post(1000, MAY)
        self.close(MAY)
        self.post(333, JUNE)
        self.post(-77, JUNE)
        line = self.close(JUNE).line_ids
        names = ("opening", "earned", "redeemed", "expired", "undone", "estimate")
        total = sum(line[f"money_{name}"] for name in names)
        self.assertAlmostEqual(total, line.money_closing, 2)
        self.assertEqual(line.money_closing, 1256)
        self.assertEqual(line.money_redeemed, -77)

    def test_a_past_period_computed_again_is_the_same(self):
        self.post(1000, MAY)
        period = self.close(MAY)
        self.post(-900, JUNE)
        period._run()
        self.assertEqual(period.amount, 1000)

    def test_points_that_expired_are_owed_no_more(self):
        self.post(100, MAY, expires_at=JUNE)
        self.post(40, MAY)
        self.ledger(JUNE).expire(self.card.id, "expiry")
        line = self.close(JUNE).line_ids
        self.assertEqual(
            (line.expired, line.closing, line.money_closing), (-100, 40, 40)
        )

    def test_example_52_of_ifrs_15(self):
        """100,000 of goods, 10,000 points at 1; 95%, later 97% will be redeemed."""
        self.accounts.write(
            {"method": "relative", "breakage": "stated", "breakage_rate": 5}
        )
        order = self.make_order(100_000)
        self.post(10_000, MAY, document=f"sale.order,{order.id}")
        self.post(-4_500, MAY)
        first = self.close(MAY)
        self.assertAlmostEqual(first.cohort_ids.allocated, 8_676, delta=0.5)
        self.assertAlmostEqual(first.amount, 4_566, delta=0.5)
        self.post(-4_000, JUNE)
        self.accounts.breakage_rate = 3
        second = self.close(JUNE)
        self.assertAlmostEqual(second.cohort_ids.allocated, 8_676, delta=0.5)
        self.assertAlmostEqual(second.amount, 1_073, delta=0.5)

    def make_order(self, price):
        product = self.env["product.product"].create({"name": "Organ"})
        return self.env["sale.order"].create(
            {
                "partner_id": self.partner.id,
                "company_id": self.company.id,
                "order_line": [
                    (
                        0,
                        0,
                        {
                            "product_id": product.id,
                            "price_unit": price,
                            "tax_ids": [(5, 0, 0)],
                        },
                    )
                ],
            }
        )

    def test_points_without_a_sale_stand_at_their_value(self):
        self.accounts.method = "relative"
        self.post(10, MAY)
        self.assertEqual(self.close(MAY).amount, 10)

    def test_a_forecast_needs_a_year_of_history(self):
        self.accounts.breakage = "forecast"
        self.post(1000, MAY)
        self.post(-10, MAY)
        line = self.close(MAY).line_ids
        self.assertEqual(line.money_closing, 990)
        self.assertIn("12 months", line.breakage_note)

    def test_an_e_wallet_is_money(self):
        wallet = self.env["loyalty.program"].create(
            {
                "name": "Wallet",
                "program_type": "ewallet",
                "company_id": self.company.id,
            }
        )
        self.assertEqual(wallet.crm_point_value, 1)
        self.accounts.method = "relative"
        self.post(25, MAY, card=self.make_card(wallet))
        self.assertEqual(self.close(MAY).amount, 25)

    def test_the_value_of_the_day_counts_in_the_currency_of_the_company(self):
        self.program.crm_point_value_ids = [
            (0, 0, {"date_from": "2025-06-01", "value": 2.0})
        ]
        self.post(100, MAY)
        self.assertEqual(self.close(MAY).amount, 100)
        self.assertEqual(self.close(JUNE).amount, 200)

    def test_a_shared_programme_is_owed_by_its_bearer_alone(self):
        shared = self.make_program(
            "Shared", company_id=False, currency_id=self.company.currency_id.id
        )
        self.post(100, MAY, card=self.make_card(shared))
        period = self.close(MAY)
        self.assertEqual(period.amount, 0)
        self.assertIn("Shared", period.note)
        shared.crm_bearer_id = self.company
        self.assertEqual(self.close(JUNE).amount, 100)

    def test_a_period_is_whole_months_and_over(self):
        periods = self.env["crm.loyalty.period"]
        with self.assertRaises(ValidationError):
            periods.create({"date_from": "2025-05-02", "date_to": "2025-05-31"})
        self.close(MAY, JULY)
        with self.assertRaises(ValidationError):
            periods.create({"date_from": "2025-06-01", "date_to": "2025-06-30"})
        ahead = periods.create({"date_from": "2999-01-01", "date_to": "2999-01-31"})
        with self.assertRaises(UserError):
            ahead.action_start()

    def test_outstanding_points_stand_by_month_of_expiry_in_money(self):
        self.program.crm_point_value = 0.5
        self.post(100, MAY, expires_at=JULY.replace(year=2999))
        self.post(30, JUNE)
        self.post(-10, JUNE)
        rows = self.env["crm.loyalty.outstanding"].search(
            [("program_id", "=", self.program.id)], order="expires_on"
        )
        self.assertEqual(rows.mapped("points"), [90, 30])
        self.assertEqual(rows.mapped("amount"), [45, 15])
        self.assertEqual(str(rows[0].expires_on), "2999-07-01")
        self.assertFalse(rows[1].expires_on)

    def test_a_value_from_the_rewards_is_not_called_stated(self):
        program = self.env["loyalty.program"].create(
            {
                "name": "By reward",
                "program_type": "loyalty",
                "company_id": self.company.id,
                "reward_ids": [
                    (5, 0, 0),
                    (
                        0,
                        0,
                        {
                            "reward_type": "discount",
                            "discount_mode": "per_point",
                            "discount": 0.2,
                        },
                    ),
                ],
            }
        )
        self.assertEqual(program.crm_point_value, 0.2)
        self.assertEqual(program.crm_point_value_origin, "reward")
        program.crm_point_value = 0.1
        program.invalidate_recordset()
        self.assertEqual(program.crm_point_value, 0.1)
        self.assertEqual(program.crm_point_value_origin, "stated")
