from datetime import date, datetime

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .programme_common import ProgrammeCase


@tagged("post_install", "-at_install")
class TestEvents(ProgrammeCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.club = cls.make_club()
        cls.events = cls.env["crm.loyalty.event"]
        cls.awards = cls.env["crm.loyalty.award"]
        cls.visit = cls.env.ref("crm_extended.loyalty_event_kind_visit")

    def reward(self, kind=None, points=10, **values):
        return self.env["crm.loyalty.event.rule"].create(
            {
                "program_id": self.club.id,
                "kind_id": (kind or self.visit).id,
                "points": points,
                **values,
            }
        )

    def visit_on(self, *days, partner=None):
        partner = partner or self.anna
        self.events._happened(
            "visit",
            [
                {"partner_id": partner.id, "key": f"t/{partner.id}/{day}", "at": day}
                for day in days
            ],
        )
        self.awards._award_pending()

    def card(self, partner=None):
        return self.env["loyalty.card"].search(
            [
                ("program_id", "=", self.club.id),
                ("partner_id", "=", (partner or self.anna).id),
            ]
        )

    def test_an_event_gives_points_on_the_members_card(self):
        self.reward()
        self.visit_on(datetime(2026, 3, 1))
        self.assertEqual(self.card().points, 10)
        award = self.awards.search([("partner_id", "=", self.anna.id)])
        self.assertEqual((award.points, award.outcome), (10, "given"))

    def test_told_twice_it_happened_once(self):
        self.reward()
        row = {"partner_id": self.anna.id, "key": "t/1"}
        self.assertEqual(self.events._happened("visit", [row, row]), 1)
        self.awards._award_pending()
        self.assertEqual(self.events._happened("visit", [row]), 0)
        self.awards._award_pending()
        self.assertEqual(self.card().points, 10)

    def test_looked_at_again_an_event_gives_nothing_more(self):
        """As after a crash between the points and the mark on the event."""
        self.reward()
        self.visit_on(datetime(2026, 3, 1))
        event = self.events.search([("partner_id", "=", self.anna.id)])
        event.sudo().awarded_at = False
        self.awards._award_pending()
        self.assertEqual(self.card().points, 10)

    def test_no_more_than_the_limit_of_a_period(self):
        self.reward(limit=2, period="month")
        self.visit_on(*(datetime(2026, 3, day) for day in (1, 2, 3)))
        self.visit_on(datetime(2026, 3, 4), datetime(2026, 4, 1))
        self.assertEqual(self.card().points, 30)
        outcomes = self.awards.search([("partner_id", "=", self.anna.id)])
        self.assertEqual(
            sorted(outcomes.mapped("outcome")), 3 * ["given"] + 2 * ["limit"]
        )

    def test_only_those_meant_get_points(self):
        self.reward(segment_id=self.segment.id)
        self.reward(points=5, domain="[('name', '=', 'T Jan')]")
        self.join(self.anna)
        for partner in (self.anna, self.jan):
            self.visit_on(datetime(2026, 3, 1), partner=partner)
        self.assertEqual(self.card().points, 10)
        self.assertEqual(self.card(self.jan).points, 5)

    def test_a_rule_holds_on_its_days(self):
        self.reward(date_from="2026-03-01", date_to="2026-03-31")
        self.visit_on(datetime(2026, 2, 28, 23), datetime(2026, 3, 31, 23))
        self.assertEqual(self.card().points, 10)

    def test_multipliers_of_customers_work_on_events_too(self):
        self.env["crm.loyalty.multiplier"].create(
            {
                "name": "T Friends",
                "program_id": self.club.id,
                "factor": 3,
                "segment_ids": [Command.set(self.segment.ids)],
            }
        )
        self.join(self.anna)
        self.reward()
        for partner in (self.anna, self.jan):
            self.visit_on(datetime(2026, 3, 1), partner=partner)
        self.assertEqual(self.card().points, 30)
        self.assertEqual(self.card(self.jan).points, 10)

    def test_points_wait_and_expire_as_the_rule_says(self):
        self.reward(wait_days=14, expire_months=6)
        self.visit_on(datetime(2030, 3, 1))
        lot = self.env["crm.loyalty.lot"].search([("card_id", "=", self.card().id)])
        self.assertEqual(lot.available_at, datetime(2030, 3, 15))
        self.assertEqual(lot.expires_at, datetime(2030, 9, 1))

    def test_birthdays_are_found_once_a_year(self):
        kind = self.env.ref("crm_extended.loyalty_event_kind_birthday")
        self.reward(kind, points=50)
        attribute = self.env.ref("crm_extended.attribute_birth_date")
        values = {self.anna: "1980-02-29", self.jan: "1990-03-01"}
        self.env["crm.attribute.value"].create(
            [
                {
                    "partner_id": partner.id,
                    "attribute_id": attribute.id,
                    "value_date": day,
                    "valid_from": "2020-01-01",
                }
                for partner, day in values.items()
            ]
        )
        self.env.flush_all()
        mine = [
            ("kind_id", "=", kind.id),
            ("partner_id", "in", [self.anna.id, self.jan.id]),
        ]
        self.events._collect_birthdays(date(2027, 2, 28))
        self.events._collect_birthdays(date(2027, 2, 28))
        self.assertEqual(self.events.search(mine).partner_id, self.anna)
        self.events._collect_birthdays(date(2027, 3, 1))
        self.events._collect_birthdays(date(2028, 2, 28))
        self.assertEqual(self.events.search_count(mine), 2, "2028 has a 29 February")
        self.events._collect_birthdays(date(2028, 2, 29))
        self.assertEqual(self.events.search_count(mine), 3)
        self.awards._award_pending()
        self.assertEqual(self.card().points, 100)

    def test_an_answered_survey_is_told(self):
        survey = self.env["survey.survey"].create({"title": "T Survey"})
        real, trial = self.env["survey.user_input"].create(
            [
                {
                    "survey_id": survey.id,
                    "partner_id": self.anna.id,
                    "test_entry": is_test,
                }
                for is_test in (False, True)
            ]
        )
        (real | trial)._mark_done()
        found = self.events.search([("partner_id", "=", self.anna.id)])
        self.assertEqual((found.kind_id.code, found.document), ("survey", "T Survey"))

    def test_a_rating_counts_when_it_is_given(self):
        order = self.make_order((self.book, 1))
        rating = self.env["rating.rating"].create(
            {
                "res_model_id": self.env["ir.model"]._get_id("res.partner"),
                "res_id": order.partner_id.id,
                "partner_id": self.anna.id,
            }
        )
        mine = [("partner_id", "=", self.anna.id)]
        self.assertFalse(self.events.search(mine), "only asked for")
        rating.write({"rating": 5, "consumed": True})
        rating.write({"rating": 4, "consumed": True})
        self.assertEqual(self.events.search(mine).kind_id.code, "rating")

    def test_signing_up_in_the_portal_is_told(self):
        self.env["ir.config_parameter"].sudo().set_param(
            "auth_signup.invitation_scope", "b2c"
        )
        self.env["res.users"].signup(
            {"login": "t_new@example.com", "name": "T New", "password": "t_new_secret"}
        )
        user = self.env["res.users"].search([("login", "=", "t_new@example.com")])
        found = self.events.search([("partner_id", "=", user.partner_id.id)])
        self.assertEqual(found.kind_id.code, "registration")

    def test_a_visit_is_noted_once_a_day(self):
        self.make_users()
        self.reward()
        customer = self.anna.with_user(self.user)
        self.assertEqual(customer.action_loyalty_visit()["params"]["type"], "success")
        self.assertEqual(customer.action_loyalty_visit()["params"]["type"], "info")
        self.awards._award_pending()
        self.assertEqual(self.card().points, 10)

    def test_nobody_notes_visits_of_his_own(self):
        self.make_users()
        portal = new_test_user(self.env, "t_loyalty_portal", groups="base.group_portal")
        for user in (portal, self.stranger):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                user.partner_id.with_user(user).action_loyalty_visit()

    def test_another_addon_adds_a_kind_by_one_record(self):
        kind = self.env["crm.loyalty.event.kind"].create(
            {"name": "T Recycled", "code": "t_recycled"}
        )
        self.reward(kind, points=7)
        self.events._happened("t_recycled", [{"partner_id": self.anna.id, "key": "1"}])
        self.awards._award_pending()
        self.assertEqual(self.card().points, 7)
        with self.assertRaises(ValueError):
            self.events._happened("t_nothing", [{"partner_id": 1, "key": "1"}])

    def test_what_happened_stays_as_it_is(self):
        self.visit_on(datetime(2026, 3, 1))
        event = self.events.search([("partner_id", "=", self.anna.id)])
        with self.assertRaises(UserError):
            event.document = "another"
        self.make_users()
        for user in (self.user, self.manager):
            mine = event.with_user(user)
            with self.assertRaises(AccessError):
                mine.unlink()
            with self.assertRaises(AccessError):
                self.events.with_user(user).create(
                    {"kind_id": self.visit.id, "partner_id": self.anna.id, "key": "x"}
                )

    def test_points_for_events_need_cards_of_customers(self):
        promotion = self.make_promotion(5)
        with self.assertRaisesRegex(ValidationError, "no cards of customers"):
            self.reward(program_id=promotion.id)

    def test_a_hostile_filter_is_refused(self):
        for domain in ("__import__('os')", "[('nothing', '=', 1)]", "[('name'", "{}"):
            with self.subTest(domain=domain), self.assertRaises(ValidationError):
                self.reward(domain=domain)

    def test_many_events_take_few_statements(self):
        self.reward(limit=5)
        people = self.env["res.partner"].create([{"name": "T"} for _n in range(300)])
        rows = [{"partner_id": p.id, "key": f"m/{p.id}"} for p in people]
        self.env.flush_all()
        before = self.env.cr.sql_log_count
        self.assertEqual(self.events._happened("visit", rows), 300)
        self.assertLess(self.env.cr.sql_log_count - before, 10)
        self.awards._award_pending()
        cards = self.env["loyalty.card"].search(
            [("program_id", "=", self.club.id), ("partner_id", "in", people.ids)]
        )
        self.assertEqual(sum(cards.mapped("points")), 3000)
