import psycopg2

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import TransactionCase, new_test_user, tagged
from odoo.tools import mute_logger

from .import_common import COLUMNS, HEADER, ImportCase


@tagged("post_install", "-at_install")
class TestPurchase(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.firm = cls.env["res.partner"].create({"name": "Firm", "is_company": True})
        cls.clerk = cls.env["res.partner"].create(
            {"name": "Clerk", "parent_id": cls.firm.id}
        )
        cls.source = cls.env["crm.source"].create({"name": "Till", "code": "T-P"})
        cls.purchases = cls.env["crm.purchase"].create(
            [
                {"partner_id": cls.firm.id, "date": "2024-01-01", "amount": 10},
                {
                    "partner_id": cls.clerk.id,
                    "date": "2024-01-02",
                    "amount": 5,
                    "product_name": "Record",
                    "source_id": cls.source.id,
                    "key": "1",
                },
            ]
        )

    def test_a_firm_counts_the_purchases_of_its_people(self):
        partners = self.firm + self.clerk
        self.assertEqual(partners.mapped("crm_purchase_count"), [2, 1])
        action = self.firm.action_open_crm_purchases()
        found = self.env["crm.purchase"].search(action["domain"])
        self.assertEqual(found, self.purchases.sorted("date", reverse=True))

    def test_the_count_takes_the_same_queries_for_one_and_for_many(self):
        many = self.env["res.partner"].create([{"name": str(n)} for n in range(50)])
        many.invalidate_recordset()
        with self.assertQueryCount(3):
            many.mapped("crm_purchase_count")

    def test_a_name_tells_day_and_article(self):
        self.assertEqual(
            self.purchases.mapped("display_name"), ["2024-01-01", "2024-01-02 Record"]
        )

    def test_a_key_is_used_once_in_a_source(self):
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(psycopg2.errors.UniqueViolation),
        ):
            self.purchases[0].write({"source_id": self.source.id, "key": "1"})

    def test_a_customer_with_history_is_not_deleted(self):
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(psycopg2.errors.ForeignKeyViolation),
        ):
            self.clerk.unlink()

    def test_a_user_reads_and_a_manager_corrects(self):
        user = new_test_user(
            self.env, "p_user", groups="crm_extended.group_customer_user"
        )
        manager = new_test_user(
            self.env, "p_manager", groups="crm_extended.group_customer_manager"
        )
        outsider = new_test_user(self.env, "p_out", groups="base.group_user")
        purchase = self.purchases[0]
        self.assertEqual(purchase.with_user(user).amount, 10)
        for values in ("write", "unlink", "create"):
            self.assertFalse(purchase.with_user(user).has_access(values))
        purchase.with_user(manager).amount = 11
        self.assertEqual(purchase.amount_company, 11)
        with self.assertRaises(AccessError):
            purchase.with_user(outsider).read(["amount"])

    def test_an_unknown_cost_stays_unknown_when_a_manager_corrects(self):
        manager = new_test_user(
            self.env, "p_cost", groups="crm_extended.group_customer_manager"
        )
        unknown, known = self.purchases
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE crm_purchase SET cost = NULL, cost_company = NULL WHERE id = %s",
            [unknown.id],
        )
        self.env.invalidate_all()
        known.cost = 3
        unknown.with_user(manager).write({"amount": 11, "date": "2024-01-03"})
        self.env.flush_all()
        self.env.cr.execute(
            "SELECT amount_company, cost_company FROM crm_purchase WHERE id IN %s"
            " ORDER BY cost NULLS FIRST",
            [self.purchases._ids],
        )
        self.assertEqual(self.env.cr.fetchall(), [(11, None), (5, 3)])

    def test_a_source_opens_its_records_and_purchases(self):
        self.assertEqual(self.source.purchase_count, 1)
        found = self.env["crm.purchase"].search(
            self.source.action_open_purchases()["domain"]
        )
        self.assertEqual(found, self.purchases[1])


@tagged("post_install", "-at_install")
class TestPurchaseCurrency(ImportCase):
    def setUp(self):
        super().setUp()
        self.foreign = self.env["res.currency"].create(
            {
                "name": "XQA",
                "symbol": "q",
                "rate_ids": [
                    Command.create({"name": "2024-01-01", "rate": 4.0}),
                    Command.create({"name": "2024-02-01", "rate": 5.0}),
                ],
            }
        )

    def test_amounts_are_converted_by_the_rate_of_their_day(self):
        mapping = self.make_mapping({**COLUMNS, "city": "currency"})
        days = ("2023-06-01", "2024-01-31", "2024-02-01", "2024-06-01")
        lines = [f"1,A,,XQA,R{n},{day},10,\n" for n, day in enumerate(days)]
        run = self.load(HEADER + "".join(lines) + "1,A,,,R9,2024-01-01,10,\n", mapping)
        self.assertEqual(run.purchase_created, 5, run.problems)
        stored = self.purchases().sorted("key")
        self.assertEqual(stored.mapped("amount_company"), [2.5, 2.5, 2, 2, 10])
        stored[:4]._compute_company_amounts()
        self.assertEqual(
            stored.mapped("amount_company"),
            [2.5, 2.5, 2, 2, 10],
            "the ORM converts to the same amounts",
        )

    def test_an_unknown_currency_is_told_by_row(self):
        mapping = self.make_mapping({**COLUMNS, "city": "currency"})
        run = self.load(HEADER + "1,A,,ZZZ,R1,2024-01-01,10,\n", mapping)
        self.assertEqual(run.error_count, 1)
        self.assertIn("currency", self.read_report(run)[1][3])

    def test_an_amount_that_its_rate_makes_absurd_is_told_by_row_and_column(self):
        self.foreign.rate_ids.rate = 1e-9
        columns = {**COLUMNS, "city": "currency", "branch": "cost"}
        mapping = self.make_mapping(columns, amount_limit=1e12)
        lines = ("R1,2024-01-02,900000000000,", "R2,2024-01-02,5,900000000000")
        good = "1,A,,XQA,R3,2024-01-02,900,900\n"
        bad = "".join(f"1,A,,XQA,{line}\n" for line in lines)
        run = self.load(HEADER + bad + good, mapping)
        self.assertEqual(run.purchase_created, 1, run.problems)
        self.assertEqual(self.purchases().amount_company, 9e11)
        report = [row[:3] for row in self.read_report(run)[1:]]
        self.assertEqual(
            report,
            [["2", "amount", "900000000000"], ["3", "branch", "900000000000"]],
        )
        self.assertIn("beyond 1000000000000", self.read_report(run)[1][3])
