import random
from itertools import product

from odoo.tests import tagged

from ...models.policies.rules import APPLIED
from .common import PolicyCase


@tagged("post_install", "-at_install")
class TestPolicyConflict(PolicyCase):
    def test_each_rule_goes_to_the_strongest_that_decides_it_and_says_why(self):
        self.enter(self.gold, self.anna)
        self.enter(self.school, self.anna)
        self.activate(
            self.policy(self.gold, pricelist_id=self.gold_list.id, sequence=10)
        )
        self.activate(
            self.policy(
                self.school,
                "Schools",
                pricelist_id=self.school_list.id,
                payment_term_id=self.term.id,
                sequence=20,
            )
        )
        self.assertEqual(self.anna.property_product_pricelist, self.gold_list)
        self.assertEqual(self.anna.property_payment_term_id, self.term)
        told = {
            line[0]: line
            for line in self.env["crm.policy"]._tell_conduct(self.anna, self.company)
        }
        self.assertIn("set by policy Gold", told["pricelist"][3])
        self.assertIn("priority 10 before 20", told["pricelist"][3])
        self.assertIn("set by policy Schools", told["payment_term"][3])
        self.assertIn("Schools", self.anna.policy_text)

    def test_one_rule_may_weigh_more_than_its_policy(self):
        self.enter(self.gold, self.anna)
        self.enter(self.school, self.anna)
        self.activate(
            self.policy(
                self.gold, pricelist_id=self.gold_list.id, payment_term_id=self.term.id
            )
        )
        self.activate(
            self.policy(
                self.school,
                "Schools",
                pricelist_id=self.school_list.id,
                sequence=20,
                precedence_ids=[(0, 0, {"rule": "pricelist", "sequence": 1})],
            )
        )
        self.assertEqual(self.anna.property_product_pricelist, self.school_list)
        self.assertEqual(self.anna.property_payment_term_id, self.term)

    def test_leaving_the_stronger_segment_lets_the_weaker_policy_hold(self):
        self.enter(self.gold, self.anna)
        self.enter(self.school, self.anna)
        self.activate(self.policy(self.gold, pricelist_id=self.gold_list.id))
        self.activate(
            self.policy(
                self.school, "Schools", pricelist_id=self.school_list.id, sequence=20
            )
        )
        self.leave(self.gold, self.anna)
        self.assertEqual(self.anna.property_product_pricelist, self.school_list)
        self.leave(self.school, self.anna)
        self.assertFalse(self.anna.specific_property_product_pricelist)

    def test_a_teams_policy_holds_for_its_orders_and_not_for_the_customer(self):
        team = self.env["crm.team"].create({"name": "Export"})
        self.enter(self.gold, self.anna)
        self.activate(
            self.policy(self.gold, pricelist_id=self.gold_list.id, team_id=team.id)
        )
        self.assertFalse(self.anna.specific_property_product_pricelist)
        self.assertEqual(
            self.order(self.anna, team_id=team.id).pricelist_id.name, "Gold"
        )
        other = self.env["crm.team"].create({"name": "Home"})
        self.assertNotEqual(
            self.order(self.anna, team_id=other.id).pricelist_id, self.gold_list
        )

    def test_what_is_set_is_what_the_resolver_says(self):
        """Property: the statement and the pure resolver never disagree."""
        dice = random.Random(1940)
        segments = self.env["crm.segment"].create(
            [{"name": f"S{i}", "domain": "[('id', '=', 0)]"} for i in range(4)]
        )
        partners = self.env["res.partner"].create(
            [{"name": f"P{i}"} for i in range(12)]
        )
        for segment, partner in product(segments, partners):
            if dice.random() < 0.5:
                self.enter(segment, partner)
        lists = self.env["product.pricelist"].create(
            [{"name": f"L{i}"} for i in range(5)]
        )
        policies = self.env["crm.policy"]
        for number in range(8):
            values = {"sequence": dice.choice([5, 10]), "company_id": self.company.id}
            if dice.random() < 0.7:
                values["pricelist_id"] = dice.choice(lists).id
            if dice.random() < 0.5:
                values |= {"limits_credit": True, "credit_limit": dice.randint(0, 9)}
            if dice.random() < 0.4:
                line = {"rule": "pricelist", "sequence": dice.randint(1, 20)}
                values["precedence_ids"] = [(0, 0, line)]
            policy = self.policy(dice.choice(segments), f"R{number}", **values)
            policy.write({"state": "active", "activated_at": "2026-01-01"})
        policies._apply()
        conduct = policies._conduct(partners, self.company)
        effects = self.env["crm.policy.effect"].search(
            [("partner_id", "in", partners.ids), ("company_id", "=", self.company.id)]
        )
        done = {(e.partner_id.id, e.rule): (e.policy_id.id, e.value) for e in effects}
        said = {
            (partner, rule.rule): (
                decisions[rule.rule].policy.id,
                decisions[rule.rule].value,
            )
            for partner, decisions in conduct.items()
            for rule in APPLIED
            if rule.rule in decisions
        }
        self.assertTrue(said)
        self.assertEqual(
            {k: (p, float(v or 0)) for k, (p, v) in done.items()},
            {k: (p, float(v or 0)) for k, (p, v) in said.items()},
        )
