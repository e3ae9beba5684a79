from unittest.mock import patch

from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .segment_common import DAY, LATER, NEXT, SegmentCase


@tagged("post_install", "-at_install")
class TestSegmentEvent(SegmentCase):
    """Entering and leaving is heard, and something is done about it once per stay."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.fives = cls.make_segment("Fives", [(cls.recency, 5, 5)])
        cls.author = new_test_user(
            cls.env,
            "t_author",
            groups="crm_extended.group_customer_manager,base.group_partner_manager,"
            "mass_mailing.group_mass_mailing_user,project.group_project_user",
        )

    def act(self, kind, **values):
        actions = self.env["crm.segment.action"].with_user(self.author)
        return actions.create(
            {"segment_id": self.fives.id, "kind": kind, **values}
        ).sudo()

    def activity(self, **values):
        kind = self.env.ref("mail.mail_activity_data_call")
        values = {"activity_type_id": kind.id, "summary": "Welcome", **values}
        return self.act("activity", **values)

    def live(self, values, day):
        self.rate(self.recency, values)
        self.refresh(day)
        self.env["crm.segment.action"].search([])._work()

    def calls(self):
        return self.env["mail.activity"].search(
            [("res_model", "=", "res.partner"), ("res_id", "in", self.customers.ids)]
        )

    def mailed(self, mailing_list):
        self.env.invalidate_all()
        return mailing_list.contact_ids.mapped("email")

    def test_who_enters_is_called_once_per_stay(self):
        self.live([5], DAY)
        action = self.activity()
        self.live([5, 5], NEXT)
        self.assertEqual(self.calls().mapped("res_id"), self.customers[1].ids)
        self.assertEqual(self.calls().user_id, self.author)
        self.assertEqual(action.done_count, 1)
        self.live([5, 1], NEXT)
        self.live([5, 5], NEXT)
        self.assertEqual(len(self.calls()), 1, "out and in on one day is one stay")
        self.live([5, 1], LATER)
        self.live([5, 5], "2030-05-01")
        self.assertEqual(len(self.calls()), 2, "a new stay")

    def test_the_salesperson_is_asked_unless_somebody_is_named(self):
        self.customers[0].user_id = self.manager
        self.activity()
        self.activity(responsible_id=self.user.id)
        self.live([5], DAY)
        self.assertEqual(self.calls().user_id, self.manager | self.user)

    def test_members_of_before_are_done_when_asked(self):
        self.live([5, 5], DAY)
        action = self.activity()
        action.with_user(self.author).action_do_for_members()
        action._work()
        action.with_user(self.author).action_do_for_members()
        action._work()
        self.assertEqual(len(self.calls()), 2)

    def test_who_left_again_before_the_job_is_not_bothered(self):
        action = self.activity()
        self.rate(self.recency, [5])
        self.refresh(DAY)
        self.rate(self.recency, [1])
        self.refresh(DAY)
        action._work()
        self.assertFalse(self.calls())
        self.assertEqual(action.event_ids.state, "skipped")

    def test_lists_take_whom_consent_allows_and_lose_who_leaves(self):
        news = self.env["mailing.list"].create({"name": "Fives"})
        self.act("list_in", list_id=news.id)
        self.act("list_out", list_id=news.id, moment="out")
        one, two, three = self.customers[:3]
        one.email, two.email = "one@example.com", "two@example.com"
        purpose = news._get_purpose()
        self.env["crm.consent"].create(
            {
                "partner_id": one.id,
                "purpose_id": purpose.id,
                "channel_id": self.env.ref("crm_extended.consent_channel_mail").id,
                "answer": "given",
            }
        )
        self.live([5, 5, 5], DAY)
        self.assertEqual(self.mailed(news), ["one@example.com"])
        failed = self.fives.action_ids.event_ids.filtered(lambda e: e.state == "failed")
        self.assertEqual(failed.partner_id, two | three)
        self.assertIn("consent", failed[0].text)
        self.live([1], NEXT)
        self.assertFalse(self.mailed(news))
        self.live([5], NEXT)
        self.assertEqual(len(self.mailed(news)), 1, "back on the same day")

    def test_tasks_and_plans_are_made(self):
        project = self.env["project.project"].create({"name": "Care"})
        self.act("task", project_id=project.id, summary="Send the catalogue")
        plan = self.env["mail.activity.plan"].create(
            {
                "name": "Welcome",
                "res_model": "res.partner",
                "template_ids": [
                    Command.create(
                        {
                            "activity_type_id": self.env.ref(
                                "mail.mail_activity_data_todo"
                            ).id,
                            "summary": "Look him up",
                            "responsible_type": "on_demand",
                        }
                    )
                ],
            }
        )
        self.act("plan", plan_id=plan.id)
        self.live([5, 5], DAY)
        self.assertEqual(project.task_ids.partner_id, self.customers[:2])
        self.assertEqual(
            set(self.calls().mapped("res_id")), set(self.customers[:2].ids)
        )

    def test_one_that_fails_stops_no_other_and_is_tried_again(self):
        action = self.activity()
        kind = type(self.env["crm.segment.action"])
        do, broken = kind._do_activity, self.customers[0]
        wrong = "No telephone"

        def fail(self, partners):
            if broken in partners:
                raise ValidationError(wrong)
            return do(self, partners)

        with patch.object(kind, "_do_activity", fail):
            self.live([5, 5], DAY)
        self.assertEqual((action.done_count, action.failed_count), (1, 1))
        event = action.event_ids.filtered(lambda e: e.state == "failed")
        self.assertEqual((event.partner_id, event.text), (broken, "No telephone"))
        action.with_user(self.author).action_retry()
        action._work()
        self.assertEqual(len(self.calls()), 2)

    def test_it_is_done_with_the_rights_of_the_author(self):
        abroad = self.env["res.company"].create({"name": "Harmonia Abroad"})
        action = self.activity()
        self.customers[0].company_id = abroad
        self.live([5, 5], DAY)
        self.assertEqual(
            action.event_ids.filtered(lambda e: e.state == "done").partner_id,
            self.customers[1],
        )
        forged = (
            self.env["crm.segment.action"]
            .with_user(self.author)
            .create(
                {
                    "segment_id": self.fives.id,
                    "activity_type_id": action.activity_type_id.id,
                    "user_id": self.env.ref("base.user_admin").id,
                }
            )
        )
        self.assertEqual(forged.user_id, self.author)

    def test_others_follow_by_the_hook_after_each_refresh(self):
        heard = []
        segments = type(self.env["crm.segment"])
        with patch.object(
            segments,
            "_members_changed",
            lambda self, entered, left: heard.append((entered, left)),
        ):
            self.live([5, 5], DAY)
            self.live([1, 5, 5], NEXT)
        stays = self.fives.member_ids
        first = stays.filtered(lambda m: str(m.valid_from) == DAY)
        self.assertLessEqual(set(first.ids), set(heard[0][0]))
        fresh, gone = stays - first, stays.filtered("valid_to")
        self.assertEqual(heard[1:], [(fresh.ids, gone.ids)])

    def test_partners_hear_of_members_by_the_exchange_feed(self):
        changes = self.env["crm.exchange.change"]
        changes._number()
        _epoch, place, _floor = changes._position()
        self.live([5], DAY)
        rows, _place = changes._since(["segment_member"], place)
        self.assertLessEqual(set(self.fives.member_ids.ids), {row[2] for row in rows})


@tagged("post_install", "-at_install")
class TestSegmentPick(SegmentCase):
    """Customers are put on the list of a segment by hand."""

    def add(self, customers, **values):
        wizard = self.env["crm.segment.addition"].with_user(self.manager)
        wizard = wizard.with_context(
            active_model="res.partner", active_ids=customers.ids
        ).create(values)
        return wizard.action_apply()

    def test_chosen_customers_make_a_segment_and_say_why(self):
        self.add(self.customers[:2], name="Fair 2030", note="Met at the fair")
        segment = self.env["crm.segment"].search([("name", "=", "Fair 2030")])
        self.refresh()
        self.assertEqual(self.members(segment), self.customers[:2])
        self.assertIn("Met at the fair", segment.member_ids[0].reason)
        self.add(self.customers[1:3], segment_id=segment.id)
        self.add(self.customers[0], segment_id=segment.id, remove=True)
        self.env["crm.segment"]._refresh_changed(NEXT)
        self.assertEqual(self.members(segment), self.customers[1:3])

    def test_a_list_comes_beside_what_the_segment_took_already(self):
        segment = self.make_segment("Praha", domain="[('city', '=', 'Nowhere')]")
        self.customers[0].city = "Nowhere"
        self.add(self.customers[1], segment_id=segment.id)
        self.refresh()
        self.assertEqual(self.members(segment), self.customers[:2])

    def test_merged_customers_are_on_the_list_once(self):
        kept, gone = self.customers[:2]
        self.add(kept | gone, name="Both")
        self.add(gone, name="One")
        segments = self.env["crm.segment"].search([("name", "in", ("Both", "One"))])
        self.refresh()
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((kept | gone).ids, kept)
        self.env.invalidate_all()
        self.env["crm.segment"]._refresh_changed(NEXT)
        for segment in segments:
            self.assertEqual(self.members(segment), kept, segment.name)

    def test_only_who_defines_segments_chooses_and_only_whom_he_sees(self):
        abroad = self.env["res.company"].create({"name": "Harmonia Abroad"})
        segment = self.make_segment("Chosen", [(self.recency, 5, 5)])
        picks = self.env["crm.segment.pick"]
        values = {"segment_id": segment.id, "partner_id": self.customers[0].id}
        for user, allowed in (
            (self.stranger, ""),
            (self.user, "r"),
            (self.manager, "rwcu"),
        ):
            for letter, operation in zip(
                "rwcu", ("read", "write", "create", "unlink"), strict=True
            ):
                for model in ("crm.segment.pick", "crm.segment.action"):
                    with self.subTest(
                        user=user.login, operation=operation, model=model
                    ):
                        found = self.env[model].with_user(user).has_access(operation)
                        self.assertEqual(found, letter in allowed)
            events = self.env["crm.segment.event"].with_user(user)
            self.assertEqual(events.has_access("read"), bool(allowed))
            self.assertFalse(events.has_access("write"))
            self.assertFalse(events.has_access("create"))
        self.customers[0].company_id = abroad
        with self.assertRaises(AccessError):
            picks.with_user(self.manager).create(values)


@tagged("post_install", "-at_install")
class TestSegmentQueries(SegmentCase):
    """The number of statements follows the definitions, not the customers."""

    def test_ten_times_the_customers_take_as_many_statements(self):
        counts = []
        self.make_segment("Fives", [(self.recency, 5, 5)])
        self.make_segment(
            "Buyers", condition_ids=[Command.create({"subject": "purchase"})]
        )
        self.rate(self.recency, [1])
        self.refresh(DAY)
        for number, day in ((3, NEXT), (30, LATER)):
            self.customers = self.make_customers(number)
            self.rate(self.recency, [5] * number)
            self.env["crm.exchange.change"]._number()
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            done = self.env["crm.segment"]._refresh_changed(day)
            counts.append(self.env.cr.sql_log_count - before)
            self.assertEqual(done["entered"], number)
        self.assertLessEqual(counts[1], counts[0] + 3, counts)
        self.assertLess(counts[1], 120)
