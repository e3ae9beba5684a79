import io

from odoo.exceptions import UserError
from odoo.tests import tagged

from .segment_common import DAY, NEXT, SegmentCase


@tagged("post_install", "-at_install")
class TestScore(SegmentCase):
    def rows(self):
        self.env.cr.execute(
            "SELECT partner_id, ctid::text, xmin::text, xmax::text "
            "FROM crm_score_value WHERE score_id = %s ORDER BY partner_id",
            (self.recency.id,),
        )
        return {row[0]: row[1:] for row in self.env.cr.fetchall()}

    def test_counts_of_new_changed_equal_removed_and_unknown(self):
        self.rate(self.recency, [1, 2, 3, 4])
        ids = self.customers.ids
        counts = self.recency._store(
            [(ids[0], 1, None), (ids[1], 9, None), (ids[5], 5, None), (2**40, 1, None)],
            NEXT,
            "1",
        )
        self.assertEqual(
            counts,
            {"inserted": 1, "updated": 1, "unchanged": 1, "deleted": 2, "unknown": 1},
        )
        values = {v.partner_id.id: v.value for v in self.recency.value_ids}
        self.assertEqual(values, {ids[0]: 1, ids[1]: 9, ids[5]: 5})

    def test_unchanged_rows_are_not_touched(self):
        self.rate(self.recency, [1, 2, 3])
        before = self.rows()
        self.rate(self.recency, [1, 2, 4], date=NEXT)
        after = self.rows()
        first, second, third = self.customers.ids[:3]
        self.assertEqual(before[first], after[first])
        self.assertEqual(before[second], after[second])
        self.assertNotEqual(before[third], after[third])
        value = self.recency.value_ids.filtered(lambda v: v.partner_id.id == first)
        self.assertEqual(str(value.date), DAY, "the day since which the value holds")

    def test_file_of_values_is_read_as_rows_are(self):
        first, second = self.customers.ids[:2]
        text = f'{first},1.5,"{{""n"": ""Dvořák, A.""}}"\n{second},-2,\n'
        self.recency._store(io.StringIO(text), DAY, "2")
        values = self.recency.value_ids.sorted("partner_id")
        self.assertEqual(values.mapped("value"), [1.5, -2])
        self.assertEqual(values[0].evidence, {"n": "Dvořák, A."})
        self.assertEqual((self.recency.version, str(self.recency.run_date)), ("2", DAY))

    def test_bad_rows_are_refused_and_nothing_changes(self):
        self.rate(self.recency, [1, 2])
        before = self.rows()
        first = self.customers[0].id
        for rows in (
            [(first, 1, None), (first, 2, None)],
            [(first, float("nan"), None)],
            [(first, float("inf"), None)],
            [(first, None, None)],
            [(first, "many", None)],
            [("Jana", 1, None)],
            io.StringIO(f"{first},1,not json\n"),
        ):
            with self.subTest(rows=rows), self.assertRaises(UserError):
                self.recency._store(rows, NEXT)
            self.assertEqual(self.rows(), before)

    def test_values_of_companies_stand_side_by_side(self):
        other = self.env["res.company"].create({"name": "Other"})
        first = self.customers[0].id
        self.recency._store([(first, 1, None)], DAY)
        self.recency._store([(first, 2, None)], DAY, company=other)
        counts = self.recency._store([], NEXT, company=other)
        self.assertEqual(counts["deleted"], 1)
        self.assertEqual(self.recency.value_ids.mapped("value"), [1])

    def test_bands_part_customers_into_fifths_the_best_on_top(self):
        self.rate(self.recency, range(1, 11))
        bands = self.recency.value_ids.sorted("value").mapped("band")
        self.assertEqual(bands, list("1122334455"))
        self.recency.higher_is_better = False
        bands = self.recency.value_ids.sorted("value").mapped("band")
        self.assertEqual(bands, list("5544332211"))

    def test_band_is_searched_and_grouped_as_it_is_shown(self):
        values = self.env["crm.score.value"]
        for higher in (True, False):
            self.recency.higher_is_better = higher
            self.rate(self.recency, [1, 1, 1, 2, 7, 7, 8, 9, 9, 30])
            mine = [("score_id", "=", self.recency.id)]
            groups = dict(values._read_group(mine, ["band"], ["id:recordset"]))
            for band in "12345":
                with self.subTest(higher=higher, band=band):
                    shown = self.recency.value_ids.filtered(
                        lambda v, b=band: v.band == b
                    )
                    found = values.search([*mine, ("band", "=", band)])
                    self.assertEqual(
                        found, shown.sorted(lambda v, ids=found.ids: ids.index(v.id))
                    )
                    self.assertEqual(set(groups.get(band, values)), set(shown))

    def test_customers_in_the_top_band_are_found(self):
        self.rate(self.recency, range(1, 11))
        domain = [("score_id.code", "=", "t_r"), ("band", "=", "5")]
        found = self.env["res.partner"].search([("score_value_ids", "any", domain)])
        self.assertEqual(set(found), set(self.customers[8:]))

    def test_evidence_is_told_by_the_template_and_reaches_no_attribute(self):
        self.recency.evidence_template = "Bought {n} times {n.__class__} {gone}"
        self.recency._store([(self.customers[0].id, 1, {"n": 3})], DAY)
        self.assertEqual(
            self.recency.value_ids.evidence_text, "Bought 3 times {n.__class__} –"
        )

    def test_backtest_is_told_in_words(self):
        errors = {
            "Mean error": {"model": 0.75, "baseline": 1.0},
            "Bias": {"model": 2.0, "baseline": 1.0},
            "junk": "text",
        }
        self.recency._store_backtest(self.env.company, errors, "Holdout")
        words = self.recency.backtest_words.splitlines()
        self.assertEqual(len(words), 2)
        self.assertIn("25% less than the 1 of the naive guess", words[0])
        self.assertIn("100% more", words[1])
