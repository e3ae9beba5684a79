from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .common import ContactCommon

MODELS = (
    "crm.queue",
    "crm.work.item",
    "crm.work.candidate",
    "crm.disposition",
    "crm.channel",
    "crm.work.item.close",
    "crm.work.item.transfer",
)


@tagged("post_install", "-at_install")
class TestSecurity(ContactCommon):
    """Who sees and does what: the matrix of roles."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mine = cls._make_item(name="mine")
        cls.foreign = cls._make_item(name="foreign", queue_id=cls.complaints.id)
        cls.other_company = cls.env["res.company"].create({"name": "Other Shop"})
        far_queue = cls.env["crm.queue"].create(
            {"name": "Far", "code": "far", "company_id": cls.other_company.id}
        )
        cls.far = cls.env["crm.work.item"].create(
            {"name": "far", "queue_id": far_queue.id}
        )

    def _seen_by(self, user):
        shown = self.mine | self.foreign | self.far
        items = self.env["crm.work.item"].with_user(user)
        found = items.search([("id", "in", shown.ids)])
        groups = items._read_group([("id", "in", shown.ids)], [], ["__count"])
        self.assertEqual(groups[0][0], len(found), "counts show no more than lists")
        return found

    def test_an_agent_sees_the_items_of_his_queues(self):
        self.assertEqual(self._seen_by(self.agent), self.mine)
        with (
            self.assertRaises(AccessError),
            mute_logger("odoo.addons.base.models.ir_rule"),
        ):
            self.foreign.with_user(self.agent).read(["name"])

    def test_an_agent_keeps_sight_of_what_he_has_in_hand(self):
        self.mine.with_user(self.agent).action_take()
        self.queue.member_ids = self.other_agent
        self.assertEqual(self._seen_by(self.agent), self.mine)

    def test_a_supervisor_sees_all_of_his_companies_only(self):
        self.assertEqual(self._seen_by(self.supervisor), self.mine | self.foreign)

    def test_an_agent_cannot_take_a_foreign_item_by_any_door(self):
        item = self.foreign.with_user(self.agent)
        for step in (
            item.action_take,
            item.action_cancel,
            lambda: item.write({"priority": "2"}),
            lambda: item.message_post(body="hello"),
            lambda: item._transfer(self.queue.with_user(self.agent), self.agent, "x"),
        ):
            with (
                self.assertRaises(AccessError),
                mute_logger("odoo.addons.base.models.ir_rule"),
            ):
                step()
                self.env.flush_all()
        action = self.complaints.with_user(self.agent).action_take_next()
        self.assertEqual(action["tag"], "display_notification")
        self.assertEqual(self.foreign.state, "waiting")

    def test_a_wizard_does_not_reach_foreign_items(self):
        for model, values in (
            ("crm.work.item.close", {"disposition_id": self.solved.id}),
            (
                "crm.work.item.transfer",
                {"queue_id": self.queue.id, "note": "Give it to me"},
            ),
        ):
            with (
                self.subTest(model=model),
                self.assertRaises(AccessError),
                mute_logger("odoo.addons.base.models.ir_rule"),
            ):
                wizard = self.env[model].with_user(self.agent)
                values["item_ids"] = [(6, 0, self.foreign.ids)]
                wizard.create(values).action_apply()
        self.assertEqual(self.foreign.state, "waiting")
        self.assertEqual(self.foreign.queue_id, self.complaints)

    def test_a_candidate_of_a_foreign_item_cannot_be_chosen(self):
        candidate = self.env["crm.work.candidate"].create(
            {"item_id": self.foreign.id, "partner_id": self.customer.id}
        )
        with (
            self.assertRaises(AccessError),
            mute_logger("odoo.addons.base.models.ir_rule"),
        ):
            candidate.with_user(self.agent).action_choose()

    def test_only_a_supervisor_sets_up(self):
        for record, values in (
            (self.queue, {"name": "Hacked"}),
            (self.queue, {"member_ids": [(4, self.agent.id)]}),
            (self.solved, {"name": "Hacked"}),
        ):
            with (
                self.subTest(values=values),
                self.assertRaises(AccessError),
                mute_logger("odoo.addons.base.models.ir_model"),
            ):
                record.with_user(self.agent).write(values)
        self.queue.with_user(self.agent).write({"alias_name": "hacked"})
        self.assertEqual(self.queue.alias_name, "cc_shop")
        self.queue.with_user(self.supervisor).write({"response_hours": 8})
        self.assertEqual(self.queue.response_hours, 8)

    def test_nobody_deletes_but_a_supervisor_what_has_no_history(self):
        item = self._make_item(partner_id=False)
        with (
            self.assertRaises(AccessError),
            mute_logger("odoo.addons.base.models.ir_model"),
        ):
            item.with_user(self.agent).unlink()
        item.with_user(self.supervisor).unlink()

    def test_portal_public_and_other_employees_get_nothing(self):
        portal = new_test_user(self.env, "cc_portal", "base.group_portal")
        public = self.env.ref("base.public_user")
        employee = new_test_user(self.env, "cc_emp", "base.group_user")
        for user in (portal, public, employee):
            for model in MODELS:
                for operation in ("read", "write", "create", "unlink"):
                    with self.subTest(user=user.login, model=model, op=operation):
                        allowed = self.env[model].with_user(user).has_access(operation)
                        self.assertFalse(allowed)

    def test_a_portal_customer_does_not_read_the_items_messages(self):
        item = self._receive()
        portal = new_test_user(self.env, "cc_portal2", "base.group_portal")
        portal.partner_id.parent_id = self.customer
        messages = self.env["mail.message"].with_user(portal)
        self.assertFalse(
            messages.search([("model", "=", item._name), ("res_id", "=", item.id)])
        )
