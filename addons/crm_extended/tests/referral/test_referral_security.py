from urllib.parse import urljoin, urlsplit

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.service.model import get_public_method
from odoo.tests import HttpCase, new_test_user, tagged

from .referral_common import ReferralCase

# model: rights of (shop, loyalty user, loyalty manager) as read, write, create, unlink
MODELS = {
    "crm.referral.program": ("r", "r", "rwcu"),
    "crm.referral.code": ("r", "rw", "rw"),
    "crm.referral": ("r", "r", "rw"),
    "crm.referral.entry": ("rwcu", "rwcu", "rwcu"),
}
OPERATIONS = {"r": "read", "w": "write", "c": "create", "u": "unlink"}


@tagged("post_install", "-at_install")
class TestReferralSecurity(ReferralCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.stranger = new_test_user(cls.env, "r_stranger", groups="base.group_user")
        cls.portal = new_test_user(cls.env, "r_portal", groups="base.group_portal")
        other = cls.env["res.company"].create({"name": "Harmonia Abroad"})
        cls.abroad = new_test_user(
            cls.env,
            "r_abroad",
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

    def test_facts_are_not_entered(self):
        referral = self.refer().with_user(self.manager)
        with self.assertRaises(AccessError):
            referral.state = "rewarded"
        with self.assertRaises(AccessError):
            self.code.with_user(self.manager).code = "ABCDEFGHJKMN"
        for user in (self.shop, self.user):
            with self.assertRaises(AccessError):
                referral.with_user(user).action_accept()
        with self.assertRaises(AccessError):
            self.code.with_user(self.shop).action_rotate()
        with self.assertRaises(UserError):
            self.ben.with_user(self.shop).action_make_referral_code()

    def test_another_company_sees_no_referral(self):
        self.refer()
        for name in MODELS.keys() - {"crm.referral.entry"}:
            rows = self.env[name].with_user(self.abroad).search([])
            self.assertNotIn(self.env.company, rows.sudo().company_id)
        tree = self.env["crm.referral"].with_user(self.abroad).read_tree(self.ann.id)
        self.assertEqual(len(tree["nodes"]), 1)

    def test_a_customer_of_another_company_keeps_its_name_in_the_tree(self):
        self.refer()
        self.buy(self.ben, 80)
        self.follow()
        self.env.cr.execute(
            "UPDATE res_partner SET company_id = %s WHERE id = %s",
            [self.abroad.company_id.id, self.ben.id],
        )
        self.ben.invalidate_recordset()
        tree = self.env["crm.referral"].with_user(self.shop).read_tree(self.ann.id)
        self.assertNotIn("Ben", repr(tree))
        self.assertEqual(tree["nodes"][1]["value"], 0)

    def test_hostile_arguments_are_refused(self):
        for wrong in (0, -1, 2**31, 2**63, "1", None, [self.ann.id], True, 1e400):
            with self.subTest(wrong=wrong), self.assertRaises(UserError):
                self.env["crm.referral"].read_tree(wrong)
        for text in (None, 7, [], "\x00", "A" * 10**6, "' OR 1=1", "\ud800"):
            self.assertFalse(self.env["crm.referral.code"]._find(text))

    def test_nothing_else_can_be_called(self):
        for record, name in (
            (self.env["crm.referral"], "_attribute"),
            (self.env["crm.referral"], "_reward"),
            (self.env["crm.referral.code"], "_get_codes"),
            (self.env["crm.referral.code"], "_visit"),
        ):
            with self.subTest(name=name), self.assertRaises(AccessError):
                get_public_method(record, name)


@tagged("post_install", "-at_install")
class TestReferralLink(HttpCase, ReferralCase):
    def visit(self, code):
        return self.url_open(f"/r/{code}", allow_redirects=False)

    def test_a_link_is_remembered_and_stays_on_our_site(self):
        self.program.landing_path = "/web/login"
        found = self.visit(self.code.code)
        self.assertEqual(found.status_code, 303)
        self.assertTrue(found.headers["Location"].endswith("/web/login"))
        self.assertIn(f"crm_referral={self.code.code}", found.headers["Set-Cookie"])
        self.assertIn("HttpOnly", found.headers["Set-Cookie"])
        self.assertNotIn("Ann", found.text)
        self.code.invalidate_recordset()
        self.assertEqual(self.code.visits, 1)

    def test_a_wrong_code_is_answered_like_a_right_one(self):
        right, wrong = self.visit(self.code.code), self.visit("ABCDEFGHJKMN")
        self.assertEqual(right.status_code, wrong.status_code)
        self.assertEqual(right.headers["Location"], wrong.headers["Location"])

    def test_no_address_leads_elsewhere(self):
        for code in ("%2F%2Fevil.example", "x?redirect=//evil.example", "%00", "..%2f"):
            with self.subTest(code=code):
                found = self.visit(code)
                place = urljoin(self.base_url(), found.headers.get("Location", ""))
                self.assertEqual(
                    urlsplit(place).netloc, urlsplit(self.base_url()).netloc
                )
                self.assertLess(found.status_code, 500)

    def test_too_many_visits_are_refused(self):
        codes = [self.visit("ABCDEFGHJKMN").status_code for _visit in range(35)]
        self.assertEqual(codes[-1], 429)
