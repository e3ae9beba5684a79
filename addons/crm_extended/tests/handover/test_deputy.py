from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged
from odoo.tools.safe_eval import safe_eval

from .handover_common import MANAGER, HandoverCase, today


@tagged("post_install", "-at_install")
class TestDeputy(HandoverCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls.add_customer("Customer")
        cls.lead = cls.add_lead(cls.customer)
        cls.order = cls.add_order(cls.customer)

    def name_deputy(self, **vals):
        vals = {
            "user_id": self.jan.id,
            "deputy_id": self.eva.id,
            "date_from": today(),
            "date_to": today(5),
            **vals,
        }
        return self.env["crm.deputy"].with_user(self.jan).create(vals)

    def sees(self, record, user=None):
        model = self.env[record._name].with_user(user or self.eva)
        return bool(model.search([("id", "=", record.id)]))

    def test_the_deputy_sees_and_edits_what_is_the_absents_and_owns_nothing(self):
        self.assertFalse(self.sees(self.lead))
        self.name_deputy()
        for record in (self.lead, self.order, self.order.order_line):
            self.assertTrue(self.sees(record), record._name)
            self.assertFalse(self.sees(record, self.marek), record._name)
        self.lead.with_user(self.eva).write({"name": "Called by Eva"})
        self.assertEqual(self.lead.user_id, self.jan)
        self.assertEqual(self.customer.user_id, self.jan)
        with self.assertRaises(AccessError):
            self.lead.with_user(self.eva).unlink()

    def test_it_begins_and_ends_by_itself(self):
        deputy = self.name_deputy(date_from=today(2), date_to=today(4))
        seen, states = [], []
        for day in range(7):
            self.env.invalidate_all()
            with patch.object(
                fields.Date, "context_today", lambda *_args, d=day: today(d)
            ):
                seen.append(self.sees(self.lead))
                states.append(deputy.state)
        self.assertEqual(seen, [False, False, True, True, True, False, False])
        self.assertEqual(states, ["planned"] * 2 + ["active"] * 3 + ["ended"] * 2)

    def test_who_is_back_ends_it_at_once(self):
        deputy = self.name_deputy()
        deputy.action_end()
        self.assertEqual(deputy.state, "ended")
        self.assertFalse(self.sees(self.lead))

    def test_only_the_scope_is_opened(self):
        self.name_deputy(for_opportunities=False)
        self.assertFalse(self.sees(self.lead))

    def test_cases_are_opened_where_a_help_desk_is_installed(self):
        if "helpdesk.ticket" not in self.env:
            return
        group = self.env.ref("helpdesk_mgmt.group_helpdesk_user_own")
        (self.jan | self.eva).write({"group_ids": [Command.link(group.id)]})
        ticket = self.env["helpdesk.ticket"].create(
            {"name": "Bow", "description": "Broken", "user_id": self.jan.id}
        )
        self.assertFalse(self.sees(ticket))
        self.name_deputy()
        self.assertTrue(self.sees(ticket))
        self.assertFalse(self.sees(ticket, self.marek))

    def told(self, record):
        notices = self.env["mail.notification"].search(
            [
                ("mail_message_id.model", "=", record._name),
                ("mail_message_id.res_id", "=", record.id),
                ("res_partner_id", "=", self.eva.partner_id.id),
            ]
        )
        return len(notices.mail_message_id)

    def test_new_activities_and_mails_are_told_to_the_deputy_too(self):
        def happen():
            self.lead.with_user(self.hana).sudo().activity_schedule(
                "mail.mail_activity_data_call", user_id=self.jan.id
            )
            question = "When does it come?"
            self.lead.message_post(
                body=question,
                message_type="email",
                subtype_xmlid="mail.mt_comment",
                author_id=self.customer.id,
            )

        self.lead.message_subscribe(self.jan.partner_id.ids)
        happen()
        self.assertEqual(self.told(self.lead), 0)
        deputy = self.name_deputy()
        happen()
        self.assertEqual(self.told(self.lead), 2)
        deputy.action_end()
        happen()
        self.assertEqual(self.told(self.lead), 2)

    def test_my_deputy_work_lists_the_absents_activities(self):
        activity = self.lead.activity_schedule(
            "mail.mail_activity_data_call", today(-1), user_id=self.jan.id
        )
        deputy = self.name_deputy()
        action = self.env.ref("crm_extended.action_deputy_activity")
        domain = safe_eval(action.domain, {"uid": self.eva.id})
        found = self.env["mail.activity"].with_user(self.eva).search(domain)
        self.assertEqual(found, activity)
        mine = deputy.with_user(self.eva)
        self.assertEqual((mine.activity_count, mine.late_count), (1, 1))
        self.assertEqual(mine.opportunity_count, 1)

    def test_who_may_name_whom(self):
        with self.assertRaises(AccessError):
            self.name_deputy(user_id=self.marek.id)
        deputy = self.name_deputy()
        with self.assertRaises(AccessError):
            deputy.user_id = self.marek
        with self.assertRaises(AccessError):
            deputy.with_user(self.eva).date_to = today(90)
        with self.assertRaises(AccessError):
            deputy.with_user(self.marek).read(["note"])
        by_manager = self.env["crm.deputy"].with_user(self.hana)
        self.assertTrue(by_manager.search([("id", "=", deputy.id)]))

    def test_who_cannot_stand_in_is_refused_by_name(self):
        company = self.env["res.company"].create({"name": "Harmonia Polska"})
        elsewhere = new_test_user(
            self.env,
            "han_dep_ola",
            groups=MANAGER,
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )
        portal = new_test_user(self.env, "han_dep_p", groups="base.group_portal")
        gone = self.marek.copy({"login": "han_dep_gone", "active": False})
        no_sales = new_test_user(
            self.env, "han_dep_n", groups="crm_extended.group_customer_user"
        )
        refused = {
            elsewhere: "no colleague",
            portal: "no colleague",
            gone: "archived",
            no_sales: "no right to open",
        }
        for user, why in refused.items():
            with (
                self.subTest(user=user.login),
                self.assertRaisesRegex(ValidationError, why),
            ):
                self.name_deputy(deputy_id=user.id)
