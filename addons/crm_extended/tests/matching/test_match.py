"""Decisions, clusters, runs."""

from unittest.mock import patch

import psycopg2

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .match_common import MatchCase


@tagged("post_install", "-at_install")
class TestMatch(MatchCase):
    def setUp(self):
        super().setUp()
        names = ("Anna Nováková", "Anna Novakova", "Anna Nowakowa", "Hana Nováková")
        self.four = self.env["res.partner"].create([{"name": n} for n in names])

    def test_pairs_are_stored_once_however_often_they_are_found(self):
        a, b, c, _d = self.four
        lines = [(a, b, 12.0), (b, c, 5.0)]
        first = self.store(*lines)
        self.assertEqual((first["inserted"], first["deleted"]), (2, 0))
        again = self.store(*lines)
        self.assertEqual(
            (again["inserted"], again["updated"], again["deleted"]), (0, 0, 0)
        )
        gone = self.store((a, b, 12.0))
        self.assertEqual(gone["deleted"], 1)

    def test_a_cluster_has_the_number_of_its_oldest_record(self):
        a, b, c, d = self.four
        self.store((b, c, 9.0), (a, c, 4.0))
        self.assertEqual(set(self.pair_of(a, b, c, d).mapped("cluster")), {a.id})
        [group] = self.matches._clusters()
        self.assertEqual(group["partner_ids"], (a | b | c).ids)
        self.assertEqual(group["weight"], 9.0)

    def test_not_the_same_is_never_proposed_again_and_parts_clusters(self):
        a, b, c, _d = self.four
        lines = [(a, b, 9.0), (b, c, 8.0), (a, c, 3.0)]
        self.store(*lines)
        pair = self.pair_of(a, c)
        pair.with_user(self.steward)._decide("distinct", note="sisters")
        self.assertEqual((pair.state, pair.note), ("distinct", "sisters"))
        self.assertEqual(pair.decided_by_id, self.steward)
        self.persons.threshold_automatic = 3.0  # whatever a later run says of it
        self.store(*lines)
        self.assertEqual((pair.state, pair.automatic), ("distinct", False))
        self.assertEqual(self.pair_of(a, b).cluster, a.id)
        self.assertFalse(self.pair_of(b, c).cluster, "the weaker link gives way")
        self.assertEqual(
            [g["partner_ids"] for g in self.matches._clusters()], [[a.id, b.id]]
        )

    def test_a_decision_can_be_taken_back(self):
        a, b, _c, _d = self.four
        self.store((a, b, 9.0))
        pair = self.pair_of(a, b).with_user(self.steward)
        pair.action_distinct()
        self.assertFalse(pair.cluster)
        pair.action_reopen()
        self.assertEqual((pair.state, pair.cluster), ("pending", a.id))
        self.assertFalse(pair.decided_by_id)

    def test_later_stays_later_when_found_again(self):
        a, b, _c, _d = self.four
        self.store((a, b, 9.0))
        self.pair_of(a, b).with_user(self.steward).action_later()
        self.store((a, b, 10.0))
        self.assertEqual(
            (self.pair_of(a, b).state, self.pair_of(a, b).weight), ("later", 9.0)
        )
        self.store()
        self.assertTrue(self.pair_of(a, b), "only what nobody looked at is forgotten")

    def test_an_unknown_decision_is_refused(self):
        a, b, _c, _d = self.four
        self.store((a, b, 9.0))
        for state in ("", None, "deleted", 2**63, ["merged"], "x" * 1000):
            with self.subTest(state=state), self.assertRaises(UserError):
                self.pair_of(a, b)._decide(state)

    def test_merging_a_pair_keeps_the_older_record_and_the_decision(self):
        a, b, _c, _d = self.four
        self.store((a, b, 20.0))
        pair = self.pair_of(a, b)
        pair.with_user(self.steward).action_merge()
        self.assertEqual(pair.state, "merged")
        self.assertTrue(a.active)
        self.assertFalse(b.active)
        with self.assertRaisesRegex(UserError, "merged"):
            pair.with_user(self.steward).action_reopen()
        with self.assertRaisesRegex(UserError, "decided"):
            pair.with_user(self.steward).action_merge()

    def test_certain_means_heavy_and_without_a_veto(self):
        a, b, _c, _d = self.four
        self.store((a, b, self.persons.threshold_automatic))
        self.assertTrue(self.pair_of(a, b).automatic)
        self.store((a, b, self.persons.threshold_automatic - 0.1))
        pair = self.pair_of(a, b)
        # the same evidence with another weight would be a new model: evidence differs
        self.assertEqual(len(pair), 1)
        self.assertFalse(pair.automatic)

    def test_father_and_son_in_one_house_are_never_certain(self):
        son = self.make(name="Jan Kropáček")
        father = self.make(name="Karel Kropáček")
        self.follow()
        self.assertFalse(self.pair_of(son, father).automatic)

    def test_thresholds_are_told_in_bits_or_as_probability(self):
        self.persons.threshold_review = 3.0
        self.assertAlmostEqual(self.persons.review_probability, 8 / 9)
        self.persons.review_probability = 0.5
        self.assertAlmostEqual(self.persons.threshold_review, 0.0)
        for vals in (
            {"review_probability": 1.0},
            {"threshold_review": float("nan")},
            {"threshold_automatic": 1000.0},
        ):
            with self.subTest(vals=vals), self.assertRaises(ValidationError):
                self.persons.write(vals)
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(psycopg2.errors.CheckViolation),
            self.env.cr.savepoint(),
        ):
            self.persons.threshold_review = 99.0
            self.env.flush_all()

    def test_an_address_is_compared_as_an_address_only(self):
        line = self.persons.comparison_ids.filtered(lambda one: one.field == "given")
        with self.assertRaises(ValidationError):
            line.kind = "address"

    def test_changed_rules_find_others(self):
        self.persons.rule_ids = [(5, 0, 0), (0, 0, {"first": "vat"})]
        jana, again = self.make(), self.make(name="Jana Kropackova")
        self.follow()
        self.assertFalse(self.pair_of(jana, again))
        self.persons.rule_ids = [(0, 0, {"first": "zip", "second": "sound"})]
        self.assertEqual(self.persons._get_rules(), [("vat",), ("sound", "zip")])
        self.follow()
        self.assertTrue(self.pair_of(jana, again))

    def test_without_splink_the_run_says_what_to_add(self):
        run = self.env["crm.match.run"].create({"setting_id": self.persons.id})
        with patch.dict("sys.modules", {"splink": None}):
            with self.assertRaisesRegex(UserError, "splink"):
                run.action_start()
            run._run()
        self.assertEqual(run.state, "failed")
        self.assertIn("pip install splink", run.error)

    def test_without_pyspark_a_spark_run_says_what_to_add(self):
        self.persons.engine = "spark"
        run = self.env["crm.match.run"].create({"setting_id": self.persons.id})
        with (
            patch.dict("sys.modules", {"pyspark": None}),
            self.assertRaisesRegex(UserError, "requirements/spark.txt"),
        ):
            run.action_start()

    def test_too_few_customers_are_told_not_failed(self):
        self.env.cr.execute("DELETE FROM crm_match_key WHERE is_company")
        run = self.env["crm.match.run"].create({"setting_id": self.companies.id})
        with patch.object(type(self.keys), "_refresh_all"):
            run._run()
        self.assertEqual((run.state, run.customer_count), ("done", 0))
        self.assertIn("nothing to learn", run.note)
