from unittest.mock import patch

import psycopg2

from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ..exchange.exchange_common import ExchangeCase


@tagged("post_install", "-at_install")
class TestExchangeAudit(ExchangeCase):
    """Who read or changed which fields, when; nobody changes or avoids the journal."""

    def lines(self, client=None):
        domain = [("client_ref", "=", (client or self.client).id)]
        return self.env["crm.exchange.audit"].search(domain, order="id")

    def test_reading_is_noted_with_fields_and_number(self):
        partner = self.partners.create({"name": "Anna", "email": "anna@example.com"})
        answer = self.call(
            "get",
            entity="customer",
            keys=[{"id": partner.id}],
            fields=["name", "email"],
        )
        line = self.lines()
        self.assertEqual(line.request_id, answer["request_id"])
        self.assertEqual(
            (line.client, line.method, line.verb, line.entity, line.count, line.code),
            ("TEST-ERP", "get", "read", "customer", 1, ""),
        )
        self.assertEqual(line.field_names, "email,name")
        self.assertNotIn("anna", str(line.read()).lower(), "names of fields only")

    def test_a_refused_call_is_noted_with_the_reason(self):
        self.refused("out_of_scope", "get", entity="contact", keys=[])
        self.assertEqual(
            (self.lines().method, self.lines().code), ("get", "out_of_scope")
        )

    @mute_logger("odoo.addons.crm_extended.models.exchange.crm_exchange")
    def test_what_was_done_before_a_failure_is_noted(self):
        exchange = type(self.env["crm.exchange"])
        with patch.object(exchange, "_page", side_effect=KeyError("x")):
            self.refused("unexpected", "pull", limit=2)
        line = self.lines()
        self.assertEqual((line.verb, line.count, line.code), ("read", 2, "unexpected"))

    def test_a_job_is_noted_without_a_call(self):
        self.env["crm.exchange"]._audit(self.client, "update", "customer", ["city"], 7)
        line = self.lines()
        self.assertEqual((line.method, line.verb, line.count), ("job", "update", 7))

    def test_the_key_used_is_noted(self):
        status, _answer, text = self.json2("crm.exchange/pull", {"limit": 1})
        self.assertEqual(status, 200, text)
        self.assertEqual(self.lines().credential, self.client.credential_ids.name)

    def test_the_database_refuses_to_change_the_journal(self):
        self.ok("pull", limit=1)
        for statement in (
            "UPDATE crm_exchange_audit SET count = 0",
            "DELETE FROM crm_exchange_audit",
            "TRUNCATE crm_exchange_audit",
        ):
            with (
                self.subTest(statement=statement),
                mute_logger("odoo.sql_db"),
                self.assertRaises(psycopg2.errors.RestrictViolation),
                self.env.cr.savepoint(),
            ):
                self.env.cr.execute(statement)

    def test_old_lines_are_forgotten_after_their_time(self):
        audit = self.env["crm.exchange.audit"]
        self.env.cr.execute(
            """INSERT INTO crm_exchange_audit (at, client_ref, number, client, verb)
               SELECT now() AT TIME ZONE 'UTC' - make_interval(days => d),
                      %s, d, 'OLD', 'read' FROM unnest(ARRAY[401, 399]) d""",
            [self.client.id],
        )
        audit._gc_audit()
        self.assertEqual(audit.search([("client", "=", "OLD")]).number, 399)
        parameter = self.env["ir.config_parameter"]
        parameter.set_param("crm_extended.exchange_audit_days", "1")
        self.assertEqual(audit._get_days(), 90, "younger ones cannot be deleted")

    def test_a_client_reads_its_own_lines_in_order_without_gaps(self):
        other = self.make_client("AUDIT-OTHER")
        for _ in range(3):
            self.ok("pull", limit=1)
            self.ok("pull", other, limit=1)
        first = self.ok("audit", limit=2)
        self.assertTrue(first["more"])
        rest = self.ok("audit", cursor=first["cursor"])
        self.assertFalse(rest["more"])
        lines = first["lines"] + rest["lines"]
        self.assertEqual([line["method"] for line in lines], ["pull"] * 3)
        self.assertEqual({line["records"] for line in lines}, {1})
        self.assertEqual(self.lines().mapped("number"), [1, 2, 3])
        self.assertEqual(self.ok("audit", cursor=rest["cursor"])["lines"], [])
        for cursor in ("-1", "x", "9" * 30, "٣"):
            self.refused("cursor_invalid", "audit", cursor=cursor)

    def test_the_journal_outlives_the_client(self):
        client = self.make_client("AUDIT-GONE")
        self.ok("pull", client, limit=1)
        ref = client.id
        client.unlink()
        line = self.env["crm.exchange.audit"].search([("client_ref", "=", ref)])
        self.assertEqual(line.client, "AUDIT-GONE")

    def test_only_those_who_watch_read_the_journal_and_nobody_writes_it(self):
        roles = {
            "crm_extended.group_customer_user": False,
            "crm_extended.group_customer_manager": False,
            "crm_extended.group_steward": False,
            "crm_extended.group_privacy_officer": True,
            "crm_extended.group_exchange_manager": True,
        }
        for group, allowed in roles.items():
            user = new_test_user(self.env, f"aud_{group[-12:]}", group)
            audit = self.env["crm.exchange.audit"].with_user(user)
            with self.subTest(group=group):
                self.assertEqual(audit.has_access("read"), allowed)
                for operation in ("write", "create", "unlink"):
                    self.assertFalse(audit.has_access(operation))

    def test_calls_are_counted_by_method_and_refusal_and_forgotten(self):
        self.ok("pull", limit=3)
        self.refused("out_of_scope", "schema", entity="nope")
        usage = self.env["crm.exchange.usage"]
        counted = {
            (row.method, row.code): (row.calls, row.records)
            for row in usage.search([("client_id", "=", self.client.id)])
        }
        self.assertEqual(
            counted, {("pull", ""): (1, 3), ("schema", "out_of_scope"): (1, 0)}
        )
        self.env.cr.execute(
            "UPDATE crm_exchange_usage SET minute = minute - interval '40 days' "
            "WHERE client_id = %s",
            [self.client.id],
        )
        usage._gc_usage()
        self.assertFalse(usage.search([("client_id", "=", self.client.id)]))
