from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .merge_common import MergeCase


@tagged("post_install", "-at_install")
class TestMergeRefused(MergeCase):
    """What must not be merged is said before anything is touched."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.one, cls.two, cls.three = (cls.make(name) for name in ("Ada", "Eva", "Ida"))

    def test_a_customer_is_not_merged_with_itself(self):
        self.refused(lambda: self.merge(self.one, self.one), "Ada", "itself")

    def test_a_record_is_in_one_group_only(self):
        groups = [(self.one.id, [self.three.id]), (self.two.id, [self.three.id])]
        self.refused(lambda: self.merges._merge(groups), "Ida", "two groups")

    def test_a_parent_does_not_go_into_its_child(self):
        child = self.make("Small", parent_id=self.one.id)
        self.refused(lambda: self.merge(child, self.one), "its own parent", "Ada")

    def test_a_child_may_go_into_its_parent(self):
        child = self.make("Small", parent_id=self.one.id)
        below = self.make("Smaller", parent_id=child.id)
        self.merge(self.one, child)
        self.assertEqual(below.parent_id, self.one)
        self.assertEqual(below.commercial_partner_id, self.one)

    def test_groups_that_close_a_circle_together_are_refused(self):
        first = self.make("First", parent_id=self.two.id)
        second = self.make("Second", parent_id=self.one.id)
        groups = [(first.id, [self.one.id]), (second.id, [self.two.id])]
        self.refused(lambda: self.merges._merge(groups), "its own parent")
        self.assertTrue(self.one.active)

    def test_customers_of_different_companies_stay_apart(self):
        other = self.env["res.company"].create({"name": "Branch"})
        self.env.user.company_ids += other
        self.steward.company_ids += other
        self.one.company_id = self.env.company
        self.two.company_id = other
        self.refused(lambda: self.merge(self.one, self.two), "different companies")
        self.refused(lambda: self.merge(self.one, self.three), "different companies")
        self.merge(self.three, self.one)

    def test_an_employee_does_not_disappear_into_a_customer(self):
        self.refused(lambda: self.merge(self.one, self.steward.partner_id), "employee")

    def test_our_own_company_is_no_customer(self):
        company = self.env.company.partner_id
        self.refused(lambda: self.merge(self.one, company), "own companies")
        self.refused(lambda: self.merge(company, self.one), "own companies")

    def test_what_was_merged_is_not_merged_again(self):
        self.merge(self.one, self.two)
        self.refused(lambda: self.merge(self.one, self.two), "already", "Ada")
        self.refused(lambda: self.merge(self.two, self.three), "already")

    def test_an_archived_record_does_not_survive_but_may_be_merged(self):
        self.one.active = False
        self.refused(lambda: self.merge(self.one, self.two), "archived")
        merge = self.merge(self.two, self.one)
        merge.action_undo()
        self.assertFalse(self.one.active)

    def test_a_portal_login_goes_with_its_customer_but_not_two(self):
        portal = new_test_user(self.env, "mer_ada", "base.group_portal")
        self.merge(self.one, portal.partner_id)
        self.assertEqual(portal.partner_id, self.one)
        other = new_test_user(self.env, "mer_eva", "base.group_portal")
        self.refused(lambda: self.merge(self.one, other.partner_id), "login")

    def test_a_merged_record_is_not_restored_by_hand(self):
        self.merge(self.one, self.two)
        self.refused(lambda: self.two.action_unarchive(), "Undo the merge")

    def test_hostile_groups_are_refused(self):
        for hostile in (
            None,
            "1,2",
            5,
            [[1]],
            [[1, 2]],
            [(True, [2])],
            [(1, ["2"])],
            [(1, [])],
            [(2**31, [1])],
            [(-1, [1])],
            [(1, [None])],
            [({}, [[]])],
        ):
            with self.subTest(hostile=hostile), self.assertRaises(UserError):
                self.merges._merge(hostile)

    def test_a_record_that_does_not_exist_is_named_by_its_id(self):
        gone = self.make("Gone")
        gone_id = gone.id
        gone.unlink()
        self.refused(
            lambda: self.merges._merge([(self.one.id, [gone_id])]), str(gone_id)
        )

    def test_hostile_values_are_refused(self):
        hostile = (
            {"active": False},
            {"id": 1},
            {"user_ids": [(5,)]},
            {"country_id": 10**9},
            {"country_id": "Czechia"},
            {"credit_limit; DROP": 1},
            {"merged_into_id": self.three.id},
            {1: 1},
        )
        for values in hostile:
            with self.subTest(values=values):
                values = {self.one.id: values}
                self.refused(lambda v=values: self.merge(self.one, self.two, values=v))
        self.refused(
            lambda: self.merge(self.one, self.two, values={self.three.id: {"ref": "1"}})
        )

    def test_merged_into_is_not_entered_by_hand(self):
        partner = self.two.with_user(self.steward)
        with self.assertRaises(AccessError):
            partner.write({"merged_into_id": self.one.id})
        with self.assertRaises(AccessError):
            partner.create({"name": "X", "merged_into_id": self.one.id})
