import xmlrpc.client
from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ...exchange.call import acting
from ..exchange.exchange_common import ExchangeCase


@tagged("post_install", "-at_install")
class TestExchangeCredential(ExchangeCase):
    """Keys have a record, end at once on both faces, and may have a narrower scope."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = new_test_user(
            cls.env, "cred_boss", "crm_extended.group_exchange_manager"
        )
        cls.made = cls.client.credential_ids

    def assertRefused(self, key=None):
        with self.assertRaises(xmlrpc.client.Fault) as refusal:
            self.xmlrpc("crm.exchange", "hello", key=key)
        self.assertEqual(refusal.exception.faultCode, 3)
        self.assertEqual(self.json2("crm.exchange/hello", key=key)[0], 401)

    def assertWorks(self, key=None):
        self.assertTrue(self.xmlrpc("crm.exchange", "hello", key=key)["ok"])
        self.assertEqual(self.json2("crm.exchange/hello", key=key)[0], 200)

    def make_narrow(self, **scope):
        """(key, its record) that may only do what `scope` says."""
        key = self.client._make_key("Narrow")
        made = self.client.credential_ids.filtered(lambda k: k.name == "Narrow")
        made.write(
            {"is_narrow": True, "scope_ids": [(0, 0, {"entity": "customer", **scope})]}
        )
        return key, made

    def test_a_key_says_who_made_it_when_and_what_for(self):
        client = self.client.with_user(self.manager)
        action = client.action_key_dialog()
        dialog = (
            self.env["crm.exchange.key.dialog"]
            .with_user(self.manager)
            .with_context(**action["context"])
            .create({"name": "Night import"})
        )
        key = dialog.action_make()["context"]["default_key"]
        made = client.credential_ids.filtered(lambda k: k.name == "Night import")
        self.assertEqual(made.create_uid, self.manager)
        self.assertEqual((made.hint, made.state), (key[:4], "live"))
        self.assertNotIn(key, str(made.sudo().read()), "shown once, stored as a hash")
        self.assertWorks(key)
        made.invalidate_recordset()
        self.assertTrue(made.last_used)

    def test_two_keys_live_while_changing_over(self):
        action = self.made.action_replace()
        dialog = self.env["crm.exchange.key.dialog"].with_context(**action["context"])
        new = dialog.create({}).action_make()["context"]["default_key"]
        self.assertWorks(self.key)
        self.assertWorks(new)
        with self.assertRaises(UserError):
            self.client.action_key_dialog()
        self.made.action_revoke()
        self.assertWorks(new)
        with mute_logger("odoo.http"):
            self.assertRefused(self.key)
        self.assertEqual(self.made.state, "revoked")
        self.assertTrue(self.made.revoked_at)

    @mute_logger("odoo.http")
    def test_an_earlier_expiry_holds_at_the_next_call_on_both_faces(self):
        self.assertWorks()
        self.made.expires_at = fields.Datetime.now() - timedelta(seconds=1)
        self.env.flush_all()
        self.assertRefused()
        with self.assertRaises(UserError):
            self.made.expires_at = fields.Datetime.now() + timedelta(days=1)

    def test_a_key_lives_for_a_year_at_most(self):
        with self.assertRaises(ValidationError):
            self.made.expires_at = fields.Datetime.now() + timedelta(days=400)

    @mute_logger("odoo.http")
    def test_a_key_made_elsewhere_is_refused(self):
        keys = self.env["res.users.apikeys"].with_user(self.client.user_id).sudo()
        soon = fields.Datetime.now() + timedelta(days=1)
        self.assertRefused(keys._generate("rpc", "behind the operator's back", soon))

    def test_a_narrow_key_reads_less_than_its_client(self):
        self.client.scope_ids.field_mode = "plain"
        self.client.scope_ids.domain = "[('city', '=', 'Praha')]"
        key, made = self.make_narrow(field_mode="list", field_names="city,email")
        here, there = self.partners.create(
            [{"name": "Here", "city": "Praha"}, {"name": "There", "city": "Brno"}]
        )
        self.env.flush_all()
        arguments = {
            "entity": "customer",
            "keys": [{"id": here.id}, {"id": there.id}],
        }
        for answer in (
            self.xmlrpc("crm.exchange", "get", named=arguments, key=key),
            self.json2("crm.exchange/get", arguments, key=key)[1],
        ):
            first, second = answer["data"]["records"]
            self.assertEqual(first["data"], {"city": "Praha"}, "e-mail is personal")
            self.assertEqual(second["status"], "not_found", "the client's filter holds")
        made.scope_ids.domain = "[('name', '=', 'x')]"
        self.env.flush_all()
        answer = self.xmlrpc("crm.exchange", "get", named=arguments, key=key)
        self.assertEqual(answer["data"]["records"][0]["status"], "not_found")
        answer = self.xmlrpc("crm.exchange", "get", named=arguments)
        self.assertEqual(answer["data"]["records"][0]["status"], "ok")

    def test_a_narrow_key_without_scopes_may_do_nothing(self):
        key, made = self.make_narrow()
        made.scope_ids.unlink()
        answer = self.xmlrpc("crm.exchange", "pull", key=key)
        self.assertEqual(answer["errors"][0]["code"], "out_of_scope")

    def test_a_narrow_key_never_gets_what_the_client_may_not(self):
        scope = self.client.scope_ids
        _key, made = self.make_narrow(can_update=True, field_mode="all")
        narrow = made.scope_ids
        entity = self.env["crm.exchange"]._entities()["customer"]
        self.assertFalse(narrow._may("update"))
        self.assertEqual(narrow._writable_fields(entity), ())
        scope.write({"can_update": True, "write_mode": "list", "write_names": "city"})
        self.assertTrue(narrow._may("update"))
        self.assertEqual(narrow._writable_fields(entity), ("city",))
        scope.unlink()
        self.assertFalse(narrow._may("read"))
        self.assertEqual(narrow._readable_fields(entity), ())

    def test_a_bulk_job_stays_within_the_key_that_opened_it(self):
        _key, made = self.make_narrow()
        with acting(made.id):
            self.ok("push_open", job_id="NARROW")
        self.ok("push_open", job_id="WIDE")
        jobs = self.env["crm.exchange.job"].search([("client_id", "=", self.client.id)])
        opened = {job.job_id: job.credential_ref for job in jobs}
        self.assertEqual(opened, {"NARROW": made.id, "WIDE": 0})
        jobs.filtered(lambda job: job.job_id == "WIDE").sudo().credential_ref = -1
        with acting(made.id):
            self.refused("unknown_job", "push_commit", job_id="WIDE", parts=1)

    def test_a_scope_of_another_clients_key_is_refused(self):
        other = self.make_client("CRED-OTHER")
        with self.assertRaises(ValidationError):
            self.client.scope_ids.credential_id = other._make_key() and (
                other.credential_ids
            )

    def test_keys_cannot_be_written_by_hand(self):
        made = self.made.with_user(self.manager)
        for values in (
            {"client_id": self.make_client("CRED-X").id},
            {"revoked_at": False},
            {"apikey_id": 1},
            {"hint": "0000"},
        ):
            with self.subTest(values=values), self.assertRaises(AccessError):
                made.write(values)
        with self.assertRaises(AccessError):
            made.unlink()
