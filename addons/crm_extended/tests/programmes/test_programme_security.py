from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .programme_common import ProgrammeCase

MODELS = {  # model: rights of seller, user and manager as read, write, create, unlink
    "crm.loyalty.stacking": ("r", "r", "rwcu"),
    "crm.loyalty.multiplier": ("r", "r", "rwcu"),
    "crm.loyalty.event.kind": ("r", "r", "rw"),
    "crm.loyalty.event.rule": ("r", "r", "rwcu"),
    "crm.loyalty.event": ("", "r", "r"),
    "crm.loyalty.award": ("", "r", "r"),
    "crm.loyalty.simulation": ("", "r", "rwcu"),
    "crm.loyalty.simulation.line": ("", "r", "r"),
    "crm.loyalty.uplift": ("", "r", "rwcu"),
    "loyalty.program": ("r", "r", "rwcu"),
}
OPERATIONS = {"r": "read", "w": "write", "c": "create", "u": "unlink"}


@tagged("post_install", "-at_install")
class TestProgrammeSecurity(ProgrammeCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_users()
        cls.other = cls.env["res.company"].create({"name": "Harmonia Abroad"})
        cls.abroad = new_test_user(
            cls.env,
            "t_loyalty_abroad",
            groups="crm_extended.group_loyalty_manager",
            company_id=cls.other.id,
            company_ids=[Command.set(cls.other.ids)],
        )

    def test_each_role_has_the_rights_of_its_work(self):
        roles = (self.stranger, self.seller, self.user, self.manager)
        for name, rights in MODELS.items():
            for user, allowed in zip(roles, ("", *rights), strict=True):
                for letter, operation in OPERATIONS.items():
                    with self.subTest(model=name, user=user.login, operation=operation):
                        model = self.env[name].with_user(user)
                        self.assertEqual(model.has_access(operation), letter in allowed)

    def test_companies_do_not_see_each_others_conduct(self):
        club = self.make_club()
        stacking = self.env["crm.loyalty.stacking"].create(
            {"name": "T Season", "company_id": self.env.company.id}
        )
        multiplier = self.env["crm.loyalty.multiplier"].create(
            {"name": "T", "program_id": club.id}
        )
        run = self.env["crm.loyalty.simulation"].create({"program_id": club.id})
        for record in (stacking, multiplier, run):
            self.assertTrue(record.with_user(self.manager).has_access("read"))
            with self.subTest(record=record), self.assertRaises(AccessError):
                record.with_user(self.abroad).read(["display_name"])

    def test_a_shop_assistant_takes_orders_by_conduct_that_only_managers_set(self):
        """Segments, levels and counters are no business of who takes the order."""
        club = self.make_club(
            crm_segment_ids=[Command.set(self.segment.ids)], crm_budget_points=100
        )
        self.env["crm.loyalty.multiplier"].create(
            {
                "name": "T Friends",
                "program_id": club.id,
                "factor": 2,
                "segment_ids": [Command.set(self.segment.ids)],
                "category_ids": [Command.set(self.books.ids)],
            }
        )
        five, ten = self.make_promotion(5), self.make_promotion(10)
        (five | ten).crm_stacking_id = self.env["crm.loyalty.stacking"].create(
            {"name": "T Season"}
        )
        self.join(self.anna)
        order = self.make_order((self.book, 3)).with_user(self.seller)
        order._update_programs_and_rewards()
        self.assertEqual(order._get_points_of(club), 100)
        self.assertIn("T Friends", order.loyalty_explanation_text)
        self.assertIn("budget", order.loyalty_explanation_text)
        self.assertIn("T Season", order.loyalty_explanation_text)
        order.action_confirm()
        self.assertEqual(club._find_member_cards(self.anna)[self.anna.id].points, 100)
        with self.assertRaises(AccessError):
            club.with_user(self.seller).crm_budget_points = 10**6

    def test_the_key_of_the_draw_is_read_by_nobody(self):
        self.make_club(crm_control_share=10)._is_control(self.anna)
        for user in (self.user, self.manager):
            with self.assertRaises(AccessError):
                self.env["ir.config_parameter"].with_user(user).search([]).read()

    def test_a_sent_context_changes_nothing(self):
        club = self.make_club()
        order = self.make_order((self.book, 1))
        for sent in ({}, [], 5, "x", {"1": []}):
            hostile = {"loyalty_story": sent, "loyalty_possible": sent}
            found = order.with_context(**hostile)._program_check_compute_points(club)
            self.assertEqual(found[club]["points"], [20])
            self.assertTrue(club.filtered_domain(order._get_program_domain()))

    def test_hostile_calls_are_refused(self):
        club = self.make_club().with_user(self.manager)
        for name in ("_happened", "_award", "_get_control_key", "_keep_budget"):
            self.assertTrue(name.startswith("_"), "not callable from outside")
        with self.assertRaises(AccessError):
            club.env["crm.loyalty.event"].create({"key": "x"})
        with self.assertRaises(AccessError):
            club.env["crm.loyalty.award"].create({"points": 10**6})
