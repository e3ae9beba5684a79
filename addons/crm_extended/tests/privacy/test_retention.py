from markupsafe import Markup

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import SQL

from .privacy_common import PrivacyCase


@tagged("post_install", "-at_install")
class TestRetention(PrivacyCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.people.flush_recordset()
        cls.env.cr.execute(
            SQL(
                "UPDATE res_partner SET create_date = '2015-01-01' WHERE id = ANY(%s)",
                cls.people.ids,
            )
        )
        cls.people.invalidate_recordset()

    def make_rule(self, model="res.partner", **vals):
        rules = self.env["crm.retention.rule"].with_user(self.officer)
        return rules.create(
            {
                "name": "Silent customers",
                "model_id": self.env["ir.model"]._get_id(model),
                "domain": f"[('id', 'in', {self.people.ids})]",
                "action": "erase",
                **vals,
            }
        )

    def run_rule(self, rule, dry=False):
        run = self.env["crm.retention.run"].create({"rule_id": rule.id, "dry_run": dry})
        run._run()
        self.env.invalidate_all()
        self.assertEqual(run.state, "done", run.error)
        return run

    def test_a_rule_is_tried_before_it_works(self):
        rule = self.make_rule()
        with self.assertRaisesRegex(UserError, "Try the rule first"):
            rule.action_activate()
        run = self.run_rule(rule, dry=True)
        self.assertEqual((run.due_count, run.done_count), (4, 0))
        self.assertIn("Quivira Person 0", run.sample)
        self.assertEqual(self.anna.name, "Quivira Person 0", "nothing happened")
        rule.action_activate()
        rule.period = 3
        self.assertEqual(rule.state, "draft", "a changed rule is tried again")
        with self.assertRaises(UserError):
            rule.write({"state": "active"})

    def test_silent_customers_are_erased_used_ones_and_held_ones_stay(self):
        self.env["crm.interaction"].create(
            {"partner_id": self.bela.id, "date": "2026-06-01", "subject": "Came by"}
        )
        self.sell(self.cyril)
        self.env["crm.legal.hold"].create(
            {"name": "Claim", "reason": "x", "partner_ids": self.dana.ids}
        )
        rule = self.make_rule()
        self.run_rule(rule, dry=True)
        rule.action_activate()
        run = self.run_rule(rule)
        self.assertEqual((run.due_count, run.done_count), (1, 1))
        self.assertTrue(self.anna.erased_at)
        self.assertEqual(run.erasure_id.reason, "retention")
        self.assertFalse((self.bela | self.cyril | self.dana).filtered("erased_at"))
        self.assertEqual(self.run_rule(rule).due_count, 0, "once")

    def test_old_interactions_lose_their_words_or_go(self):
        talks = self.env["crm.interaction"].create(
            [
                {"partner_id": self.anna.id, "date": day, "subject": "Quivira talk"}
                for day in ("2015-03-01", "2026-03-01")
            ]
        )
        date = self.env["ir.model.fields"]._get("crm.interaction", "date")
        rule = self.make_rule(
            "crm.interaction",
            domain=f"[('id', 'in', {talks.ids})]",
            date_field_id=date.id,
            action="anonymise",
        )
        self.run_rule(rule, dry=True)
        rule.action_activate()
        self.run_rule(rule)
        self.assertEqual(talks.mapped("subject"), [False, "Quivira talk"])
        rule.action = "delete"
        self.run_rule(rule, dry=True)
        rule.action_activate()
        self.run_rule(rule)
        self.assertEqual(talks.exists(), talks[1])

    def test_archiving_loses_nothing(self):
        rule = self.make_rule(action="archive")
        self.run_rule(rule, dry=True)
        rule.action_activate()
        self.assertEqual(self.run_rule(rule).done_count, 4)
        self.assertFalse(any(self.people.mapped("active")))
        self.assertEqual(self.anna.email, "quivira0@example.com")

    def test_rules_that_cannot_be_meant_are_refused(self):
        interaction = self.env["ir.model.fields"]._get("crm.interaction", "date")
        for vals in (
            {"domain": "__import__('os').system('id')"},
            {"domain": "[('user_ids.password', 'like', 'a')]"},
            {"action": "delete"},
            {"model": "crm.interaction"},
            {"model": "crm.interaction", "date_field_id": interaction.id},
            {"model": "res.users"},
            {"model": "ir.cron"},
            {"model": "crm.consent", "action": "delete"},
            {"period": 0},
            {"period": -5},
            {"period": 2**31},
        ):
            with (
                self.subTest(vals=vals),
                self.assertRaises(Exception),  # noqa: B017
                self.env.cr.savepoint(),
            ):
                self.make_rule(**vals).flush_recordset()

    def test_nobody_else_decides_how_long_things_are_kept(self):
        rules = self.env["crm.retention.rule"].with_user(self.assistant)
        for operation in ("read", "write", "create", "unlink"):
            self.assertFalse(rules.has_access(operation))

    def test_the_nightly_job_runs_rules_that_are_switched_on(self):
        rule = self.make_rule(action="archive")
        self.make_rule(action="archive", name="Draft")
        self.run_rule(rule, dry=True)
        rule.action_activate()
        before = self.env["crm.retention.run"].search([])
        self.env["crm.retention.rule"]._cron_run()
        fresh = self.env["crm.retention.run"].search([]) - before
        self.assertEqual(fresh.rule_id.filtered(lambda r: r.id == rule.id), rule)
        self.assertEqual(set(fresh.mapped("state")), {"queued"})

    def age(self, records):
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "UPDATE %s SET create_date = '2015-01-01' WHERE id = ANY(%s)",
                SQL.identifier(records._table),
                records.ids,
            )
        )
        records.invalidate_recordset()

    def hold(self, partners, **vals):
        return self.env["crm.legal.hold"].create(
            {"name": "Claim", "reason": "x", "partner_ids": partners.ids, **vals}
        )

    def delete_old(self, records):
        """What is left of records after a rule that deletes them by their age."""
        self.age(records)
        date = self.env["ir.model.fields"]._get(records._name, "create_date")
        rule = self.make_rule(
            records._name,
            domain=f"[('id', 'in', {records.ids})]",
            date_field_id=date.id,
            action="delete",
        )
        self.run_rule(rule, dry=True)
        rule.action_activate()
        self.run_rule(rule)
        return records.exists()

    def test_a_hold_keeps_what_belongs_to_the_person_by_address(self):
        self.hold(self.dana)
        contacts = self.env["mailing.contact"].create(
            [{"email": person.email} for person in (self.anna, self.dana)]
        )
        self.assertEqual(self.delete_old(contacts), contacts[1])

    def test_a_hold_keeps_what_was_written_on_the_persons_record(self):
        self.hold(self.dana)
        messages = self.env["mail.message"]
        for person in (self.anna, self.dana):
            messages |= person.message_post(body=Markup("We wrote"))
        invoice = self.env["account.move"].create(
            {"move_type": "out_invoice", "partner_id": self.anna.id}
        )
        messages |= invoice.message_post(body=Markup("Belongs to the books"))
        self.assertEqual(self.delete_old(messages), messages[1:])

    def test_other_companies_keep_what_is_theirs(self):
        other = self.env["res.company"].create({"name": "Abroad"})
        needs = self.env["crm.lead"].create(
            [
                {"name": "Ours", "company_id": self.env.company.id},
                {"name": "Theirs", "company_id": other.id},
                {"name": "Common", "company_id": False},
            ]
        )
        self.assertEqual(self.delete_old(needs).mapped("name"), ["Theirs"])

    def test_a_hold_on_a_merged_record_holds_whom_it_went_into(self):
        self.env["crm.merge"]._merge([(self.anna.id, self.bela.ids)])
        self.hold(self.bela)
        holds = self.env["crm.legal.hold"]
        self.assertEqual(holds._held(self.people - self.bela), self.anna)
        rule = self.make_rule()
        self.run_rule(rule, dry=True)
        rule.action_activate()
        self.run_rule(rule)
        self.assertFalse(self.anna.erased_at)
        self.assertTrue(self.cyril.erased_at)

    def test_a_hold_has_its_days_and_names_somebody(self):
        self.hold(self.anna, date_from="2999-01-01")
        self.hold(self.bela, date_from="2020-01-01", date_to="2020-12-31")
        self.hold(self.cyril, active=False)
        self.hold(self.dana, date_from="2020-01-01", date_to="2999-12-31")
        self.assertEqual(self.env["crm.legal.hold"]._held(self.people), self.dana)
        self.dana.action_archive()
        self.assertEqual(self.env["crm.legal.hold"]._held(self.people), self.dana)
        with self.assertRaisesRegex(ValidationError, "names nobody"):
            self.env["crm.legal.hold"].create({"name": "Nobody", "reason": "x"})
