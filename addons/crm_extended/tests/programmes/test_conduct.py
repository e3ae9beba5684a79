from datetime import datetime

from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import SQL

from .programme_common import ProgrammeCase


@tagged("post_install", "-at_install")
class TestMultipliers(ProgrammeCase):
    def multiply(self, program, factor, **values):
        return self.env["crm.loyalty.multiplier"].create(
            {
                "name": f"T × {factor}",
                "program_id": program.id,
                "factor": factor,
                **values,
            }
        )

    def test_without_multipliers_points_are_those_of_odoo(self):
        club = self.make_club()
        order = self.make_order((self.string, 3), (self.book, 1))
        self.assertEqual(self.points(order, club), 50)

    def test_a_category_multiplies_the_points_of_its_lines_alone(self):
        club = self.make_club()
        self.multiply(club, 3, category_ids=[Command.set(self.strings.ids)])
        order = self.make_order((self.string, 3), (self.book, 1))
        self.assertEqual(self.points(order, club), 3 * 30 + 20)

    def test_a_product_of_a_category_below_is_meant_too(self):
        below = self.env["product.category"].create(
            {"name": "T Nylon", "parent_id": self.strings.id}
        )
        self.string.categ_id = below
        club = self.make_club()
        self.multiply(club, 2, category_ids=[Command.set(self.strings.ids)])
        self.assertEqual(self.points(self.make_order((self.string, 1)), club), 20)

    def test_a_segment_multiplies_for_its_members(self):
        club = self.make_club()
        self.multiply(club, 2, segment_ids=[Command.set(self.segment.ids)])
        self.join(self.anna)
        self.assertEqual(self.points(self.make_order((self.book, 1)), club), 40)
        other = self.make_order((self.book, 1), partner=self.jan)
        self.assertEqual(self.points(other, club), 20)

    def test_a_contact_has_the_segment_of_its_company(self):
        club = self.make_club()
        self.multiply(club, 2, segment_ids=[Command.set(self.segment.ids)])
        self.anna.is_company = True
        self.join(self.anna)
        contact = self.env["res.partner"].create(
            {"name": "T Buyer", "parent_id": self.anna.id}
        )
        order = self.make_order((self.book, 1), partner=contact)
        self.assertEqual(self.points(order, club), 40)

    def test_several_work_as_the_programme_says(self):
        club = self.make_club()
        self.multiply(club, 2)
        self.multiply(club, 1.5, category_ids=[Command.set(self.strings.ids)])
        order = self.make_order((self.string, 10))
        self.assertEqual(self.points(order, club), 200)
        club.crm_multiplier_mode = "product"
        self.assertEqual(self.points(order, club), 300)
        club.crm_multiplier_ceiling = 2.5
        self.assertEqual(self.points(order, club), 250)

    def test_hours_and_weekdays_are_those_of_the_shop(self):
        club = self.make_club()
        morning = self.multiply(club, 2, hour_from=9, hour_to=11, monday=False)
        tuesday, monday = datetime(2026, 3, 3, 10, 59), datetime(2026, 3, 2, 10, 0)
        self.assertTrue(morning._holds_at(tuesday))
        self.assertFalse(morning._holds_at(tuesday.replace(hour=11, minute=0)))
        self.assertFalse(morning._holds_at(monday))
        self.env.company.partner_id.tz = "Asia/Tokyo"
        order = self.make_order((self.book, 1))
        order.write({"state": "sale", "date_order": "2026-03-03 00:30:00"})
        self.assertEqual(order._get_earning_moment().hour, 9)

    def test_the_order_says_why(self):
        club = self.make_club(portal_point_name="notes")
        self.multiply(club, 2, category_ids=[Command.set(self.strings.ids)])
        order = self.make_order((self.string, 3), (self.book, 1))
        order._update_programs_and_rewards()
        text = order.loyalty_explanation_text
        for part in ("T Club", "50 notes by the rules", "× 2 on 30 notes", "80 notes"):
            self.assertIn(part, text)

    def test_what_is_written_on_the_order_is_what_the_card_gets(self):
        club = self.make_club()
        self.multiply(club, 2)
        order = self.make_order((self.book, 1))
        order._update_programs_and_rewards()
        order.action_confirm()
        card = self.env["loyalty.card"].search(
            [("program_id", "=", club.id), ("partner_id", "=", self.anna.id)]
        )
        self.assertEqual(card.points, 40)

    def test_money_of_customers_is_not_multiplied(self):
        wallet = self.env["loyalty.program"].create(
            {"name": "T Wallet", "program_type": "ewallet"}
        )
        with self.assertRaisesRegex(ValidationError, "money that customers have paid"):
            self.multiply(wallet, 2)
            wallet._check_crm_payment()
        with self.assertRaises(ValidationError):
            wallet.crm_control_share = 10

    def test_a_multiplier_on_no_day_is_refused(self):
        days = dict.fromkeys(
            (
                "monday",
                "tuesday",
                "wednesday",
                "thursday",
                "friday",
                "saturday",
                "sunday",
            ),
            False,
        )
        with self.assertRaisesRegex(ValidationError, "no day of the week"):
            self.multiply(self.make_club(), 2, **days)


@tagged("post_install", "-at_install")
class TestStacking(ProgrammeCase):
    def group(self, *programs, **values):
        group = self.env["crm.loyalty.stacking"].create({"name": "T Season", **values})
        self.env["loyalty.program"].concat(*programs).crm_stacking_id = group
        return group

    def applied(self, order):
        order._update_programs_and_rewards()
        return order._get_points_programs()

    def test_without_a_group_programmes_are_added_as_odoo_does(self):
        five, ten = self.make_promotion(5), self.make_promotion(10)
        self.assertEqual(self.applied(self.make_order((self.book, 1))), five | ten)

    def test_of_a_group_the_best_stays(self):
        five, ten = self.make_promotion(5), self.make_promotion(10)
        self.group(five, ten)
        order = self.make_order((self.book, 1))
        self.assertEqual(self.applied(order), ten)
        self.assertEqual(self.applied(order), ten, "looked at again")

    def test_the_best_follows_the_order(self):
        """Ten percent of little is less than four off."""
        ten = self.make_promotion(10)
        four = self.make_promotion(
            4, rewards=[{"discount": 4, "discount_mode": "per_order"}]
        )
        self.group(ten, four)
        order = self.make_order((self.book, 1))
        self.assertEqual(self.applied(order), four)
        order.order_line[0].product_uom_qty = 10
        self.assertEqual(self.applied(order), ten)

    def test_by_priority_the_first_stays_and_two_where_two_are_allowed(self):
        programs = [
            self.make_promotion(percent, sequence=at)
            for at, percent in enumerate((5, 20, 10))
        ]
        group = self.group(*programs, mode="priority")
        order = self.make_order((self.book, 1))
        self.assertEqual(self.applied(order), programs[0])
        group.limit = 2
        self.assertEqual(self.applied(order), programs[0] | programs[1])

    def test_a_claimed_reward_goes_when_a_better_programme_fits(self):
        five, ten = (
            self.make_promotion(5),
            self.make_promotion(10, rules=[{"minimum_amount": 100, "minimum_qty": 0}]),
        )
        self.group(five, ten)
        order = self.make_order((self.book, 1))
        order._update_programs_and_rewards()
        [(coupon, rewards)] = order._get_claimable_rewards().items()
        order._apply_program_reward(rewards, coupon)
        self.assertEqual(order.amount_total, 19)
        order.order_line[0].product_uom_qty = 10
        self.assertEqual(self.applied(order), ten)
        self.assertFalse(order.order_line.filtered("is_reward_line"))
        [(_coupon, rewards)] = order._get_claimable_rewards().items()
        self.assertEqual(rewards.program_id, ten)

    def test_a_code_of_a_worse_programme_is_refused_with_the_reason(self):
        ten = self.make_promotion(10)
        code = self.make_program(
            name="T Code",
            program_type="promo_code",
            applies_on="current",
            trigger="with_code",
            rules=[{"mode": "with_code", "code": "T-FIVE", "minimum_qty": 0}],
            rewards=[{"discount": 5, "discount_mode": "percent"}],
        )
        self.group(ten, code)
        order = self.make_order((self.book, 1))
        order._update_programs_and_rewards()
        answer = order._try_apply_code("T-FIVE")
        self.assertIn("T Season", answer["error"])
        self.assertIn("T 10 %", answer["error"])

    def test_the_order_says_what_was_left_out(self):
        five, ten = self.make_promotion(5), self.make_promotion(10)
        self.group(five, ten)
        order = self.make_order((self.book, 1))
        order._update_programs_and_rewards()
        self.assertIn("allows 1 of its programmes", order.loyalty_explanation_text)
        self.assertIn("It has: T 10 %", order.loyalty_explanation_text)


@tagged("post_install", "-at_install")
class TestAudience(ProgrammeCase):
    def test_a_programme_for_a_segment_is_for_its_members(self):
        club = self.make_club(crm_segment_ids=[Command.set(self.segment.ids)])
        self.join(self.anna)
        self.assertEqual(self.points(self.make_order((self.book, 1)), club), 20)
        other = self.make_order((self.book, 1), partner=self.jan)
        self.assertEqual(self.points(other, club), 0)
        status = other._program_check_compute_points(club)[club]
        self.assertIn("other segments", status["error"])

    def test_the_control_group_gets_and_sees_nothing(self):
        club = self.make_club(crm_control_share=50)
        people = self.env["res.partner"].create([{"name": "T"} for _n in range(40)])
        left_out = people.filtered(club._is_control)
        self.assertTrue(5 < len(left_out) < 35)
        one, other = left_out[0], (people - left_out)[0]
        held = self.make_order((self.book, 1), partner=one)
        self.assertEqual(self.points(held, club), 0)
        self.assertFalse(held.loyalty_explanation, "nobody at the counter sees it")
        order = self.make_order((self.book, 1), partner=other)
        self.assertEqual(self.points(order, club), 20)

    def test_a_card_of_before_offers_nothing_in_the_control_group(self):
        club = self.make_club(crm_control_share=50)
        people = self.env["res.partner"].create([{"name": "T"} for _n in range(40)])
        one = people.filtered(club._is_control)[:1]
        self.env["loyalty.card"].create(
            {"program_id": club.id, "partner_id": one.id, "points": 500}
        )
        order = self.make_order((self.book, 1), partner=one)
        order._update_programs_and_rewards()
        self.assertFalse(order._get_claimable_rewards())
        club.crm_control_share = 0
        order._update_programs_and_rewards()
        self.assertTrue(order._get_claimable_rewards())

    def test_sql_draws_the_same_group_as_python(self):
        club = self.make_club(crm_control_share=30)
        people = self.env["res.partner"].create([{"name": "T"} for _n in range(200)])
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                "SELECT id FROM res_partner p WHERE id = ANY(%s) AND %s",
                people.ids,
                club._get_control_sql(SQL("p.id")),
            )
        )
        drawn = {id_ for (id_,) in rows}
        self.assertEqual(drawn, set(people.filtered(club._is_control).ids))
        self.assertTrue(drawn)

    def test_the_day_of_the_control_group_is_noted(self):
        club = self.make_club()
        self.assertFalse(club.crm_control_since)
        club.crm_control_share = 10
        self.assertTrue(club.crm_control_since)
        club.crm_control_share = 0
        self.assertFalse(club.crm_control_since)
