from odoo import Command
from odoo.exceptions import AccessError
from odoo.service.model import get_public_method
from odoo.tests import new_test_user, tagged

from .tier_common import TierCase

# model: rights of (shop, loyalty user, loyalty manager) as read, write, create, unlink
MODELS = {
    "crm.loyalty.tier": ("r", "r", "rwcu"),
    "crm.loyalty.tier.level": ("r", "r", "rwcu"),
    "crm.loyalty.tier.rule": ("r", "r", "rwcu"),
    "crm.loyalty.tier.member": ("r", "r", "r"),
    "crm.loyalty.tier.run": ("", "r", "rwcu"),
    "crm.loyalty.tier.run.line": ("", "r", "r"),
    "crm.loyalty.tier.grant": ("", "", "rwcu"),
    "crm.loyalty.badge": ("r", "r", "rwcu"),
    "crm.loyalty.badge.rule": ("r", "r", "rwcu"),
    "crm.loyalty.badge.award": ("r", "r", "r"),
    "crm.loyalty.badge.run": ("", "r", "rwcu"),
}
OPERATIONS = {"r": "read", "w": "write", "c": "create", "u": "unlink"}


@tagged("post_install", "-at_install")
class TestTierSecurity(TierCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.stranger = new_test_user(cls.env, "t_stranger", groups="base.group_user")
        cls.portal = new_test_user(cls.env, "t_portal", groups="base.group_portal")
        cls.shop = new_test_user(
            cls.env, "t_desk", groups="crm_extended.group_customer_user"
        )
        other = cls.env["res.company"].create({"name": "Harmonia Abroad"})
        cls.abroad = new_test_user(
            cls.env,
            "t_abroad",
            groups="crm_extended.group_loyalty_manager",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )

    def test_each_role_has_the_rights_of_its_work(self):
        roles = (self.portal, self.stranger, self.shop, self.user, self.manager)
        for name, rights in MODELS.items():
            for user, allowed in zip(roles, ("", "", *rights), strict=True):
                for letter, operation in OPERATIONS.items():
                    with self.subTest(model=name, user=user.login, operation=operation):
                        model = self.env[name].with_user(user)
                        self.assertEqual(model.has_access(operation), letter in allowed)

    def test_another_company_sees_neither_ladder_nor_members(self):
        self.evaluate()
        for name in ("crm.loyalty.tier", "crm.loyalty.tier.level"):
            rows = self.env[name].with_user(self.abroad).search([])
            self.assertNotIn(self.company, rows.sudo().company_id)
        members = self.env["crm.loyalty.tier.member"].with_user(self.abroad)
        self.assertFalse(members.search([("partner_id", "=", self.ann.id)]))
        with self.assertRaises(AccessError):
            self.tier.with_user(self.abroad).action_start()
        self.assertFalse(self.ann.with_user(self.abroad).loyalty_tier_id)

    def test_who_only_looks_starts_and_grants_nothing(self):
        for user in (self.shop, self.user):
            tier = self.tier.with_user(user)
            for name in ("action_start", "action_pause", "action_preview"):
                with self.subTest(name=name), self.assertRaises(AccessError):
                    getattr(tier, name)()
            with self.assertRaises(AccessError):
                self.env["crm.loyalty.tier.grant"].with_user(user).create({})

    def test_state_and_outcome_are_not_entered(self):
        run = self.env["crm.loyalty.tier.run"].with_user(self.manager)
        with self.assertRaises(AccessError):
            run.create({"tier_id": self.tier.id, "joined": 5})

    def test_nothing_else_of_a_ladder_can_be_called(self):
        tier = self.tier
        for name in (
            "_evaluate",
            "_apply_changes",
            "_get_progress",
            "_grant",
            "_follow_up",
        ):
            with self.subTest(name=name), self.assertRaises(AccessError):
                get_public_method(tier, name)
