import math
from itertools import product

from odoo.models import BaseModel

from .common import WarehouseCase

AGGREGATES = [
    "__count",
    "amount:sum",
    "margin:avg",
    "partner_id:count_distinct",
    "quantity:max",
    "cost:min",
    "date:max",
    "amount:count",
]


class TestCubeEqualsOrm(WarehouseCase):
    """The same question has the same answer in the warehouse and in PostgreSQL."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("fr_FR")
        cls.plant_purchases()
        family = cls.env["crm.segment.family"].search([("code", "=", "rfm")])
        family = family or cls.env["crm.segment.family"].create(
            {"name": "RFM", "code": "rfm", "exclusive": True}
        )
        segments = cls.env["crm.segment"].create(
            [{"name": name, "family_id": family.id} for name in ("Zed", "Alpha")]
        )
        cls.env["crm.segment.member"].create(
            [
                {
                    "segment_id": segments[n % 2].id,
                    "partner_id": customer.id,
                    "valid_from": "2024-01-01",
                }
                for n, customer in enumerate(cls.customers[:30])
            ]
        )
        cls.refresh_run = cls.refresh()

    def setUp(self):
        super().setUp()
        self.assertEqual(self.refresh_run.state, "done", self.refresh_run.error)
        self.users = [self.env.user, self.analyst, self.one_company, self.manager]

    def both(self, user, **context):
        """The cube for a user, answered by the warehouse and by PostgreSQL."""
        context = {"tz": user.tz, **context}
        companies = context.pop("companies", user.company_ids)
        cube = self.Cube.with_user(user).with_context(
            allowed_company_ids=companies.ids, **context
        )
        return cube, cube.with_context(cube_engine="postgresql")

    def assert_same(self, one, two):
        self.assertEqual(type(one), type(two))
        if isinstance(one, BaseModel):
            self.assertEqual((one._name, one.ids), (two._name, two.ids))
        elif isinstance(one, list | tuple):
            self.assertEqual(len(one), len(two))
            for a, b in zip(one, two, strict=True):
                self.assert_same(a, b)
        elif isinstance(one, dict):
            self.assertEqual(list(one), list(two))
            self.assert_same(list(one.values()), list(two.values()))
        elif isinstance(one, float):
            self.assertTrue(math.isclose(one, two, rel_tol=1e-12), (one, two))
        else:
            self.assertEqual(one, two)

    def domains(self):
        jazz, first = self.categories[2].id, self.customers[1].id
        many = list(range(1, 1000)) + self.customers[:7].ids
        return [
            [],
            [("date", ">=", "2024-01-01"), ("date", "<", "2024-07-01")],
            [
                ("date", ">=", "2024-01-01 23:30:00"),
                ("date", "<=", "2025-01-01 00:30:00"),
            ],
            [("date", "<", "0001-01-02")],
            [("date", "=", "9999-12-31")],
            [("date", ">", "-800d"), ("date", "<=", "today")],
            [("date", ">=", "=1d =1m -2y")],
            [("date.month_number", "=", 3)],
            [("date.day_of_week", "in", [0, 6])],
            [("partner_id", "ilike", "100%")],
            [("partner_id.name", "ilike", "a_n")],
            [("partner_id.name", "=ilike", "%\\_nowak%")],
            [("partner_id.name", "like", "\\\\")],
            [("partner_id", "not ilike", "quote'd")],
            [("channel", "ilike", "%o\\%")],
            [("channel", "ilike", "SHO")],
            [("channel", "not in", ["shop", False])],
            [("channel", "not in", ["shop"])],
            [("channel", "in", [False, "web"])],
            [("channel", "!=", "web")],
            [("payment_method", "=", False)],
            [("partner_id.country_id.code", "=", "CZ")],
            [("partner_id.country_id", "=", False)],
            [("partner_id.country_id.name", "not ilike", "pol")],
            [("categ_id", "child_of", self.categories[0].id)],
            [("categ_id", "parent_of", jazz)],
            [("partner_id", "child_of", self.customers[0].id)],
            [("partner_id.category_id", "=", False), ("partner_id.ref", "!=", False)],
            ["|", ("amount", "<", 0), "!", ("quantity", ">=", 1)],
            ["!", "|", ("channel", "=", "web"), ("branch_id", "!=", False)],
            [("amount", "in", [0.1, 29.99])],
            [("amount", "=", 0)],
            [("cost", "=", False)],
            [("margin", ">", 0)],
            [("branch_id.name", "=", "Žižkov")],
            [("segment_id.name", "=", "Alpha")],
            [("segment_id", "not any", [("name", "=", "Alpha")])],
            [("segment_id", "any", [])],
            [("partner_id", "in", many)],
            [("partner_id", "not in", many)],
            [("id", "in", many), ("company_id", "=", self.company.id)],
            [("partner_id", "=", first)],
            [("partner_id", "in", [])],
            [(1, "=", 1)],
            [(0, "=", 1)],
            [("company_id.partner_id.name", "ilike", "kraków")],
            [("partner_id.create_uid.login", "!=", False)],
            [("company_id", "=", self.other_company.id)],
        ]

    def test_every_filter_counts_the_same_rows_for_every_user(self):
        for user, domain in product(self.users, self.domains()):
            with self.subTest(user=user.login, domain=domain):
                mine, orm = self.both(user)
                one = mine._read_group(domain, ["channel"], AGGREGATES)
                self.assert_same(one, orm._read_group(domain, ["channel"], AGGREGATES))
                self.assert_same(mine.search_count(domain), orm.search_count(domain))
                found = mine.search(domain, order="amount desc, id", limit=20, offset=3)
                same = orm.search(domain, order="amount desc, id", limit=20, offset=3)
                self.assertEqual(found.ids, same.ids)

    def test_filters_do_not_all_select_everything_or_nothing(self):
        mine, __ = self.both(self.analyst)
        counts = {mine.search_count(domain) for domain in self.domains()}
        self.assertGreater(len(counts), 20)

    def test_every_grouping_is_the_same(self):
        groupings = [
            [],
            ["date:month"],
            ["date:quarter", "segment_id"],
            ["date:year", "categ_id", "branch_id"],
            ["date:week"],
            ["date:day"],
            ["date:day_of_week"],
            ["date:month_number", "date:year_number"],
            ["date:iso_week_number"],
            ["date:day_of_year"],
            ["date:quarter_number"],
            ["partner_id"],
            ["partner_id.country_id"],
            ["partner_id.country_id", "channel"],
            ["company_id", "payment_method"],
            ["origin", "source_id"],
            ["country_id"],
            ["currency_id"],
        ]
        for user, groupby in product(self.users, groupings):
            for lang in ("en_US", "fr_FR"):
                with self.subTest(user=user.login, groupby=groupby, lang=lang):
                    mine, orm = self.both(user, lang=lang)
                    args = ([("amount", "!=", 0)], groupby, AGGREGATES)
                    self.assert_same(mine._read_group(*args), orm._read_group(*args))
                    one = mine.formatted_read_group(*args)
                    self.assert_same(one, orm.formatted_read_group(*args))

    def test_grouping_sets_of_a_pivot_are_the_same(self):
        sets = [
            [[]],
            [[], ["segment_id"], ["segment_id", "date:quarter"], ["date:quarter"]],
            [["partner_id"], ["partner_id.country_id"], ["date:month", "categ_id"], []],
            [["channel"], ["channel"], []],
            [["date:day_of_week"], ["date:day_of_week", "date:week"]],
        ]
        for user, grouping_sets in product(self.users, sets):
            for domain in ([], [("channel", "=", "web")], [(0, "=", 1)]):
                with self.subTest(user=user.login, sets=grouping_sets, domain=domain):
                    mine, orm = self.both(user)
                    args = (domain, grouping_sets, AGGREGATES)
                    one = mine._read_grouping_sets(*args)
                    self.assert_same(one, orm._read_grouping_sets(*args))
                    one = mine.formatted_read_grouping_sets(*args)
                    self.assert_same(one, orm.formatted_read_grouping_sets(*args))

    def test_having_order_limit_and_offset_are_the_same(self):
        cases = [
            {"order": "amount:sum desc, partner_id", "limit": 5},
            {"order": "partner_id desc", "limit": 7, "offset": 4},
            {"order": "__count desc, partner_id asc"},
            {"order": "partner_id asc nulls first, __count", "limit": 3},
            {"order": "partner_id desc nulls last"},
            {"having": [("__count", ">", 8), ("amount:sum", ">=", 100.5)]},
            {"having": ["|", ("__count", "<", 5), ("quantity:max", "in", (2, 3))]},
            {"having": ["!", ("__count", ">", 8)], "order": "partner_id", "offset": 1},
        ]
        for user, case in product(self.users, cases):
            with self.subTest(user=user.login, **case):
                mine, orm = self.both(user)
                args = ([], ["partner_id"], ["__count", "amount:sum"])
                one = mine._read_group(*args, **case)
                self.assert_same(one, orm._read_group(*args, **case))

    def test_orders_of_several_terms_are_the_same(self):
        groupby = ["source_id", "segment_id", "date:day_of_week", "channel"]
        for user, order in product(
            self.users,
            [
                "segment_id, date:day_of_week, source_id, channel",
                "source_id desc, segment_id desc nulls last, date:day_of_week, channel",
                "amount:sum, segment_id, source_id, channel, date:day_of_week desc",
                "date:day_of_week desc, segment_id, channel desc, source_id",
                "segment_id nulls first, channel desc nulls last, source_id, "
                "date:day_of_week",
            ],
        ):
            with self.subTest(user=user.login, order=order):
                mine, orm = self.both(user)
                args = ([], groupby, ["amount:sum"])
                one = mine._read_group(*args, order=order, limit=40)
                self.assert_same(one, orm._read_group(*args, order=order, limit=40))

    def test_other_measures_are_the_same(self):
        measures = [
            "id:recordset",
            "partner_id:recordset",
            "channel:array_agg_distinct",
        ]
        measures += ["amount:array_agg", "date:min", "origin:count_distinct"]
        for user in self.users:
            mine, orm = self.both(user)
            one = mine._read_group([], ["categ_id"], measures)
            self.assert_same(one, orm._read_group([], ["categ_id"], measures))

    def test_lists_read_the_same_values(self):
        fields = ["date", "partner_id", "amount", "margin", "channel", "segment_id"]
        specification = {name: {} for name in fields}
        for user, order in product(
            self.users, ["partner_id, id", "segment_id desc, id"]
        ):
            mine, orm = self.both(user)
            one = mine.web_search_read([], specification, limit=50, order=order)
            mine.invalidate_model()
            two = orm.web_search_read([], specification, limit=50, order=order)
            self.assert_same(one, two)
            mine.invalidate_model()

    def test_grouped_lists_are_the_same(self):
        for user in self.users:
            mine, orm = self.both(user)
            args = ([("amount", ">", 0)], ["partner_id"], ["amount:sum"])
            one = mine.web_read_group(*args, limit=6, offset=2)
            self.assert_same(one, orm.web_read_group(*args, limit=6, offset=2))
            self.assertEqual(len(one["groups"]), 6)

    def test_a_switched_off_company_is_not_counted(self):
        mine, orm = self.both(self.analyst, companies=self.other_company)
        [(one,)] = mine._read_group([], [], ["amount:sum"])
        self.assert_same([(one,)], orm._read_group([], [], ["amount:sum"]))
        [(both,)] = self.both(self.analyst)[0]._read_group([], [], ["amount:sum"])
        self.assertNotEqual(one, both)

    def test_the_sum_is_the_sum_of_the_purchases(self):
        planted = self.purchases.filtered(lambda p: p.company_id == self.other_company)
        mine, __ = self.both(self.one_company)
        [(total, count)] = mine._read_group(
            [("origin", "=", "import")], [], ["amount:sum", "__count"]
        )
        self.assertEqual(count, len(planted))
        self.assertAlmostEqual(total, sum(planted.mapped("amount_company")), 2)
