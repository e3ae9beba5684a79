from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged

from ...models.handover.matter import MATTERS
from .handover_common import HandoverCase, today


@tagged("post_install", "-at_install")
class TestHandover(HandoverCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.school = cls.add_customer("School", is_company=True, zip="110 00")
        cls.teacher = cls.add_customer("Teacher", parent_id=cls.school.id)
        cls.choir = cls.add_customer("Choir", country_id=cls.polish.id)
        cls.lead = cls.add_lead(cls.teacher)

    def test_preview_shows_who_gets_what_and_moves_nothing(self):
        self.env["crm.purchase"].create(
            {"partner_id": self.teacher.id, "date": today(-30), "amount": 70}
        )
        handover = self.prepare()
        school = self.line_of(handover, self.school)
        self.assertEqual(school.successor_id, self.eva)
        self.assertEqual(
            (school.customer_count, school.opportunity_count, school.weight), (2, 1, 1)
        )
        self.assertEqual((school.value, school.opportunity_value), (70, 100))
        self.assertEqual(handover.customer_count, 2)
        self.assertEqual(handover.successor_ids.customer_count, 2)
        self.assertEqual(handover.successor_ids.value, 70)
        self.assertEqual(self.school.user_id, self.jan)
        self.assertFalse(handover.move_ids)

    def test_customers_and_their_open_matters_change_hands(self):
        order = self.add_order(self.school)
        done = self.add_lead(self.school)
        done.action_set_won()
        activity = self.lead.activity_schedule(
            "mail.mail_activity_data_call", today(9), user_id=self.jan.id
        )
        handover = self.hand_over()
        self.assertEqual(handover.state, "done", handover.error)
        moved = (self.school, self.teacher, self.choir, self.lead, order, activity)
        for record in moved:
            self.assertEqual(record.user_id, self.eva, record._name)
        self.assertEqual(activity.date_deadline, today(9))
        self.assertEqual(order.order_line.salesman_id, self.eva)
        self.assertEqual(done.user_id, self.jan)
        self.assertEqual(handover.moved_count, len(moved))

    def test_cases_move_where_a_help_desk_is_installed(self):
        if "helpdesk.ticket" not in self.env:
            self.assertNotIn(
                "helpdesk.ticket", [m.model for m in self.prepare()._get_matters()]
            )
            return
        ticket = self.env["helpdesk.ticket"].create(
            {
                "name": "Broken bow",
                "description": "Broken",
                "partner_id": self.choir.id,
                "user_id": self.jan.id,
            }
        )
        self.hand_over()
        self.assertEqual(ticket.user_id, self.eva)

    def test_future_meetings_keep_guests_and_get_the_new_organiser(self):
        later = self.add_meeting(self.school, 5)
        past = self.add_meeting(self.school, -5)
        guests = later.partner_ids
        handover = self.hand_over()
        self.assertEqual(later.user_id, self.eva)
        self.assertEqual(later.partner_ids, guests | self.eva.partner_id)
        self.assertEqual(later.attendee_ids.partner_id, later.partner_ids)
        self.assertEqual(past.user_id, self.jan)
        self.undo(handover)
        self.assertEqual((later.user_id, later.partner_ids), (self.jan, guests))
        self.assertEqual(later.attendee_ids.partner_id, guests)

    def test_plans_that_fell_to_the_predecessor_fall_to_a_successor(self):
        plan = self.env["mail.activity.plan"].create(
            {
                "name": "After a sale",
                "res_model": "crm.lead",
                "template_ids": [
                    Command.create(
                        {
                            "activity_type_id": self.env.ref(
                                "mail.mail_activity_data_call"
                            ).id,
                            "responsible_type": "other",
                            "responsible_id": self.jan.id,
                        }
                    )
                ],
            }
        )
        self.hand_over()
        self.assertEqual(plan.template_ids.responsible_id, self.eva)

    def test_only_chosen_customers_and_chosen_kinds_move(self):
        handover = self.prepare(move_opportunity=False)
        self.line_of(handover, self.choir).action_leave()
        self.start(handover)
        self.assertEqual(self.school.user_id, self.eva)
        self.assertEqual(self.choir.user_id, self.jan)
        self.assertEqual(self.lead.user_id, self.jan)

    def test_territory_skill_and_hand_decide_who(self):
        takers = [
            {"user_id": self.eva.id, "country_ids": [Command.set(self.czech.ids)]},
            {"user_id": self.marek.id, "country_ids": [Command.set(self.polish.ids)]},
        ]
        by_place = self.prepare(takers, rule="territory")
        self.assertEqual(self.line_of(by_place, self.choir).successor_id, self.marek)
        self.assertEqual(self.line_of(by_place, self.school).successor_id, self.eva)
        self.assertEqual(self.line_of(by_place, self.choir).reason, "Country")
        tag = self.env["res.partner.category"].create({"name": "Choirs"})
        self.choir.category_id = tag
        skilled = [{"user_id": self.eva.id}, {"user_id": self.marek.id}]
        skilled[1]["category_ids"] = [Command.set(tag.ids)]
        by_skill = self.prepare(skilled, rule="skill")
        self.assertEqual(self.line_of(by_skill, self.choir).successor_id, self.marek)
        self.line_of(by_skill, self.choir).successor_id = self.eva
        by_skill.action_prepare()
        self.assertEqual(self.line_of(by_skill, self.choir).successor_id, self.eva)
        self.assertTrue(self.line_of(by_skill, self.choir).by_hand)

    def test_a_customer_nobody_was_named_for_stops_the_handover(self):
        takers = [
            {"user_id": self.eva.id, "country_ids": [Command.set(self.czech.ids)]}
        ]
        handover = self.prepare(takers, rule="territory")
        self.assertEqual(handover.open_count, 1)
        with self.assertRaisesRegex(UserError, "have no successor"):
            handover.action_plan()

    def test_leads_without_a_customer_come_along(self):
        stranger = self.env["crm.lead"].create({"name": "Web", "user_id": self.jan.id})
        handover = self.hand_over()
        self.assertEqual(stranger.user_id, self.eva)
        line = self.line_of(handover, self.env["res.partner"])
        self.assertEqual(line.display_name, "Without a customer")

    def test_the_successor_follows_and_the_predecessor_stops_to(self):
        self.school.message_subscribe(self.jan.partner_id.ids)
        subtypes = self.school.message_follower_ids.subtype_ids
        handover = self.hand_over()
        self.assertIn(self.eva.partner_id, self.school.message_partner_ids)
        self.assertNotIn(self.jan.partner_id, self.school.message_partner_ids)
        self.undo(handover)
        self.assertEqual(self.school.message_partner_ids, self.jan.partner_id)
        self.assertEqual(self.school.message_follower_ids.subtype_ids, subtypes)

    def test_one_note_on_each_document_and_one_message_to_each_successor(self):
        handover = self.hand_over()
        for record in (self.school, self.lead):
            notes = record.message_ids.filtered(lambda m: "Handed over" in m.body)
            self.assertEqual(len(notes), 1)
            self.assertTrue(notes.is_internal)
            self.assertIn("from Jan to Eva", notes.body)
        told = self.env["mail.message"].search(
            [
                ("model", "=", "crm.handover"),
                ("res_id", "=", handover.id),
                ("partner_ids", "in", self.eva.partner_id.ids),
            ]
        )
        self.assertEqual(len(told), 1)
        self.assertIn("2 customers with 1 open matters", told.body)

    def test_it_runs_on_its_day_and_not_before(self):
        handover = self.prepare(date=today(3))
        handover.action_plan()
        self.env["crm.handover"]._cron_take_effect()
        self.assertEqual(handover.state, "planned")
        handover.date = today()
        self.env["crm.handover"]._cron_take_effect()
        self.assertEqual(handover.state, "queued")
        self.assertEqual(handover.planned_by_id, self.hana)

    def test_what_came_since_the_preview_is_taken_along_or_left(self):
        with_new, without = self.prepare(), self.prepare(follow_new=False)
        self.start(without) if False else None
        late = self.add_customer("Late")
        self.start(without)
        self.assertEqual(late.user_id, self.jan)
        with_new.action_prepare()
        self.add_customer("Later still")
        self.start(with_new)
        self.assertEqual(with_new.moved_count, 2)

    def test_a_killed_run_changed_nothing_and_begins_again(self):
        handover = self.prepare()
        handover.action_plan()
        handover.action_start()
        handover._begin()
        self.env["queue.job"].search([("model_name", "=", "crm.handover")]).unlink()
        self.assertEqual((handover.state, self.school.user_id), ("running", self.jan))
        self.env["crm.handover"]._cron_take_effect()
        handover._run()
        self.env.invalidate_all()
        self.assertEqual((handover.state, self.school.user_id), ("done", self.eva))

    def test_two_handovers_of_the_same_customers_do_not_cross(self):
        first = self.prepare()
        second = self.prepare([{"user_id": self.marek.id}])
        first.action_plan()
        with self.assertRaisesRegex(UserError, "are in the handover"):
            second.action_plan()
        self.start(first)
        second.action_start()
        second._run()
        self.env.invalidate_all()
        self.assertEqual(self.school.user_id, self.eva)
        self.assertEqual((second.state, second.moved_count), ("failed", 0))
        self.assertEqual(first.state, "done")

    def test_a_handover_that_was_done_is_not_edited_nor_deleted(self):
        handover = self.hand_over()
        with self.assertRaisesRegex(UserError, "planned or done"):
            handover.line_ids[0].successor_id = self.marek
        with self.assertRaisesRegex(UserError, "planned or done"):
            handover.user_id = self.marek
        with self.assertRaisesRegex(UserError, "is done already"):
            handover.action_start()
        with self.assertRaisesRegex(UserError, "kept"):
            handover.unlink()
        with self.assertRaises(AccessError):
            handover.move_ids.write({"old_id": self.marek.id})

    def test_stored_copies_of_a_person_are_declared(self):
        """What the ORM would keep equal to the moved field is kept equal by hand."""
        mirrored = {m for matter in MATTERS for m in matter.mirrors}
        for matter in MATTERS:
            for model in self.env.registry.values():
                if model._abstract or not model._auto:
                    continue
                for field in model._fields.values():
                    path = (field.related or "").split(".")
                    if not field.store or len(path) != 2 or path[1] != matter.field:
                        continue
                    if model._fields[path[0]].comodel_name == matter.model:
                        known = (model._table, path[0], field.name)
                        self.assertIn(known, mirrored)

    def test_queries_do_not_grow_with_customers(self):
        def count(number):
            jan = self.jan.copy({"login": f"jan_{number}"})
            partners = self.env["res.partner"].create(
                [{"name": f"C{i}", "user_id": jan.id} for i in range(number)]
            )
            self.env["crm.lead"].create(
                [{"name": "L", "partner_id": p.id, "user_id": jan.id} for p in partners]
            )
            handover = self.prepare(user_id=jan.id)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            handover.sudo()._execute()
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        count(1)
        few = count(2)
        self.assertLessEqual(count(200), few + 3)

    def test_the_effective_day_is_a_date_of_the_successors_meetings(self):
        soon, later = (
            self.add_meeting(self.school, 2),
            self.add_meeting(self.school, 20),
        )
        handover = self.prepare(date=today(10))
        handover.action_start()
        handover._run()
        self.env.invalidate_all()
        self.assertEqual((soon.user_id, later.user_id), (self.jan, self.eva))
        self.assertGreaterEqual(
            handover.ended_at, fields.Datetime.now().replace(hour=0)
        )
