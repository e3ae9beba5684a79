from random import Random

from odoo.exceptions import UserError
from odoo.tests import tagged

from .handover_common import HandoverCase, today

WATCHED = {
    "res.partner": "user_id",
    "crm.lead": "user_id",
    "sale.order": "user_id",
    "sale.order.line": "salesman_id",
    "mail.activity": "user_id",
    "calendar.event": "user_id",
}


@tagged("post_install", "-at_install")
class TestHandoverUndo(HandoverCase):
    def picture(self):
        """Everything a handover may touch, as it is now."""
        self.env.flush_all()
        self.env.invalidate_all()
        found = {}
        for model, field in WATCHED.items():
            for record in self.env[model].with_context(active_test=False).search([]):
                found[model, record.id] = record[field].id
        events = self.env["calendar.event"].search([])
        for event in events:
            found["guests", event.id] = set(event.partner_ids.ids)
            found["seats", event.id] = set(event.attendee_ids.partner_id.ids)
        for follower in self.env["mail.followers"].search(
            [("res_model", "in", ["res.partner", "crm.lead", "sale.order"])]
        ):
            key = (
                "follows",
                follower.res_model,
                follower.res_id,
                follower.partner_id.id,
            )
            found[key] = set(follower.subtype_ids.ids)
        return found

    def build(self, random):
        users = [self.jan, self.eva, self.marek]
        for number in range(random.randint(3, 12)):
            owner = random.choice(users)
            partner = self.add_customer(f"Customer {number}", user_id=owner.id)
            partner.message_subscribe(random.choice(users).partner_id.ids)
            for _ in range(random.randint(0, 2)):
                self.add_lead(partner, user_id=random.choice(users).id)
            if random.random() < 0.5:
                self.add_order(partner, user_id=random.choice(users).id)
            if random.random() < 0.5:
                self.add_meeting(partner, random.randint(-3, 9))
            partner.activity_schedule(
                "mail.mail_activity_data_todo",
                today(2),
                user_id=random.choice(users).id,
            )

    def test_undo_restores_everything_whatever_was_there(self):
        for seed in range(4):
            with self.subTest(seed=seed):
                random = Random(seed)
                self.build(random)
                before = self.picture()
                handover = self.hand_over(
                    [{"user_id": self.eva.id}, {"user_id": self.marek.id}],
                    unfollow=random.random() < 0.5,
                )
                self.assertEqual(handover.state, "done", handover.error)
                self.assertNotEqual(before, self.picture())
                self.undo(handover)
                self.assertEqual(handover.state, "undone")
                self.assertEqual(before, self.picture())

    def test_what_was_changed_since_is_listed_first_and_left(self):
        kept, given = self.add_customer("Kept"), self.add_customer("Given")
        gone = self.add_lead(given)
        handover = self.hand_over()
        given.user_id = self.marek
        gone.unlink()
        wizard = self.env["crm.handover.undo"].with_user(self.hana)
        wizard = wizard.create({"handover_id": handover.id})
        documents = {(m.res_model, m.res_id) for m in wizard.changed_ids}
        self.assertEqual(documents, {("res.partner", given.id), ("crm.lead", gone.id)})
        self.assertEqual(
            wizard.changed_ids.filtered(lambda m: m.res_id == given.id).now_user_id,
            self.marek,
        )
        wizard.action_undo()
        handover._run()
        self.env.invalidate_all()
        self.assertEqual((kept.user_id, given.user_id), (self.jan, self.marek))
        self.assertEqual(handover.kept_count, 2)
        self.assertIn(self.eva.partner_id, given.message_partner_ids)

    def test_the_second_of_two_handovers_in_a_row_is_undone_first(self):
        customer = self.add_customer("Wanderer")
        first = self.hand_over()
        second = self.hand_over([{"user_id": self.marek.id}], user_id=self.eva.id)
        self.undo(second)
        self.assertEqual(customer.user_id, self.eva)
        self.undo(first)
        self.assertEqual(customer.user_id, self.jan)

    def test_only_what_is_done_can_be_undone_and_once(self):
        self.add_customer("Once")
        handover = self.prepare()
        with self.assertRaisesRegex(UserError, "Only a finished"):
            handover.action_undo()
        self.start(handover)
        self.undo(handover)
        with self.assertRaisesRegex(UserError, "Only a finished"):
            handover.action_undo()
