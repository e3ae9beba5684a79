from odoo.exceptions import AccessError
from odoo.tests import TransactionCase, new_test_user, tagged

COLUMNS = ("score_rfm", "score_clv", "score_alive")


@tagged("post_install", "-at_install")
class TestScoreColumns(TransactionCase):
    """The customer list shows scores, and is filtered and grouped by them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clv = cls.env.ref("crm_analytics.score_clv")
        cls.rfm = cls.env.ref("crm_analytics.score_rfm")
        cls.customers = cls.env["res.partner"].create(
            [{"name": f"Tester {n}"} for n in range(10)]
        )
        cls.rate(cls.clv, [100.0 * n for n in range(1, 10)])
        cls.rate(cls.rfm, [111, 555])
        cls.user = new_test_user(
            cls.env, "t_shop", groups="crm_extended.group_customer_user"
        )
        cls.Partner = cls.env["res.partner"].with_user(cls.user)
        cls.mine = [("id", "in", cls.customers.ids)]

    @classmethod
    def rate(cls, score, values, company=None):
        rows = zip(cls.customers.ids, values, [None] * 10, strict=False)
        score._store(list(rows), "2030-03-01", company=company or cls.env.company)

    def test_columns_hold_the_values_of_the_company(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.rate(self.clv, [7.0] * 10, other)
        first, last = self.customers[0], self.customers[9]
        seen = self.Partner.browse([first.id, last.id]).read(COLUMNS)
        self.assertEqual(
            [[row[name] for name in COLUMNS] for row in seen],
            [[111, 100, 0], [0, 0, 0]],
        )
        self.assertEqual(first.with_company(other).score_clv, 7)

    def test_a_page_needs_as_many_queries_as_a_row(self):
        counts = []
        for size in (1, 1, 10):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.Partner.browse(self.customers.ids[:size]).read(COLUMNS)
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[1], counts[2])

    def test_customers_are_found_by_value(self):
        for operator, value, expected in (
            (">", 800, self.customers[8:9]),
            ("<=", 100, self.customers[:1]),
            ("=", 300, self.customers[2:3]),
            ("=", False, self.customers[9:]),
            ("!=", 300, self.customers - self.customers[2]),
        ):
            with self.subTest(operator=operator, value=value):
                found = self.Partner.search(
                    [*self.mine, ("score_clv", operator, value)]
                )
                self.assertEqual(set(found.ids), set(expected.ids))

    def test_customers_are_grouped_by_the_bands_of_one_score(self):
        groups = self.Partner._read_group(self.mine, ["clv_band_ids"], ["__count"])
        counts = {band.display_name: count for band, count in groups}
        name = self.clv.name
        self.assertEqual(counts[f"{name}: Lowest Fifth"], 2)
        self.assertEqual(counts[f"{name}: Top Fifth"], 1)
        self.assertEqual(sum(counts.values()), 10)
        self.assertFalse([known for known in counts if known and "RFM" in known])

    def test_who_may_not_see_scores_sees_no_column(self):
        stranger = new_test_user(self.env, "t_stranger", groups="base.group_user")
        partners = self.env["res.partner"].with_user(stranger)
        for name in COLUMNS:
            with self.assertRaises(AccessError):
                partners.browse(self.customers.ids).read([name])
            with self.assertRaises(AccessError):
                partners.search([(name, ">", 0)])
        with self.assertRaises(AccessError):
            partners._read_group([], ["clv_band_ids"], ["__count"])
