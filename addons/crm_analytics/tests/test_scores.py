import unittest
from datetime import date, timedelta
from pathlib import Path
from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.tests import new_test_user

from .common import WarehouseCase

SAMPLE = Path(__file__).parents[3] / "tests" / "data" / "CDNOW_sample.txt"


class TestScores(WarehouseCase):
    """Scores of a shop whose best and worst customers are known."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        Partner = cls.env["res.partner"]
        cls.people = Partner.create([{"name": f"Customer {n:03}"} for n in range(100)])
        rows, start = [], date(2023, 1, 1)
        for n, person in enumerate(cls.people):
            # the higher the number, the more often, the later and the dearer
            for visit in range(1 + n // 20):
                day = start + timedelta(days=n * 6 + visit * 13)
                rows.append(
                    cls.purchase(
                        person, day, 10 + n, company=cls.other_company, quantity=1
                    )
                )
        rows.append(
            cls.purchase(cls.people[99], "2025-01-01", -5, company=cls.other_company)
        )
        cls.env["crm.purchase"].create(rows)
        cls.refresh()

    def compute(self, **values):
        run = self.env["crm.score.run"].create(
            {"company_id": self.other_company.id, "minimum_repeaters": 20, **values}
        )
        run._run()
        return run

    def value(self, code, partner):
        return self.env["crm.score.value"].search(
            [
                ("score_id.code", "=", code),
                ("partner_id", "=", partner.id),
                ("company_id", "=", self.other_company.id),
            ]
        )

    def score(self, code):
        """The score as who works for the company of these purchases sees it."""
        score = self.env["crm.score"].with_company(self.other_company)
        return score.search([("code", "=", code)])

    def member(self, partner):
        """The current stay of a customer in the family of RFM segments."""
        family = self.env.ref("crm_analytics.segment_family_rfm")
        return self.env["crm.segment.member"].search(
            [
                ("partner_id", "=", partner.id),
                ("valid_to", "=", False),
                ("segment_id.family_id", "=", family.id),
            ]
        )

    def test_marks_are_fifths_and_the_best_is_555(self):
        run = self.compute()
        self.assertEqual((run.state, run.customers), ("done", 100), run.error)
        self.assertEqual(self.value("rfm", self.people[98]).value, 555)
        self.assertEqual(self.value("rfm", self.people[0]).value, 111)
        values = self.env["crm.score.value"].search(
            [
                ("score_id.code", "=", "rfm_r"),
                ("company_id", "=", self.other_company.id),
            ]
        )
        marks = [value.value for value in values]
        self.assertEqual([marks.count(n) for n in range(1, 6)], [20] * 5)
        evidence = self.value("rfm_f", self.people[99]).evidence
        self.assertEqual(evidence["purchase_days"], 5)

    def test_who_came_back_yesterday_is_recent_however_long_he_buys(self):
        first = self.people[0]  # the oldest customer; nobody bought longer ago
        self.env["crm.purchase"].create(
            [self.purchase(first, "2025-01-01", 10, company=self.other_company)]
        )
        self.refresh()
        self.compute()
        self.assertEqual(self.value("rfm_r", first).value, 5)
        self.assertEqual(self.value("rfm_r", self.people[1]).value, 1)

    def test_a_holdout_takes_a_third_of_the_history_at_most(self):
        run = self.compute(holdout_weeks=520)
        # 731 days are 104 weeks
        self.assertIn("Holdout of 34 weeks", run.outcome)
        text = self.score("clv").backtest_text
        self.assertIn("Holdout of 34 weeks", text)

    def test_a_return_lowers_the_total_and_is_no_visit(self):
        run = self.compute()
        evidence = self.value("rfm_m", self.people[99]).evidence
        self.assertAlmostEqual(evidence["total"], 5 * 109 - 5)
        last = date(2023, 1, 1) + timedelta(days=99 * 6 + 4 * 13)
        self.assertEqual(evidence["last_purchase"], str(last))
        self.assertEqual(run.as_of, date(2025, 1, 1))

    def test_segments_follow_the_marks_and_the_cube_follows_the_segments(self):
        self.compute()
        segment = self.env.ref("crm_analytics.segment_rfm_champions")
        member = self.member(self.people[98])
        self.assertEqual(member.segment_id, segment)
        self.assertIn("5", member.reason)
        lost = self.env.ref("crm_analytics.segment_rfm_lost")
        self.assertEqual(self.member(self.people[0]).segment_id, lost)
        self.refresh()
        champions = self.Cube.search([("segment_id", "=", segment.id)]).partner_id
        self.assertIn(self.people[98], champions)
        self.assertNotIn(self.people[0], champions)

    def test_every_customer_with_marks_is_in_just_one_segment(self):
        self.compute()
        family = self.env.ref("crm_analytics.segment_family_rfm")
        groups = self.env["crm.segment.member"]._read_group(
            [
                ("segment_id.family_id", "=", family.id),
                ("valid_to", "=", False),
                ("partner_id", "in", self.people.ids),
            ],
            ["partner_id"],
            ["__count"],
        )
        self.assertEqual(len(groups), 100)
        self.assertEqual({count for __, count in groups}, {1})

    def test_too_few_repeaters_get_marks_only_and_the_reason(self):
        self.compute()
        self.assertTrue(self.value("clv", self.people[98]))
        run = self.compute(minimum_repeaters=1000)
        self.assertEqual(run.state, "done")
        self.assertIn("Not enough data: 80 customers", run.outcome)
        self.assertFalse(self.value("clv", self.people[98]), "older values are gone")
        self.assertTrue(self.value("rfm", self.people[98]))
        score = self.score("clv")
        self.assertIn("Not enough data", score.backtest_text)

    def test_a_company_keeps_its_backtest_when_a_small_one_computes(self):
        self.compute(holdout_weeks=20)
        small = self.env["res.company"].create({"name": "Corner shop"})
        self.env["crm.purchase"].create(
            [self.purchase(self.people[0], "2025-01-01", 10, company=small)]
        )
        self.refresh()
        run = self.compute(company_id=small.id)
        self.assertEqual(run.state, "done", run.error)
        score = self.score("clv")
        self.assertIn("mae", score.backtest)
        self.assertIn("Holdout of 20 weeks", score.backtest_text)
        self.assertTrue(score.backtest_words)
        few = score.with_company(small)
        self.assertIn("Not enough data", few.backtest_text)
        self.assertFalse(few.backtest)
        self.assertFalse(few.backtest_words)
        with self.assertRaises(AccessError):
            score.with_user(self.analyst).read(["backtests"])

    def test_every_expectation_carries_its_backtest(self):
        run = self.compute(holdout_weeks=20)
        for code in ("expected_purchases", "clv"):
            score = self.score(code)
            self.assertLessEqual({"mae"}, set(score.backtest), run.outcome)
            self.assertIn("Holdout of 20 weeks", score.backtest_text)
            used = "model" if score.version.startswith("bg") else "baseline"
            errors = score.backtest["mae"]
            other = "baseline" if used == "model" else "model"
            self.assertLessEqual(errors[used], errors[other])

    def test_a_losing_model_is_replaced_by_the_guess_and_says_so(self):
        from ..estimators.backtest import Backtest

        with patch.object(Backtest, "winner", "baseline"):
            run = self.compute()
        self.assertIn("the guess is used", run.outcome)
        score = self.score("expected_purchases")
        self.assertEqual(score.version, "naive/1")
        # customer 98: 4 repeat days in (as_of - first) days
        age = (date(2025, 1, 1) - date(2023, 1, 1)).days - 98 * 6
        value = self.value("expected_purchases", self.people[98]).value
        self.assertAlmostEqual(value, 4 / age * 365.25, 3)

    def test_a_horizon_and_a_rate_change_the_value(self):
        self.compute(discount_rate=0)
        plain = self.value("clv", self.people[98]).value
        self.compute(discount_rate=10)
        discounted = self.value("clv", self.people[98]).value
        self.compute(discount_rate=10, horizon_months=24)
        longer = self.value("clv", self.people[98]).value
        self.assertLess(discounted, plain)
        self.assertGreater(longer, discounted)

    def test_a_refresh_of_the_cube_follows_new_segments(self):
        Run = self.env["crm.warehouse.run"]
        before = Run.search([])
        self.compute(refresh_segments=False)
        self.assertFalse(Run.search([]) - before)
        self.compute()
        self.assertEqual((Run.search([]) - before).mapped("state"), ["queued"])

    def test_nothing_bought_by_the_day_is_told(self):
        run = self.compute(as_of="1999-01-01")
        self.assertEqual(run.state, "failed")
        self.assertIn("bought anything up to 1999-01-01", run.error)

    def test_the_schedule_computes_for_each_company_with_purchases(self):
        before = self.env["crm.score.run"].search([])
        self.env["crm.score.run"]._cron_compute()
        runs = self.env["crm.score.run"].search([]) - before
        self.assertIn(self.other_company, runs.company_id)
        self.assertEqual(set(runs.mapped("state")), {"queued"})


@unittest.skipUnless(SAMPLE.is_file(), "the literature's data are in the repository")
class TestScoresOfCdnow(WarehouseCase):
    """Import, warehouse and scores give the published answer on real purchases."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        mapping = cls.env.ref("crm_extended.import_mapping_cdnow_sample")
        cls.imported = cls.env["crm.import"]._run_file(mapping, SAMPLE)
        cls.refreshed = cls.refresh()

    def test_cdnow_gives_the_published_parameters(self):
        self.assertEqual(self.imported.state, "done", self.imported.error)
        self.assertEqual(self.refreshed.state, "done", self.refreshed.error)
        run = self.env["crm.score.run"].create(
            {"company_id": self.company.id, "as_of": "1997-09-30", "holdout_weeks": 13}
        )
        run._run()
        self.assertEqual(run.state, "done", run.error)
        self.assertEqual(run.customers, 2357)
        self.assertAlmostEqual(run.bg_r, 0.243, 3)
        self.assertAlmostEqual(run.bg_alpha, 4.414, 2)
        self.assertAlmostEqual(run.bg_a, 0.793, 3)
        self.assertAlmostEqual(run.bg_b, 2.426, 3)
        self.assertAlmostEqual(run.bg_log_likelihood, -9582.43, 1)

    def test_cdnow_holdout_of_39_weeks_is_the_published_backtest(self):
        run = self.env["crm.score.run"].create(
            {"company_id": self.company.id, "as_of": "1998-06-30", "holdout_weeks": 39}
        )
        with patch.object(type(run), "_get_past", self._past_of_39_weeks):
            run._run()
        score = self.env["crm.score"].search([("code", "=", "expected_purchases")])
        self.assertAlmostEqual(score.backtest["mae"]["model"], 0.786, 2)
        self.assertAlmostEqual(score.backtest["mae"]["baseline"], 1.024, 2)
        self.assertTrue(score.version.startswith("bg_nbd"))

    @staticmethod
    def _past_of_39_weeks(run, now, day):
        """The literature cuts this history in the middle; we keep two thirds of it."""
        return run._get_past_after(day - timedelta(weeks=39), day)

    def test_a_manager_reads_the_values_on_the_customer(self):
        user = new_test_user(
            self.env, "war_cdnow", "crm_analytics.group_analytics_manager"
        )
        run = self.env["crm.score.run"].create({"as_of": "1997-09-30"})
        run._run()
        value = self.env["crm.score.value"].with_user(user)
        self.assertEqual(value.search_count([("score_id.code", "=", "clv")]), 2357)
