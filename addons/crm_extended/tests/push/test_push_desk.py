import json

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user, tagged

from .push_common import PushCase

MODELS = (
    "crm.exchange.batch",
    "crm.exchange.base",
    "crm.exchange.row",
    "crm.exchange.row.wait",
    "crm.exchange.conflict",
    "crm.exchange.conflict.line",
    "crm.exchange.job",
    "crm.exchange.job.part",
)
OTHERS = (
    "base.group_user",
    "crm_extended.group_customer_user",
    "crm_extended.group_customer_manager",
    "crm_extended.group_import_user",
    "crm_extended.group_steward",
    "crm_extended.group_privacy_officer",
    "crm_extended.group_exchange_client",
)


@tagged("post_install", "-at_install")
class TestPushDesk(PushCase):
    """What people see of pushes, and what they may do about them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = new_test_user(
            cls.env, "exchange-boss", "crm_extended.group_exchange_manager"
        )

    def rejected(self, **values):
        """A row that waits to be mended."""
        values = {"name": "Anna", "country": "QQ", **values}
        self.assertEqual(self.one(self.row("C-1", **values))["status"], "rejected")
        row = self.env["crm.exchange.row"].search([("key", "=", "C-1")], limit=1)
        return row.with_user(self.manager)

    def conflict(self):
        self.make("C-1", name="Firma")
        contact = {"entity": "contact", "refs": {"customer": self.key_of("C-1")}}
        result = self.one(self.row("P-1", name="Jan", city="Praha", **contact))
        self.partners.browse(result["id"]).city = "Brno"
        self.one(self.row("P-1", entity="contact", city="Plzeň"))
        conflict = self.env["crm.exchange.conflict"].search([("key", "=", "P-1")])
        return conflict.with_user(self.manager)

    # ------------------------------------------------------------------ to mend

    def test_mended_row_goes(self):
        row = self.rejected()
        self.assertIn("country", row.error_text)
        payload = json.loads(row.payload_text)
        payload["set"]["country"] = "CZ"
        row.payload_text = json.dumps(payload)
        row.action_run_again()
        self.assertEqual(row.state, "settled")
        partner = self.partners.search([("name", "=", "Anna")])
        self.assertEqual(partner.country_id.code, "CZ")
        self.assertEqual(partner.create_uid, self.client.user_id, "the client wrote it")
        with self.assertRaises(UserError):
            row.action_run_again()

    def test_row_still_wrong_stays_with_its_new_fault(self):
        row = self.rejected()
        row.payload_text = json.dumps({**row.payload, "set": {"name": ""}})
        row.action_run_again()
        self.assertEqual((row.state, row.tries), ("rejected", 1))
        self.assertIn("empty", row.error_text)

    def test_mending_cannot_exceed_the_clients_scope(self):
        row = self.rejected()
        company = self.env.company.partner_id
        payload = {**row.payload, "key": {"id": company.id}, "set": {"name": "Owned"}}
        row.payload_text = json.dumps(payload)
        row.action_run_again()
        self.assertEqual(row.state, "rejected")
        self.assertNotEqual(company.name, "Owned")

    def test_text_that_is_no_row_is_refused(self):
        row = self.rejected()
        for text in ("", "{", "[]", '"x"'):
            with self.subTest(text=text), self.assertRaises(ValidationError):
                row.payload_text = text

    def test_later_row_of_the_same_record_replaces_it(self):
        row = self.rejected()
        self.assertEqual(
            self.one(self.row("C-1", name="Anna", country="CZ"))["status"], "created"
        )
        self.assertEqual(row.state, "superseded")

    def test_facts_of_a_row_are_not_entered(self):
        row = self.rejected()
        for vals in ({"state": "settled"}, {"client_id": 1}, {"payload": {}}):
            with self.assertRaises(AccessError):
                row.write(vals)

    # ------------------------------------------------------------------ conflicts

    def test_manager_settles_and_is_named(self):
        conflict = self.conflict()
        conflict.line_ids.choice = "mine"
        conflict.action_apply()
        self.assertEqual(conflict.user_id, self.manager)
        self.assertEqual(conflict.outcome, "Partner's: City")
        with self.assertRaises(UserError):
            conflict.action_apply()

    def test_sides_of_a_conflict_are_not_entered(self):
        conflict = self.conflict()
        with self.assertRaises(AccessError):
            conflict.line_ids.mine = "Forged"
        with self.assertRaises(AccessError):
            conflict.payload = {}

    # ------------------------------------------------------------------ rights

    def test_only_exchange_managers_see_what_was_pushed(self):
        self.conflict()
        self.rejected()
        for group in OTHERS:
            user = new_test_user(self.env, f"push-{group}".replace(".", "-"), group)
            for name in MODELS:
                with self.subTest(group=group, model=name):
                    model = self.env[name].with_user(user)
                    for operation in ("read", "write", "create", "unlink"):
                        self.assertFalse(model.has_access(operation), operation)

    def test_manager_creates_and_deletes_none_of_it(self):
        for name in MODELS:
            with self.subTest(model=name):
                model = self.env[name].with_user(self.manager)
                self.assertTrue(model.has_access("read"))
                self.assertFalse(model.has_access("create"))

    def test_other_companies_pushes_are_not_seen(self):
        conflict, row = self.conflict(), self.rejected()
        company = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = new_test_user(
            self.env,
            "exchange-stranger",
            "crm_extended.group_exchange_manager",
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )
        for record in (conflict, conflict.line_ids, row):
            with self.subTest(record=record):
                seen = self.env[record._name].with_user(stranger)
                self.assertFalse(seen.search([("id", "in", record.ids)]))
        for name in ("crm.exchange.batch", "crm.exchange.base"):
            self.assertFalse(self.env[name].with_user(stranger).search([]))
        with self.assertRaises(AccessError):
            row.with_user(stranger).action_run_again()

    def test_client_that_is_deleted_takes_its_pushes_along(self):
        self.conflict()
        self.rejected()
        client_id = self.client.id
        self.env["crm.source.record"].search(
            [("source_id", "=", self.source.id)]
        ).unlink()
        self.client.unlink()
        for name in ("crm.exchange.batch", "crm.exchange.base", "crm.exchange.row"):
            self.assertFalse(self.env[name].search([("client_id", "=", client_id)]))

    # ------------------------------------------------------------------ retention

    def test_row_that_waits_too_long_is_given_to_a_person(self):
        contact = {"entity": "contact", "refs": {"customer": self.key_of("NEVER")}}
        self.one(self.row("P-1", name="Jan", **contact))
        row = self.env["crm.exchange.row"].search([("key", "=", "P-1")])
        row.received_at = "2020-01-01"
        row.flush_recordset()
        self.env.cr.execute(
            "UPDATE crm_exchange_row SET received_at = now() - "
            "interval '31 days' WHERE id = %s",
            [row.id],
        )
        row.invalidate_recordset()
        self.env["crm.exchange.row"]._gc_rows()
        self.assertEqual(row.state, "rejected")
        self.assertFalse(row.wait_ids)

    def test_a_number_of_the_partners_leads_to_its_record(self):
        record = self.conflict().res_id
        keys = self.env["crm.exchange.key"].with_user(self.manager)
        key = keys.search([("source_id", "=", self.source.id), ("key", "=", "P-1")])
        self.assertEqual(key.action_open_record()["res_id"], record)
        key.sudo().res_id = 2**31 - 1
        with self.assertRaises(UserError):
            key.action_open_record()

    # ------------------------------------------------------------------ in the browser

    def test_a_conflict_is_settled_from_the_desk_in_the_browser(self):
        conflict = self.conflict()
        partner = self.partners.browse(conflict.res_id)
        self.start_tour(
            "/odoo/exchange-desk",
            "crm_extended_exchange_conflict",
            login="exchange-boss",
        )
        self.env.invalidate_all()
        self.assertEqual((conflict.state, partner.city), ("settled", "Plzeň"))
        self.assertEqual(conflict.user_id, self.manager)
