from psycopg2 import IntegrityError

from odoo.tests import tagged
from odoo.tools import mute_logger

from .programme_common import ProgrammeCase


@tagged("post_install", "-at_install")
class TestBudget(ProgrammeCase):
    def buy(self, count, partner=None):
        order = self.make_order((self.book, count), partner=partner)
        order._update_programs_and_rewards()
        order.action_confirm()
        return order

    def held(self, club, partner=None):
        cards = club._find_member_cards(partner or self.anna)
        return sum(card.points for card in cards.values())

    def test_a_budget_is_given_out_to_the_last_point_and_no_further(self):
        club = self.make_club(crm_budget_points=50)
        self.buy(2)
        order = self.buy(1, partner=self.jan)
        self.assertEqual(self.held(club), 40)
        self.assertEqual(self.held(club, self.jan), 10)
        self.assertEqual(club.crm_used_points, 50)
        self.assertIn("budget is given out", order.loyalty_explanation_text)
        self.assertIn("10", order.loyalty_explanation_text)
        self.buy(5)
        self.assertEqual(self.held(club), 40)
        self.assertIn("given out", club.crm_budget_warning)

    def test_a_cancelled_order_gives_its_part_back(self):
        club = self.make_club(crm_budget_points=50)
        order = self.buy(2)
        order._action_cancel()
        club.invalidate_recordset()
        self.assertEqual(club.crm_used_points, 0)
        self.buy(2, partner=self.jan)
        self.assertEqual(self.held(club, self.jan), 40)

    def test_a_budget_in_money_follows_the_value_of_a_point(self):
        club = self.make_club(crm_budget_money=10)
        self.assertIn("no value in money", club.crm_budget_warning)
        club.crm_point_value = 0.2
        self.buy(10)
        self.assertEqual(self.held(club), 50)
        self.assertEqual(club.crm_used_money, 10)

    def test_a_customer_holds_no_more_than_the_cap(self):
        club = self.make_club(crm_member_cap=3)
        club.crm_point_value = 0.1
        order = self.buy(2)
        self.assertEqual(self.held(club), 30)
        self.assertIn("holds as many", order.loyalty_explanation_text)
        self.buy(1, partner=self.jan)
        self.assertEqual(self.held(club, self.jan), 20)

    def test_events_stop_at_the_budget_too(self):
        club = self.make_club(crm_budget_points=25)
        kind = self.env.ref("crm_extended.loyalty_event_kind_visit")
        self.env["crm.loyalty.event.rule"].create(
            {"program_id": club.id, "kind_id": kind.id, "points": 10}
        )
        people = self.env["res.partner"].create([{"name": "T"} for _n in range(5)])
        rows = [{"partner_id": p.id, "key": f"b/{p.id}"} for p in people]
        self.env["crm.loyalty.event"]._happened("visit", rows)
        self.env["crm.loyalty.award"]._award_pending()
        awards = self.env["crm.loyalty.award"].search([("program_id", "=", club.id)])
        self.assertEqual(sorted(awards.mapped("points")), [0, 0, 5, 10, 10])
        self.assertEqual(set(awards.mapped("outcome")), {"given", "budget"})

    def test_the_database_refuses_whoever_does_not_ask(self):
        club = self.make_club(crm_budget_points=50)
        card = club._get_member_cards(self.anna)[self.anna.id]
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(IntegrityError),
            self.env.cr.savepoint(),
        ):
            card._earn_points(51, "t/over", reason="by a script")
        card._earn_points(50, "t/all", reason="by a script")
        self.assertEqual(self.held(club), 50)

    def test_points_that_only_move_use_no_budget(self):
        club = self.make_club(crm_budget_points=50)
        card = club._get_member_cards(self.anna)[self.anna.id]
        row = {"card_id": card.id, "points": 80, "key": "t/moved", "reason": "merge"}
        self.env["crm.loyalty.ledger"]._earn_many([{**row, "flow": "merge"}])
        club.invalidate_recordset()
        self.assertEqual(club.crm_used_points, 0)

    def test_a_late_budget_counts_what_was_given_before(self):
        club = self.make_club()
        self.buy(2)
        club.crm_budget_points = 60
        self.assertEqual(club.crm_used_points, 40)
        self.buy(2, partner=self.jan)
        self.assertEqual(self.held(club, self.jan), 20)

    def test_a_lowered_budget_stops_and_takes_nothing_away(self):
        club = self.make_club(crm_budget_points=50)
        self.buy(2)
        club.crm_budget_points = 10
        self.buy(1, partner=self.jan)
        self.assertEqual(self.held(club), 40)
        self.assertEqual(self.held(club, self.jan), 0)

    def test_a_confirmed_order_that_is_looked_at_again_keeps_its_points(self):
        club = self.make_club(crm_budget_points=40)
        order = self.buy(2)
        order._update_programs_and_rewards()
        self.assertEqual(order._get_points_of(club), 40)
        self.assertEqual(self.held(club), 40)
