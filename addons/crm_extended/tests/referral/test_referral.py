from datetime import timedelta

from odoo import Command
from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from .referral_common import DAY, ReferralCase

RIPE = DAY + timedelta(days=14)


@tagged("post_install", "-at_install")
class TestReferral(ReferralCase):
    def test_both_are_rewarded_when_the_purchase_was_kept(self):
        referral = self.refer()
        self.follow()
        self.assertEqual(referral.state, "open", "nothing bought yet")
        self.buy(self.ben, 80)
        self.follow()
        self.assertEqual((referral.state, referral.due_on), ("waiting", RIPE))
        self.assertFalse(self.balance(self.ann), "the days to return run")
        self.follow(RIPE)
        self.follow(RIPE + timedelta(days=1))
        self.assertEqual(referral.state, "rewarded")
        self.assertEqual(referral.amount, 80)
        self.assertEqual(self.balance(self.ann), 100)
        self.assertEqual(self.balance(self.ben), 40)

    def test_a_reward_is_an_event_and_a_relation(self):
        referral = self.refer()
        self.buy(self.ben, 80)
        self.follow()
        self.follow(RIPE)
        events = self.env["crm.loyalty.event"].search(
            [("partner_id", "=", self.ann.id), ("kind_id.code", "=", "referral")]
        )
        self.assertEqual(events.document, f"crm.referral,{referral.id}")
        relation = self.env["res.partner.relation"].search(
            [("left_partner_id", "=", self.ben.id)]
        )
        self.assertEqual(relation.right_partner_id, self.ann)

    def test_what_was_returned_is_not_rewarded(self):
        referral = self.refer()
        self.buy(self.ben, 80)
        self.follow()
        self.buy(self.ben, -60, DAY + timedelta(days=3))
        self.follow(RIPE)
        self.assertEqual(referral.state, "refused")
        self.assertFalse(self.balance(self.ann))

    def test_a_purchase_after_the_window_is_too_late(self):
        referral = self.refer()
        self.buy(self.ben, 80, DAY + timedelta(days=31))
        self.follow(DAY + timedelta(days=31))
        self.assertEqual(referral.state, "expired")

    def test_the_first_who_brought_a_customer_brought_it(self):
        first = self.refer()
        other = self.env["crm.referral.code"]._get_codes(self.cyd)[self.cyd.id]
        self.assertFalse(self.refer(code=other))
        self.assertFalse(self.refer(self.ann), "nobody brings himself")
        self.assertEqual(first.referrer_id, self.ann)

    def test_a_replaced_code_brings_nobody_any_more(self):
        old = self.code
        old.with_user(self.user).action_rotate()
        self.assertFalse(self.refer(code=old))
        self.assertFalse(self.env["crm.referral.code"]._find(old.code))
        new = self.env["crm.referral.code"]._get_codes(self.ann)[self.ann.id]
        self.assertNotEqual(new.code, old.code)

    def test_what_looks_like_fraud_waits_for_a_decision(self):
        country = self.env.ref("base.cz").id
        cases = {
            "e-mail": {"email": "ann.bell+shop@gmail.com"},
            "telephone": {"phone": "+420 601 111 222", "country_id": country},
            "address": {"street": "Dlouha ulice 12", "zip": "11000"},
        }
        self.ann.write(
            {
                "email": "annbell@gmail.com",
                "phone": "+420601111222",
                "street": "Dlouhá 12",
                "zip": "110 00",
                "country_id": country,
            }
        )
        self.program.most = 0
        for sign, vals in cases.items():
            with self.subTest(sign=sign):
                friend = self.env["res.partner"].create({"name": sign, **vals})
                referral = self.refer(friend)
                self.buy(friend, 80)
                self.follow()
                self.assertEqual(referral.state, "suspicious")
                self.assertIn(sign, referral.reasons)

    def test_a_household_and_an_early_purchase_are_signs(self):
        home = self.env["res.partner"].create({"name": "Home"})
        kind = self.env.ref("crm_extended.relation_type_household")
        for partner in (self.ann, self.ben):
            self.env["res.partner.relation"].create(
                {
                    "type_id": kind.id,
                    "left_partner_id": partner.id,
                    "right_partner_id": home.id,
                }
            )
        self.buy(self.ben, 20, DAY - timedelta(days=100))
        referral = self.refer()
        self.buy(self.ben, 80)
        self.follow()
        self.assertEqual(referral.state, "suspicious")
        self.assertIn("household", referral.reasons)
        self.assertIn("Bought before", referral.reasons)

    def test_circles_and_many_at_once_are_signs(self):
        self.refer()
        back = self.env["crm.referral.code"]._get_codes(self.ben)[self.ben.id]
        circle = self.refer(self.ann, back)
        self.buy(self.ann, 80)
        self.follow()
        self.assertIn("brought, in the end", circle.reasons)
        friends = self.env["res.partner"].create(
            [{"name": f"Friend {n}"} for n in range(3)]
        )
        for friend in friends:
            last = self.refer(friend)
        self.buy(friend, 80)
        self.follow()
        self.assertIn("unusually many", last.reasons)

    def test_a_manager_decides_with_a_word_why(self):
        self.buy(self.ben, 20, DAY - timedelta(days=100))
        referral = self.refer()
        self.buy(self.ben, 80)
        self.follow()
        decided = referral.with_user(self.manager)
        with self.assertRaisesRegex(UserError, "why"):
            decided.action_refuse()
        decided.note = "Known since 2020"
        decided.action_refuse()
        self.assertEqual(referral.state, "refused")
        decided.action_reopen()
        decided.action_accept()
        self.assertEqual(referral.decided_by_id, self.manager)
        self.assertEqual(referral.state, "rewarded", "its days were over")
        self.assertEqual(self.balance(self.ann), 100)

    def test_a_code_on_an_order_brings_its_customer(self):
        product = self.env["product.product"].create({"name": "Cello"})
        order = self.env["sale.order"].create(
            {
                "partner_id": self.ben.id,
                "referral_code": f" {self.code.code.lower()} ",
                "order_line": [Command.create({"product_id": product.id})],
            }
        )
        self.assertFalse(self.ben.referred_ids, "a quotation is no purchase")
        order.action_confirm()
        self.assertEqual(self.ben.referred_ids.referrer_id, self.ann)
        self.assertEqual(self.ben.referred_ids.via, "order")
        with self.assertRaisesRegex(ValidationError, "Nobody has"):
            order.referral_code = "ABCDEFGHJKMN"

    def test_a_code_on_a_lead_waits_for_its_customer(self):
        lead = self.env["crm.lead"].create(
            {"name": "Cello wanted", "referral_code": self.code.code}
        )
        self.assertFalse(self.ben.referred_ids)
        lead.partner_id = self.ben
        self.assertEqual(self.ben.referred_ids.via, "lead")

    def test_a_code_is_typed_in_at_the_counter(self):
        entry = self.env["crm.referral.entry"].with_user(self.shop)
        with self.assertRaisesRegex(UserError, "Nobody has"):
            entry.create({"partner_id": self.ben.id, "code": "X"}).action_enter()
        entry.create({"partner_id": self.ben.id, "code": self.code.code}).action_enter()
        self.assertEqual(self.ben.referred_ids.via, "hand")
        with self.assertRaisesRegex(UserError, "already"):
            entry.create(
                {"partner_id": self.ben.id, "code": self.code.code}
            ).action_enter()

    def test_the_tree_adds_up_its_branches(self):
        self.refer()
        second = self.env["crm.referral.code"]._get_codes(self.ben)[self.ben.id]
        self.refer(self.cyd, second)
        self.buy(self.ann, 10)
        self.buy(self.ben, 80)
        self.buy(self.cyd, 60)
        self.follow()
        tree = self.env["crm.referral"].with_user(self.shop).read_tree(self.ann.id)
        self.assertEqual(
            [(n["name"], n["step"], n["value"], n["branch"]) for n in tree["nodes"]],
            [("Ann", 0, 10, 150), ("Ben", 1, 80, 140), ("Cyd", 2, 60, 60)],
        )
        self.assertEqual(tree["nodes"][0]["count"], 2)

    def test_a_badge_counts_customers_referred(self):
        badge = self.env["crm.loyalty.badge"].create(
            {"name": "Friend", "rule_ids": [Command.create({"kind": "referrals"})]}
        )
        badge.action_start()
        self.refer()
        self.buy(self.ben, 80)
        self.follow()
        badge._award(RIPE)
        self.assertFalse(badge.award_ids.filtered(lambda a: a.partner_id == self.ann))
        self.follow(RIPE)
        badge._award(RIPE)
        self.assertTrue(badge.award_ids.filtered(lambda a: a.partner_id == self.ann))

    def test_a_link_never_leads_elsewhere(self):
        for path in ("//evil.example", "https://evil.example", "/\\evil", "shop"):
            with self.subTest(path=path), self.assertRaises(ValidationError):
                self.program.landing_path = path
