"""New and changed customers tell whom they may be the same as."""

import time
from unittest.mock import patch

from odoo.tests import Form, tagged

from ...identity.model import Model
from .match_common import JANA, MatchCase


@tagged("post_install", "-at_install")
class TestMatchCandidate(MatchCase):
    def find(self, customer):
        found = self.env["res.partner"]._find_candidates(customer)
        return [one["partner_id"] for one in found]

    def test_a_customer_entered_twice_is_found_whatever_the_spelling(self):
        jana = self.make()
        self.follow()
        for spelling in (
            {"name": "KROPACKOVA, Jana"},
            {"name": "Ing. Jana Kropáčková, Ph.D.", "email": False},
            {"name": "Jana Kropačkova", "phone": "601 234 567", "email": False},
            {"name": "Jana Kropackowa", "phone": False, "street": "ul. Dlouha 12"},
        ):
            with self.subTest(spelling=spelling):
                self.assertEqual(self.find({**JANA, **spelling})[:1], jana.ids)

    def test_one_entered_a_moment_ago_is_found_before_its_keys_are_stored(self):
        jana = self.make()
        self.assertFalse(self.keys.search([("partner_id", "=", jana.id)]))
        self.assertEqual(self.find(JANA), jana.ids)

    def test_a_stranger_is_not_proposed(self):
        self.make()
        self.follow()
        other = {"name": "Petr Svoboda", "email": "petr@music.example", "city": "Praha"}
        self.assertEqual(self.find(other), [])
        self.assertEqual(self.find({"name": "Jana Kropáčková", "city": "Ostrava"}), [])

    def test_a_person_is_no_candidate_for_a_company(self):
        self.make()
        self.follow()
        self.assertEqual(self.find({**JANA, "is_company": True}), [])

    def test_the_banner_appears_while_typing(self):
        jana = self.make()
        self.follow()
        form = Form(self.env["res.partner"].with_user(self.steward))
        form.name = "Jana Kropackova"
        self.assertFalse(form.match_candidate_id)
        form.email = JANA["email"]
        self.assertEqual(form.match_candidate_id, jana)
        self.assertGreater(form.match_candidate_probability, 0.5)

    def test_the_banner_opens_both_side_by_side(self):
        jana, again = self.make(), self.make(name="Jana Kropackova")
        action = again.with_user(self.steward).action_open_match()
        match = self.matches.browse(action["res_id"])
        self.assertEqual((match.partner_id, match.other_id), (jana, again))
        self.assertEqual(again.action_open_match()["res_id"], match.id, "not twice")
        self.assertFalse(match.run_id)

    def test_what_a_person_parted_is_not_proposed_on_entry_either(self):
        jana, again = self.make(), self.make(name="Jana Kropackova")
        self.follow()
        self.pair_of(jana, again).with_user(self.steward)._decide("distinct")
        self.assertEqual(self.find(again), [])
        self.assertFalse(again.match_candidate_id)

    def test_customers_of_any_door_are_proposed_within_a_minute(self):
        jana, again = self.make(), self.make(name="Jana Kropackova")
        self.follow()
        pair = self.pair_of(jana, again)
        self.assertEqual(pair.state, "pending")
        self.assertEqual(pair.cluster, jana.id)
        total = sum(bar["bits"] for bar in pair.evidence)
        self.assertAlmostEqual(total, pair.weight, delta=0.1)

    def test_a_pair_goes_when_the_values_part(self):
        jana, again = self.make(), self.make(name="Jana Kropackova")
        self.follow()
        self.assertTrue(self.pair_of(jana, again))
        again.write(
            {
                "name": "Karel Dvořák",
                "email": "karel@music.example",
                "phone": "+420777888999",
                "street": "Krátká 3",
            }
        )
        self.follow()
        self.assertFalse(self.pair_of(jana, again))

    def test_raw_sql_is_noticed_too(self):
        jana, other = (
            self.make(),
            self.make(name="Karel Novák", email=False, phone=False),
        )
        self.follow()
        self.assertFalse(self.pair_of(jana, other))
        self.env.cr.execute(
            "UPDATE res_partner SET name = %s, email = %s WHERE id = %s",
            ["Jana Kropackova", JANA["email"], other.id],
        )
        other.invalidate_recordset()
        self.follow()
        self.assertTrue(self.pair_of(jana, other))

    def test_delivery_addresses_and_own_people_are_not_matched(self):
        jana = self.make()
        address = self.make(type="delivery", parent_id=jana.id)
        self.steward.partner_id.write(JANA)
        archived = self.make(active=False)
        self.follow()
        left = address | self.steward.partner_id | archived
        self.assertFalse(self.keys.search([("partner_id", "in", left.ids)]))
        self.assertEqual(self.find(jana), [])
        self.assertEqual(self.find(address), [])

    def test_a_date_of_birth_parts_namesakes(self):
        jana = self.make(email=False, phone=False)
        again = self.make(email=False, phone=False)
        attribute = self.env["crm.attribute"].search([("code", "=", "birth_date")])
        values = self.env["crm.attribute.value"]
        values._store([(jana.id, attribute, ["1970-01-01"])])
        before = self.env["res.partner"]._find_candidates(again)[0]["weight"]
        values._store([(again.id, attribute, ["1999-12-24"])])
        [found] = self.env["res.partner"]._find_candidates(again) or [{"weight": -99}]
        self.assertLess(found["weight"], before - 2)
        self.assertFalse(found.get("automatic"))

    def test_hostile_values_are_survived(self):
        for value in (
            "\x00",
            "\u202e\ud800",
            "a" * 100_000,
            "%_\\';--",
            "=cmd|' /C",
            "١٢٣",
        ):
            with self.subTest(value=value[:20]):
                values = dict.fromkeys(
                    ("name", "email", "phone", "vat", "street"), value
                )
                self.assertEqual(self.find({**values, "zip": value, "city": value}), [])

    def test_a_partner_write_leaves_one_note_and_no_more_queries(self):
        jana = self.make()
        self.follow()
        with self.assertQueryCount(__system__=20):
            jana.write({"city": "Brno"})
            self.env.flush_all()
        self.env.cr.execute("SELECT partner_id FROM crm_match_stale")
        self.assertEqual(self.env.cr.fetchall(), [(jana.id,)])
        jana.write({"comment": "likes violins"})
        self.assertEqual(self.keys._count_stale(), 1, "not compared, not noted")

    def test_without_a_training_usual_weights_are_taken(self):
        self.assertFalse(Model.from_json(None, []))
        self.assertFalse(self.persons._is_trained())
        jana = self.make()
        self.follow()
        started = time.monotonic()
        with patch.dict("sys.modules", {"splink": None, "duckdb": None}):
            self.assertEqual(self.find(JANA), jana.ids)
        self.assertLess(time.monotonic() - started, 5)
