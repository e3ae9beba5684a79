from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .merge_common import MergeCase

MODELS = ("crm.merge", "crm.merge.source", "crm.merge.move", "crm.merge.value")


@tagged("post_install", "-at_install")
class TestMergeSecurity(MergeCase):
    """Stewards merge and undo, users of the customer base read, nobody else knows."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.reader = new_test_user(
            cls.env, "mer_reader", "crm_extended.group_customer_user"
        )
        cls.manager = new_test_user(
            cls.env, "mer_manager", "crm_extended.group_customer_manager"
        )
        cls.stranger = new_test_user(cls.env, "mer_stranger", "base.group_user")
        cls.portal = new_test_user(cls.env, "mer_portal", "base.group_portal")
        cls.one, cls.two = cls.make("Ada"), cls.make("Eva", city="Brno")
        cls.order(cls.two)

    def test_only_stewards_merge(self):
        group = [(self.one.id, [self.two.id])]
        for user in (self.reader, self.manager, self.stranger, self.portal):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.env["crm.merge"].with_user(user)._merge(group)
        self.assertTrue(self.merges._merge(group))

    def test_only_stewards_undo(self):
        merge = self.merge(self.one, self.two)
        for user in (self.reader, self.manager, self.stranger, self.portal):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                merge.with_user(user).action_undo()
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                merge.with_user(user).action_ask_undo()
        self.assertEqual(merge.state, "done")
        merge.with_user(self.steward).action_undo()
        self.assertTrue(self.two.active)

    def test_the_journal_is_read_by_users_and_by_nobody_else(self):
        self.merge(self.one, self.two)
        for name in MODELS:
            self.assertTrue(self.env[name].with_user(self.reader).search([]))
            for user in (self.stranger, self.portal):
                with self.subTest(model=name, user=user.login):
                    with self.assertRaises(AccessError):
                        self.env[name].with_user(user).search([])

    def test_the_journal_is_written_by_nobody(self):
        merge = self.merge(self.one, self.two)
        for user in (self.reader, self.steward, self.manager):
            for record in (
                merge,
                merge.source_ids,
                merge.move_ids[:1],
                merge.value_ids[:1],
            ):
                record = record.with_user(user)
                with self.subTest(user=user.login, model=record._name):
                    with self.assertRaises(AccessError):
                        record.write({"merge_id": merge.id, "reason": "other"})
                    with self.assertRaises(AccessError):
                        record.unlink()
                    with self.assertRaises(AccessError):
                        record.create({})

    def test_the_journal_of_another_company_is_not_seen(self):
        company = self.env["res.company"].create({"name": "Branch"})
        self.env.user.company_ids += company
        self.steward.company_ids += company
        here = self.steward.with_company(company).company_id
        self.one.company_id = company
        self.two.company_id = company
        merges = self.merges.with_context(
            allowed_company_ids=[company.id, self.env.company.id]
        )
        merge = merges._merge([(self.one.id, [self.two.id])])
        self.assertTrue(here)
        for name in MODELS:
            found = self.env[name].with_user(self.reader).search([])
            found = found.merge_id if name != "crm.merge" else found
            self.assertNotIn(merge, found, name)

    def test_a_steward_does_not_merge_what_he_may_not_see(self):
        company = self.env["res.company"].create({"name": "Branch"})
        self.two.company_id = company
        self.refused(lambda: self.merge(self.one, self.two), "may not change")
