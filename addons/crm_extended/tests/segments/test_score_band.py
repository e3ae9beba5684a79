from odoo.exceptions import AccessError
from odoo.tests import tagged

from .segment_common import DAY, SegmentCase


@tagged("post_install", "-at_install")
class TestScoreBand(SegmentCase):
    """The customer list is filtered and grouped by the bands of scores."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Partner = cls.env["res.partner"].with_user(cls.user)
        cls.mine = [("id", "in", cls.customers.ids)]

    def band(self, number, user=None, score=None):
        bands = self.env["crm.score.band"].with_user(user or self.user)
        score = score or self.recency
        return bands.search([("score_id", "=", score.id), ("band", "=", number)])

    def test_groups_hold_the_customers_that_the_score_shows_in_the_band(self):
        for higher in (True, False):
            self.recency.higher_is_better = higher
            self.rate(self.recency, [1, 1, 1, 2, 7, 7, 8, 9, 9])
            groups = dict(
                self.Partner._read_group(
                    self.mine, ["score_band_ids"], ["id:recordset"]
                )
            )
            shown = {}
            for value in self.recency.value_ids:
                band = self.band(value.band)
                shown[band] = shown.get(band, self.Partner) | value.partner_id
            without = groups.pop(self.env["crm.score.band"])
            self.assertEqual(without.ids, self.customers[9:].ids)
            self.assertEqual(
                {band: set(found.ids) for band, found in groups.items()},
                {band: set(found.ids) for band, found in shown.items()},
            )

    def test_a_customer_stands_in_a_band_of_each_score(self):
        self.rate(self.recency, range(10))
        self.rate(self.frequency, range(10))
        last = self.customers[9].with_user(self.user)
        names = last.score_band_ids.mapped("display_name")
        self.assertEqual(sorted(names), ["Frequency: Top Fifth", "Recency: Top Fifth"])

    def test_customers_are_filtered_by_band_and_by_its_name(self):
        self.rate(self.recency, range(10))
        top = self.band("5")
        found = self.Partner.search([*self.mine, ("score_band_ids", "in", top.ids)])
        self.assertEqual(set(found.ids), set(self.customers[8:].ids))
        found = self.Partner.search([*self.mine, ("score_band_ids", "ilike", "Recen")])
        self.assertEqual(len(found), 10)
        found = self.Partner.search([*self.mine, ("score_band_ids", "=", False)])
        self.assertFalse(found)

    def test_the_list_reads_bands_of_a_page_in_a_constant_number_of_queries(self):
        self.rate(self.recency, range(10))
        spec = {"score_band_ids": {"fields": {"display_name": {}}}}
        self.Partner.web_search_read(self.mine, spec)
        counts = []
        for size in (2, 10):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.Partner.web_search_read(self.mine, spec, limit=size)
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0])

    def test_another_company_sees_no_band_of_ours(self):
        other = self.env["res.company"].create({"name": "Other"})
        rows = [(customer.id, n, None) for n, customer in enumerate(self.customers)]
        self.recency._store(rows, DAY, company=other)
        groups = self.Partner._read_group(self.mine, ["score_band_ids"], ["__count"])
        self.assertEqual(groups, [(self.env["crm.score.band"], 10)])
        self.assertFalse(self.band("5"))
        self.user.company_ids += other
        both = self.Partner.with_context(
            allowed_company_ids=[self.env.company.id, other.id]
        )
        groups = both._read_group(self.mine, ["score_band_ids"], ["__count"])
        self.assertEqual([count for _band, count in groups], [2] * 5)

    def test_who_may_not_see_scores_sees_no_band(self):
        self.rate(self.recency, range(10))
        partners = self.env["res.partner"].with_user(self.stranger)
        with self.assertRaises(AccessError):
            partners._read_group([], ["score_band_ids"], ["__count"])
        with self.assertRaises(AccessError):
            self.band("5", self.stranger)
        self.assertNotIn("score_band_ids", partners.fields_get())

    def test_bands_of_an_archived_score_are_gone(self):
        self.rate(self.recency, range(10))
        self.recency.active = False
        groups = self.Partner._read_group(self.mine, ["score_band_ids"], ["__count"])
        self.assertEqual(groups, [(self.env["crm.score.band"], 10)])
