import base64
import logging
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import SQL, mute_logger

from .privacy_common import OFFICER, PrivacyCase

# kept on purpose: the hash, and texts that name no person
BLIND = {"ir_logging", "bus_bus", "mail_presence", "res_device_log"}

SAID = "Xyloria said"


@tagged("post_install", "-at_install")
class TestErasure(PrivacyCase):
    def erase(self, people, **vals):
        erasure = (
            self.env["crm.erasure"]
            .with_user(self.officer)
            .create({"partner_ids": people.ids, **vals})
        )
        erasure.action_preview()
        erasure._run()
        self.env.invalidate_all()
        return erasure

    def find_traces(self, text):
        """`table.column` of everything in the database that holds the text."""
        self.env.flush_all()
        columns = self.env.execute_query(
            SQL(
                """SELECT c.table_name, c.column_name
                     FROM information_schema.columns c
                     JOIN information_schema.tables t USING (table_schema, table_name)
                    WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE'
                      AND c.data_type IN ('character varying', 'text', 'jsonb',
                                          'json')"""
            )
        )
        found = []
        for table, column in columns:
            if table in BLIND:
                continue
            rows = self.env.execute_query(
                SQL(
                    "SELECT FROM %s WHERE %s::text ILIKE %s LIMIT 1",
                    SQL.identifier(table),
                    SQL.identifier(column),
                    f"%{text}%",
                )
            )
            if rows:
                found.append(f"{table}.{column}")
        return found

    def make_story(self):
        """Anna all over the database: the name Quivira and the word Xyloria."""
        anna = self.anna
        anna.write(
            {"comment": "<p>Xyloria note</p>", "function": "Xyloria", "ref": "Xyloria"}
        )
        anna.image_1920 = base64.b64encode(
            b"<svg xmlns='http://www.w3.org/2000/svg'>Xyloria</svg>"
        )
        anna.message_post(body=SAID, author_id=anna.id, email_from=anna.email)
        anna.message_post(body=SAID, subject=SAID)
        anna.activity_schedule("mail.mail_activity_data_todo", summary="Xyloria")
        self.env["ir.attachment"].create(
            {
                "name": "Xyloria.txt",
                "raw": b"Xyloria",
                "res_model": "res.partner",
                "res_id": anna.id,
            }
        )
        self.env["crm.lead"].create(
            {
                "name": "Xyloria piano",
                "partner_id": anna.id,
                "contact_name": "Xyloria",
                "description": "Xyloria",
            }
        ).message_post(body=SAID)
        source = self.env["crm.source"].create({"name": "Till", "code": "T-PRI"})
        self.env["crm.source.record"].create(
            {
                "source_id": source.id,
                "key": "Xyloria-1",
                "partner_id": anna.id,
                "payload": {"name": "Xyloria"},
                "accepted": {"name": "Xyloria"},
            }
        )
        self.env["crm.interaction"].create(
            {"partner_id": anna.id, "subject": "Xyloria", "summary": "Xyloria"}
        )
        self.sell(anna)
        self.say(anna, "given", proof="Xyloria said so")
        self.env["mailing.contact"].create({"name": "Xyloria", "email": anna.email})
        self.env["mail.blacklist"].create({"email": anna.email})
        self.env["res.partner.bank"].create(
            {"partner_id": anna.id, "acc_number": "XYLORIA1", "acc_holder_name": "Xyl"}
        )
        self.env["res.partner"].create(
            {"name": "Xyloria door", "parent_id": anna.id, "type": "delivery"}
        )

    def test_nothing_in_the_database_names_an_erased_person(self):
        self.make_story()
        self.assertIn("mail_message.body", self.find_traces("xyloria"))
        erasure = self.erase(self.anna)
        self.assertEqual(erasure.state, "done", erasure.error)
        for text in ("xyloria", "quivira person 0", "quivira0", "420601112200"):
            with self.subTest(text=text):
                self.assertEqual(self.find_traces(text), [])
        anna = self.anna.with_context(active_test=False)
        self.assertFalse(anna.active)
        self.assertTrue(anna.erased_at)
        self.assertEqual(anna.name, f"Erased {anna.id}")
        self.assertEqual(anna.display_name, anna.name)
        self.assertFalse(anna.image_1920)
        self.assertEqual(len(self.people.filtered("active")), 3, "nobody else")

    def test_figures_and_proofs_stay(self):
        purchase = self.sell(self.anna)
        row = self.say(self.anna, "withdrawn", proof="Quivira letter")
        erasure = self.erase(self.anna)
        self.assertEqual(purchase.partner_id, self.anna)
        self.assertEqual(purchase.amount, 5)
        self.assertEqual(
            (row.answer, row.email, row.proof), ("withdrawn", False, False)
        )
        lines = {line.model_id.model: line for line in erasure.line_ids}
        self.assertEqual(lines["crm.purchase"].outcome, "erase")
        self.assertEqual(erasure.person_count, 1)
        with self.assertRaises(UserError):
            row.write({"email": "x@example.com"})

    def test_the_preview_changes_nothing_and_says_what_stays_and_why(self):
        self.make_story()
        erasure = self.env["crm.erasure"].create({"partner_ids": self.anna.ids})
        with self.assertRaisesRegex(UserError, "press Preview"):
            erasure.action_start()
        erasure.with_user(self.officer).action_preview()
        lines = {line.model_id.model: line for line in erasure.line_ids}
        self.assertEqual(lines["crm.source.record"].outcome, "delete")
        self.assertEqual(lines["crm.consent"].outcome, "erase")
        self.assertIn("Proof", lines["crm.consent"].why)
        self.assertEqual(self.anna.email, "quivira0@example.com")
        erasure.with_user(self.officer).write({"partner_ids": self.people.ids})
        self.assertFalse(erasure.previewed_at, "other people, another look")

    def test_invoices_stay_with_a_number_and_unpaid_ones_refuse(self):
        move = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.anna.id,
                "invoice_line_ids": [
                    Command.create({"name": "Strings", "price_unit": 100})
                ],
            }
        )
        move.action_post()
        total = move.amount_total
        erasure = self.env["crm.erasure"].create({"partner_ids": self.anna.ids})
        erasure.action_preview()
        self.assertIn("unpaid invoices", erasure.refusal)
        self.assertIn("no stored document", erasure.warning)
        erasure.despite_debts = True
        erasure.action_preview()
        self.assertFalse(erasure.refusal)
        erasure._run()
        self.env.invalidate_all()
        self.assertEqual(erasure.state, "done", erasure.error)
        self.assertEqual((move.state, move.amount_total), ("posted", total))
        self.assertEqual(move.partner_id, self.anna)
        self.assertTrue(move.line_ids.partner_id)

    def test_a_legal_hold_refuses_and_its_end_allows(self):
        holds = self.env["crm.legal.hold"].with_user(self.officer)
        hold = holds.create(
            {"name": "12 C 34", "reason": "Claim", "partner_ids": self.anna.ids}
        )
        erasure = self.env["crm.erasure"].create({"partner_ids": self.people.ids})
        erasure.action_preview()
        self.assertIn("Quivira Person 0", erasure.refusal)
        with self.assertRaisesRegex(UserError, "legal hold"):
            erasure.action_start()
        erasure._run()
        self.assertEqual(erasure.state, "failed")
        self.assertEqual(self.bela.name, "Quivira Person 1", "nothing half done")
        hold.date_from = fields.Date.today() - timedelta(days=2)
        hold.date_to = fields.Date.today() - timedelta(days=1)
        self.assertEqual(self.erase(self.people).state, "done")

    def test_a_hold_by_rule_finds_customers_that_come_later(self):
        holds = self.env["crm.legal.hold"].with_user(self.officer)
        holds.create(
            {"name": "Audit", "reason": "x", "domain": "[('city', '=', 'Praha')]"}
        )
        late = self.anna.copy({"email": "late@example.com"})
        held = self.env["crm.legal.hold"]._held(late | self.bela)
        self.assertEqual(held, late | self.bela)
        for domain in ("[(1,'=',1)]*9", "__import__('os')", "[]", "[('nix','=',1)]"):
            with self.subTest(domain=domain), self.assertRaises(UserError):
                holds.create({"name": "Odd", "reason": "x", "domain": domain})
        with self.assertRaises(UserError):
            holds.create(
                {
                    "name": "Oracle",
                    "reason": "x",
                    "domain": "[('user_ids.password', 'like', 'a')]",
                }
            )

    def test_colleagues_and_our_own_companies_are_refused(self):
        colleague = new_test_user(self.env, "t_colleague").partner_id
        people = colleague | self.env.company.partner_id
        erasure = self.env["crm.erasure"].create({"partner_ids": people.ids})
        erasure.action_preview()
        self.assertIn("Colleagues", erasure.refusal)
        self.assertIn("Our own companies", erasure.refusal)

    def test_a_forgotten_person_is_known_by_a_keyed_hash_only(self):
        self.erase(self.anna)
        rows = self.env["crm.suppression"].search([])
        self.assertEqual(sorted(rows.mapped("kind"))[-2:], ["email", "phone"])
        find = self.env["crm.suppression"]._find
        self.assertEqual(
            set(
                find(
                    {
                        1: (" QUIVIRA0@Example.com ", None),
                        2: (None, "+420 601 112 200"),
                        3: ("other@example.com", "+420601112299"),
                    }
                )
            ),
            {1, 2},
        )
        with self.assertRaises(AccessError):
            rows.with_user(self.officer).read(["digest"])
        self.env["ir.config_parameter"].sudo().set_param(
            "crm_extended.suppression_secret", "ab" * 32
        )
        self.assertFalse(find({1: ("quivira0@example.com", None)}), "secret decides")

    def test_an_import_refuses_the_forgotten_and_the_form_flags_them(self):
        self.erase(self.anna)
        partners = self.env["res.partner"]
        result = partners.with_context(import_file=True).load(
            ["name", "email"],
            [["Anna again", "quivira0@example.com"], ["New", "new@example.com"]],
        )
        messages = " ".join(message["message"] for message in result["messages"])
        self.assertIn("asked to be forgotten", messages)
        self.assertNotIn("quivira0", messages)
        with Form(partners) as form:
            form.name = "Anna again"
            form.email = "Quivira0@example.com"
        again = form.record
        hit = again.suppression_hit_ids
        self.assertEqual(hit.state, "open")
        self.say(again, "given")
        self.assertFalse(self.allowed(people=again), "until somebody decides")
        hit.with_user(self.officer).action_welcome()
        self.assertEqual(self.allowed(people=again), again)
        with self.assertRaises(UserError):
            hit.action_welcome()

    def test_an_import_through_a_mapping_reports_the_forgotten_by_row(self):
        self.erase(self.anna)
        source = self.env["crm.source"].create({"name": "Till", "code": "T-FORGET"})
        lines = {"id": "customer_key", "name": "name", "email": "email"}
        mapping = self.env["crm.import.mapping"].create(
            {
                "name": "List",
                "source_id": source.id,
                "what": "customers",
                "line_ids": [
                    Command.create({"column": column, "target": target})
                    for column, target in lines.items()
                ],
            }
        )
        text = "id,name,email\n1,Anna,quivira0@example.com\n2,Olga,olga@example.com\n"
        run = self.env["crm.import"].create(
            {
                "mapping_id": mapping.id,
                "file": base64.b64encode(text.encode()),
                "file_name": "list.csv",
            }
        )
        run._run()
        self.assertEqual((run.customer_created, run.error_count), (1, 1), run.error)
        report = base64.b64decode(run.error_file).decode("utf-8-sig")
        self.assertIn("asked to be forgotten", report)

    def test_nobody_forgotten_costs_a_new_customer_one_small_query(self):
        self.env.cr.execute("DELETE FROM crm_suppression")
        self.env.registry.clear_cache()
        find = self.env["crm.suppression"]._find
        with self.assertQueryCount(1):
            find({n: (f"q{n}@example.com", None) for n in range(1000)})
        with self.assertQueryCount(0):
            find({n: (f"r{n}@example.com", None) for n in range(1000)})

    def test_many_are_erased_by_as_many_queries_as_few(self):
        def count(people):
            erasure = self.env["crm.erasure"].create({"partner_ids": people.ids})
            erasure.previewed_at = fields.Datetime.now()
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            erasure._run_within()
            return self.env.cr.sql_log_count - before

        crowd = self.env["res.partner"].create(
            [
                {"name": f"Crowd {n}", "email": f"crowd{n}@example.com"}
                for n in range(60)
            ]
        )
        few = count(crowd[:3])
        self.assertLess(count(crowd[3:]), few * 1.4 + 60)

    def test_a_merged_person_is_erased_whole(self):
        merge = self.env["crm.merge"]._merge([(self.bela.id, self.anna.ids)])
        self.erase(self.bela)
        self.assertEqual(self.find_traces("quivira person 0"), [])
        self.assertEqual(self.find_traces("quivira person 1"), [])
        self.assertEqual(merge.state, "done")

    def test_systems_that_knew_the_person_are_told_to_erase(self):
        client = self.env["crm.exchange.client"].create(
            {
                "name": "ERP",
                "code": "t-erp",
                "scope_ids": [
                    Command.create({"entity": "customer", "field_mode": "all"})
                ],
            }
        )
        exchange = self.env["crm.exchange"].with_user(client.user_id)
        first = exchange.pull(limit=1000)["data"]
        while first["more"]:
            first = exchange.pull(cursor=first["cursor"], limit=1000)["data"]
        self.erase(self.anna)
        news = exchange.pull(cursor=first["cursor"], limit=1000)["data"]["items"]
        mine = [item for item in news if item["id"] == self.anna.id]
        self.assertEqual([item["op"] for item in mine], ["erase"])
        self.assertNotIn("data", mine[0])
        answer = exchange.get(entity="customer", keys=[{"id": self.anna.id}])
        self.assertEqual(answer["data"]["records"][0]["status"], "erased")

    def test_the_log_of_a_run_names_nobody(self):
        self.make_story()
        told = []

        def keep(logger, level, message, args, **_details):
            if logger.name != "odoo.sql_db":
                told.append(f"{logger.name} {message} {args}")

        with (
            patch.object(logging.Logger, "isEnabledFor", lambda *args: True),
            patch.object(logging.Logger, "_log", keep),
        ):
            logging.getLogger("odoo.addons.crm_extended").info("Begin")
            self.erase(self.anna)
            self.say(self.bela, "given")
            self.env["mail.blacklist"]._add("quivira1@example.com")
        self.assertIn("odoo.addons.crm_extended Begin ()", told)
        self.assertNotIn("quivira", "\n".join(told).lower())

    def test_erasing_is_for_the_officer(self):
        for name in ("crm.erasure", "crm.legal.hold", "crm.privacy.request"):
            with self.subTest(model=name):
                model = self.env[name]
                self.assertFalse(model.with_user(self.assistant).has_access("read"))
                self.assertTrue(model.with_user(self.officer).has_access("create"))
        with self.assertRaises(AccessError), mute_logger("odoo.models"):
            self.anna.with_user(self.assistant).action_open_erasure()
        manager = new_test_user(
            self.env, "t_manager", groups="crm_extended.group_customer_manager"
        )
        with self.assertRaisesRegex(UserError, "Only an erasure"):
            self.anna.with_user(manager).write({"erased_at": fields.Datetime.now()})
        abroad = self.env["res.company"].create({"name": "Abroad"})
        other = new_test_user(
            self.env,
            "t_abroad",
            groups=OFFICER,
            company_id=abroad.id,
            company_ids=[Command.set(abroad.ids)],
        )
        erasure = self.env["crm.erasure"].create({"partner_ids": self.anna.ids})
        with self.assertRaises(AccessError):
            erasure.with_user(other).action_preview()
        self.anna.company_id = self.env.company
        theirs = self.env["crm.erasure"].with_user(other)
        with self.assertRaises(AccessError):
            theirs.create({"partner_ids": self.anna.ids}).action_preview()
