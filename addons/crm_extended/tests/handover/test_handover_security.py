from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .handover_common import MANAGER, SALES, HandoverCase


@tagged("post_install", "-at_install")
class TestHandoverSecurity(HandoverCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company_b = cls.env["res.company"].create({"name": "Harmonia Polska"})
        cls.ola = new_test_user(
            cls.env,
            "han_ola",
            groups=MANAGER,
            company_id=cls.company_b.id,
            company_ids=[Command.set(cls.company_b.ids)],
        )
        cls.customer = cls.add_customer("Customer")

    def test_a_salesperson_prepares_only_his_own_and_never_runs_it(self):
        with self.assertRaises(AccessError):
            self.prepare(user=self.eva)
        own = self.prepare([{"user_id": self.marek.id}], self.jan)
        self.assertTrue(own.line_ids)
        for step in ("action_plan", "action_start", "action_undo", "action_ask_undo"):
            with self.subTest(step=step), self.assertRaises(AccessError):
                getattr(own, step)()
        with self.assertRaises(AccessError):
            own.write({"user_id": self.marek.id})
        with self.assertRaises(AccessError):
            own.sudo(False).write({"state": "done"})

    def test_colleagues_see_nothing_until_something_comes_to_them(self):
        handover = self.prepare()
        for user in (self.eva, self.marek):
            found = self.env["crm.handover"].with_user(user).search([])
            self.assertNotIn(handover, found)
        self.start(handover)
        seen = self.env["crm.handover"].with_user(self.eva).search([])
        self.assertIn(handover, seen)
        lines = self.env["crm.handover.line"]
        self.assertIn(self.customer, lines.with_user(self.eva).search([]).partner_id)
        self.assertNotIn(
            self.customer, lines.with_user(self.marek).search([]).partner_id
        )
        with self.assertRaises(AccessError):
            handover.line_ids.with_user(self.eva).write({"chosen": False})
        with self.assertRaises(AccessError):
            self.env["crm.handover.move"].with_user(self.eva).search([])

    def test_a_manager_of_one_company_does_not_reach_the_other(self):
        handover = self.prepare()
        self.assertFalse(self.env["crm.handover"].with_user(self.ola).search([]))
        with self.assertRaises(AccessError):
            handover.with_user(self.ola).action_start()
        with self.assertRaises(ValidationError):
            self.prepare(user=self.ola, company_id=self.company_b.id)
        with self.assertRaises(AccessError):
            self.prepare(user=self.ola, company_id=self.env.company.id)

    def test_documents_of_another_company_stay(self):
        both = self.env.company | self.company_b
        self.jan.write({"company_ids": [Command.set(both.ids)]})
        theirs = self.add_customer("Theirs", company_id=self.company_b.id)
        lead = self.add_lead(self.customer, company_id=self.company_b.id, team_id=False)
        self.hand_over()
        self.assertEqual(self.customer.user_id, self.eva)
        self.assertEqual((theirs.user_id, lead.user_id), (self.jan, self.jan))

    def test_who_cannot_take_over_is_refused_by_name(self):
        portal = new_test_user(self.env, "han_portal", groups="base.group_portal")
        archived = self.marek.copy({"login": "han_gone", "active": False})
        refused = {
            portal: "no colleague",
            archived: "archived",
            self.ola: "does not work in",
            self.jan: "own successor",
        }
        for user, why in refused.items():
            with (
                self.subTest(user=user.login),
                self.assertRaisesRegex(ValidationError, why),
            ):
                self.prepare([{"user_id": user.id}])
            handover = self.prepare()
            with (
                self.subTest(line=user.login),
                self.assertRaisesRegex(ValidationError, why),
                self.env.cr.savepoint(),
            ):
                handover.line_ids.write({"successor_id": user.id})
        handover = self.prepare()
        self.eva.active = False
        with self.assertRaisesRegex(ValidationError, "archived"):
            handover.action_start()

    def test_lines_and_journal_are_not_written_from_outside(self):
        handover = self.prepare()
        line = handover.line_ids
        for vals in ({"value": 9}, {"by_hand": True}, {"partner_id": 1}):
            with self.subTest(vals=vals), self.assertRaises(AccessError):
                line.write(vals)
        with self.assertRaises(AccessError):
            self.env["crm.handover.line"].with_user(self.hana).create(
                {"handover_id": handover.id}
            )
        with self.assertRaises(AccessError):
            self.env["crm.handover.move"].with_user(self.hana).create(
                {
                    "handover_id": handover.id,
                    "res_model": "res.users",
                    "res_id": 2,
                    "field": "user_id",
                }
            )
        with self.assertRaises(AccessError):
            handover.write({"state": "done"})

    def test_an_archived_predecessor_can_still_be_handed_over(self):
        self.jan.active = False
        handover = self.hand_over()
        self.assertEqual((handover.state, self.customer.user_id), ("done", self.eva))

    def test_a_user_without_the_role_has_no_access(self):
        clerk = new_test_user(self.env, "han_clerk", groups="base.group_user")
        with self.assertRaises(AccessError):
            self.env["crm.handover"].with_user(clerk).search([])
        self.assertIn("group_sale_salesman", SALES)
