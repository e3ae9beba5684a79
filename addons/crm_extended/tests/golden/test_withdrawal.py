"""A source taken back with all that only it said, and put back."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import SQL

from .golden_common import GoldenCase


@tagged("post_install", "-at_install")
class TestWithdrawal(GoldenCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = new_test_user(
            cls.env, "gol_manager", groups="crm_extended.group_customer_manager"
        )
        cls.alone = cls.make_partner("Alone", phone="1")
        cls.say(cls.web, cls.alone, name="Alone", phone="1")
        cls.invoiced = cls.make_partner("Invoiced", phone="2")
        cls.say(cls.web, cls.invoiced, name="Invoiced", phone="2")
        cls.env["crm.lead"].create({"name": "Piano", "partner_id": cls.invoiced.id})
        cls.shared = cls.make_partner("Shared", phone="3", email="w@x.cz")
        cls.say(cls.web, cls.shared, name="Shared", phone="3", email="w@x.cz")
        cls.say(cls.krakow, cls.shared, name="Shared", phone="4")
        cls.purchase = cls.env["crm.purchase"].create(
            {
                "source_id": cls.web.id,
                "key": "P1",
                "partner_id": cls.alone.id,
                "date": "2026-01-01",
                "amount": 10,
                "currency_id": cls.company.currency_id.id,
                "company_id": cls.company.id,
            }
        )
        cls.env.flush_all()

    def open(self, source=None, user=None):
        source = (source or self.web).with_user(user or self.manager)
        action = source.action_withdraw()
        return (
            self.env["crm.source.withdrawal"]
            .with_user(user or self.manager)
            .browse(action["res_id"])
        )

    def run_it(self, withdrawal, undo=False):
        withdrawal.sudo().undo_wanted = undo
        withdrawal._run()
        self.env.invalidate_all()
        self.assertEqual(withdrawal.state, "done", withdrawal.error)

    def test_what_would_happen_is_told_first_and_nothing_is_changed(self):
        withdrawal = self.open()
        self.assertEqual(
            (
                withdrawal.archived_count,
                withdrawal.left_count,
                withdrawal.shared_count,
                withdrawal.record_count,
                withdrawal.purchase_count,
            ),
            (1, 1, 1, 3, 1),
        )
        self.assertIn("Alone", withdrawal.preview)
        self.assertTrue(self.alone.active)
        self.assertEqual(self.open(), withdrawal, "asked again it is the same one")

    def test_only_what_it_alone_said_goes(self):
        withdrawal = self.open()
        self.run_it(withdrawal)
        self.assertEqual(withdrawal.phase, "withdrawn")
        self.assertFalse(self.alone.active)
        self.assertTrue(self.invoiced.active)
        self.assertEqual(self.invoiced.phone, "2", "documents need its data")
        self.assertRecordValues(self.shared, [{"phone": "4", "email": False}])
        self.assertEqual((withdrawal.changed_count, withdrawal.emptied_count), (1, 1))
        self.assertFalse(self.web.record_ids)
        self.assertFalse(self.purchase.exists())
        self.assertFalse(self.web.active)
        told = withdrawal.line_ids.filtered(lambda line: line.field == "phone")
        self.assertEqual((told.before_text, told.after_text), ("3", "4"))

    def test_an_undo_puts_everything_back_as_it_was(self):
        def picture():
            self.env.flush_all()
            tables = ("crm_source_record", "crm_purchase")
            rows = [
                self.env.execute_query(
                    SQL(
                        "SELECT to_jsonb(t)::text FROM %s t WHERE source_id = %s "
                        "ORDER BY id",
                        SQL.identifier(table),
                        self.web.id,
                    )
                )
                for table in tables
            ]
            people = self.alone + self.invoiced + self.shared
            return rows, people.read(["name", "phone", "email", "active"])

        before = picture()
        withdrawal = self.open()
        self.run_it(withdrawal)
        self.assertIn("4 rows", withdrawal.outlook)
        self.run_it(withdrawal, undo=True)
        self.assertEqual(picture(), before)
        self.assertEqual((withdrawal.phase, withdrawal.stuck_count), ("undone", 0))
        self.assertTrue(self.web.active)

    def test_what_changed_after_the_withdrawal_stays_and_is_counted(self):
        withdrawal = self.open()
        self.run_it(withdrawal)
        self.shared.phone = "9"
        self.alone.active = True
        self.assertIn("1 values changed", withdrawal.outlook)
        self.run_it(withdrawal, undo=True)
        self.assertEqual(self.shared.phone, "9")
        self.assertEqual(self.shared.email, "w@x.cz")
        self.assertEqual(withdrawal.stuck_count, 2)

    def test_what_a_person_entered_before_the_source_spoke_is_not_emptied(self):
        typed = self.make_partner("Typed", phone="7")
        self.env.cr.execute(
            "UPDATE res_partner SET create_date = create_date - interval '1 day' "
            "WHERE id = %s",
            [typed.id],
        )
        self.say(self.web, typed, phone="7")
        self.run_it(self.open())
        self.assertEqual(typed.phone, "7")
        self.assertTrue(typed.active, "it was here before the source")

    def test_a_customer_that_a_person_worked_on_is_not_archived(self):
        self.alone.with_user(self.steward).phone = "5"
        self.run_it(self.open())
        self.assertTrue(self.alone.active)
        self.assertEqual(self.alone.phone, "5")

    def test_a_source_with_records_is_withdrawn_and_not_deleted(self):
        with self.assertRaisesRegex(UserError, "Withdraw it instead"):
            self.web.unlink()
        with self.assertRaises(UserError):
            self.run_manual()
        withdrawal = self.open()
        self.run_it(withdrawal)
        with self.assertRaisesRegex(UserError, "Undo it first"):
            withdrawal.unlink()

    def run_manual(self):
        self.open(self.manual).action_withdraw()

    def test_it_is_done_once_and_undone_once(self):
        withdrawal = self.open()
        with self.assertRaises(UserError):
            withdrawal.action_undo()
        self.run_it(withdrawal)
        with self.assertRaises(UserError):
            withdrawal.action_withdraw()
        with self.assertRaises(UserError):
            withdrawal.source_id = self.till
        self.env["crm.source.withdrawal.row"].search([]).unlink()
        with self.assertRaisesRegex(UserError, "purged"):
            withdrawal.action_undo()

    def test_a_file_of_a_withdrawn_source_is_not_imported(self):
        mapping = self.make_list(self.web)
        self.run_it(self.open())
        run = self.start("id,name,email,phone,street,zip,city,country\n", mapping)
        with self.assertRaisesRegex(UserError, "archived"):
            run.action_import()

    def test_only_managers_withdraw(self):
        with self.assertRaises(AccessError):
            self.web.with_user(self.steward).action_withdraw()
        withdrawal = self.open()
        withdrawal.with_user(self.steward).read(["archived_count", "preview"])
        with self.assertRaises(AccessError):
            withdrawal.with_user(self.steward).action_withdraw()
        with self.assertRaises(AccessError):
            withdrawal.phase = "withdrawn"
        with self.assertRaises(AccessError):
            withdrawal.undo_wanted = True
        rows = self.env["crm.source.withdrawal.row"].with_user(self.manager)
        with self.assertRaises(AccessError):
            rows.search([])
        with self.assertRaises(AccessError):
            withdrawal.with_user(self.operator).read(["preview"])

    def test_statements_do_not_grow_with_the_customers(self):
        counts = []
        for number in (5, 50):
            source = self.make_source(f"Big{number}", 65)
            for _n in range(number):
                one = self.make_partner("X", phone="3")
                self.say(source, one, name="X", phone="3")
                self.say(self.krakow, one, phone="4")
            withdrawal = self.open(source)
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            self.run_it(withdrawal)
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
            self.assertEqual(withdrawal.changed_count, number)
        self.assertLessEqual(counts[1] - counts[0], 20, counts)
