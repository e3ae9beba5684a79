from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .segment_common import DAY, LATER, SegmentCase


class PictureCase(SegmentCase):
    """Ten customers in three segments, of which two overlap."""

    day = DAY

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.one = cls.pick("One", cls.customers[:6])
        cls.two = cls.pick("Two", cls.customers[4:8])
        cls.three = cls.pick("Three", cls.customers[7:9])
        cls.env["crm.segment"]._refresh(cls.one | cls.two | cls.three, cls.day)

    @classmethod
    def pick(cls, name, customers, **values):
        domain = repr([("id", "in", customers.ids)])
        return cls.make_segment(name, domain=domain, **values)

    def picture(self, user=None):
        return self.env["crm.segment.picture"].with_user(user or self.user)

    def opened(self, action, user=None):
        model = self.env[action["res_model"]].with_user(user or self.user)
        return model.search(action["domain"])


@tagged("post_install", "-at_install")
class TestSegmentOverlap(PictureCase):
    def overlap(self, user=None):
        ids = (self.one | self.two | self.three).ids
        return self.picture(user).overlap(ids)

    def test_each_customer_counts_under_exactly_his_segments(self):
        found = self.overlap()
        names = {one["id"]: one["name"] for one in found["segments"]}
        counts = {
            " ".join(names[i] for i in one["ids"]): one["count"]
            for one in found["combinations"]
        }
        self.assertEqual(
            counts, {"One": 4, "One Two": 2, "Two": 1, "Two Three": 1, "Three": 1}
        )
        self.assertEqual((found["total"], found["rest"]), (9, 0))
        self.assertEqual([one["size"] for one in found["segments"]], [6, 4, 2])
        pair = found["pairs"][0][1]
        self.assertEqual((pair["both"], pair["likeness"]), (2, 0.25))
        self.assertAlmostEqual(pair["of_first"], 2 / 6)

    def test_every_number_opens_the_customers_it_counts(self):
        found = self.overlap()
        ids = [one["id"] for one in found["segments"]]
        for one in found["combinations"]:
            action = self.picture().open_overlap(ids, one["ids"])
            self.assertEqual(len(self.opened(action)), one["count"])
        action = self.picture().open_overlap(ids, self.two.ids, exactly=False)
        self.assertEqual(self.opened(action), self.customers[4:8])

    def test_customers_of_another_company_are_neither_counted_nor_opened(self):
        other = self.env["res.company"].create({"name": "Harmonia Abroad"})
        abroad = new_test_user(
            self.env,
            "t_abroad",
            groups="crm_extended.group_customer_user",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        self.customers[:5].company_id = self.env.company
        found = self.overlap(abroad)
        self.assertEqual([one["size"] for one in found["segments"]], [1, 3, 2])
        ids = [one["id"] for one in found["segments"]]
        action = self.picture(abroad).open_overlap(ids, [ids[0]], exactly=False)
        self.assertEqual(self.opened(action, abroad), self.customers[5])

    def test_archived_customers_do_not_count(self):
        self.customers[0].active = False
        self.assertEqual(self.overlap()["segments"][0]["size"], 5)

    def test_nobody_without_the_right_sees_a_picture(self):
        picture = self.picture(self.stranger)
        for call in (
            lambda: picture.overlap([]),
            lambda: picture.overlap(self.one.ids),
            lambda: picture.profile(self.one.id),
            lambda: picture.migration(self.family.id, "2030-01-01", "2030-02-01"),
            lambda: picture.grid(),
            lambda: picture.open_overlap(self.one.ids, self.one.ids),
        ):
            with self.assertRaises(AccessError):
                call()

    def test_hostile_arguments_are_told_and_not_executed(self):
        picture = self.picture()
        for ids in ("1", [True], ["1"], [0], [-1], [2**31], [2**63], [None], [[1]]):
            with self.subTest(ids=ids), self.assertRaises(UserError):
                picture.overlap(ids)
        with self.assertRaises(UserError):
            picture.overlap([self.one.id, 2**30])
        for domain in ([["nothing", "=", 1]], ["x"], [["id"]], [["id", "regexp", 1]]):
            with self.subTest(domain=domain), self.assertRaises(UserError):
                picture.open_fact(self.one.id, domain)
        for days in (("x", "2030-01-01"), (None, 1), ("2030-01-02", "2030-01-01")):
            with self.subTest(days=days), self.assertRaises(UserError):
                picture.migration(self.family.id, *days)

    def test_queries_do_not_grow_with_customers(self):
        self.overlap()
        self.env.flush_all()
        before = self.count(self.overlap)
        more = self.make_customers(40)
        self.one.domain = repr([("id", "in", (self.customers[:6] | more).ids)])
        self.refresh(DAY, self.one)
        self.assertEqual(self.overlap()["segments"][0]["size"], 46)
        self.assertEqual(self.count(self.overlap), before)

    def count(self, step):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        step()
        return self.env.cr.sql_log_count - before


@tagged("post_install", "-at_install")
class TestSegmentProfile(PictureCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.base = cls.make_customers(60, city="Northtown")
        cls.inside = cls.base[:20]
        cls.inside[:16].city = "Southtown"
        cls.base[20:28].city = "Southtown"
        cls.north = cls.pick("South", cls.inside)
        cls.rest = cls.pick("Rest", cls.base - cls.inside)
        cls.env["crm.segment"]._refresh(cls.north | cls.rest, DAY)

    def fact(self, found, label, kind="shares"):
        return next(fact for fact in found[kind] if fact["label"] == label)

    def test_shares_have_index_test_and_words(self):
        found = self.picture().profile(self.north.id, self.rest.id)
        self.assertEqual((found["segment"]["size"], found["base"]["size"]), (20, 60))
        fact = self.fact(found, "Southtown")
        self.assertEqual((fact["inside"], fact["base"]), (16, 24))
        self.assertAlmostEqual(fact["index"], 200)
        # 16/20 against 8/40: z = 4.4907, of the many looked at still no chance
        self.assertTrue(fact["significant"])
        self.assertIn("2.0 times", fact["words"])
        self.assertIn(fact["words"], found["words"])
        self.assertLess(self.fact(found, "Northtown")["index"], 100)
        self.assertFalse(self.fact(found, "No")["significant"])  # nobody is a company

    def test_a_share_opens_its_customers(self):
        found = self.picture().profile(self.north.id, self.rest.id)
        domain = self.fact(found, "Southtown")["domain"]
        action = self.picture().open_fact(self.north.id, domain)
        self.assertEqual(self.opened(action), self.inside[:16])

    def test_scores_are_compared_by_means_medians_and_effect(self):
        rows = [(c.id, 5 - n % 2, None) for n, c in enumerate(self.inside)]
        rows += [(c.id, 1 + n % 3, None) for n, c in enumerate(self.base[20:])]
        self.frequency._store(rows, DAY)
        found = self.picture().profile(self.north.id, self.rest.id)
        fact = self.fact(found, "Frequency", "numbers")
        self.assertEqual(fact["inside"], {"count": 20, "mean": 4.5, "median": 4.5})
        self.assertEqual(fact["rest"]["median"], 2)
        self.assertEqual((fact["size"], fact["significant"]), ("large", True))
        self.assertIn("much higher", fact["words"])

    def test_without_a_base_all_customers_are_compared_but_contact_persons(self):
        self.inside[0].parent_id = self.inside[1]
        found = self.picture().profile(self.north.id)
        self.assertEqual((found["segment"]["size"], found["outside"]), (19, 1))

    def test_a_reader_without_sales_sees_no_numbers_of_orders(self):
        labels = {f["label"] for f in self.picture().profile(self.north.id)["numbers"]}
        self.assertNotIn("Orders in a Year", labels)
        self.user.group_ids += self.env.ref("sales_team.group_sale_salesman_all_leads")
        labels = {f["label"] for f in self.picture().profile(self.north.id)["numbers"]}
        self.assertIn("Orders in a Year", labels)


@tagged("post_install", "-at_install")
class TestSegmentMigration(PictureCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        values = {"family_id": cls.family.id}
        cls.good = cls.pick("Good", cls.customers[:5], **values)
        cls.fair = cls.pick("Fair", cls.customers[5:8], **values)
        both = cls.good | cls.fair
        cls.env["crm.segment"]._refresh(both, DAY)
        cls.good.domain = repr([("id", "in", cls.customers[:3].ids)])
        cls.fair.domain = repr([("id", "in", cls.customers[4:7].ids)])
        cls.env["crm.segment"]._refresh(both, LATER)

    def test_moves_are_counted_and_open_who_moved(self):
        found = self.picture().migration(self.family.id, DAY, LATER)
        flows = {
            (row["before"], row["after"]): row["count"] for row in found["flows"][0]
        }
        good, fair = self.good.id, self.fair.id
        self.assertEqual(
            flows,
            {
                (good, good): 3,
                (good, fair): 1,
                (good, False): 1,
                (fair, fair): 2,
                (fair, False): 1,
            },
        )
        for (before, after), count in flows.items():
            action = self.picture().open_migration(
                self.family.id, DAY, LATER, before, after
            )
            self.assertEqual(len(self.opened(action)), count)
        action = self.picture().open_migration(self.family.id, DAY, LATER, good, fair)
        self.assertEqual(self.opened(action), self.customers[4])

    def test_overlapping_segments_count_a_customer_in_the_first(self):
        self.family.exclusive = False
        self.fair.domain = repr([("id", "in", self.customers[2:7].ids)])
        self.refresh("2030-05-01", self.good | self.fair)
        found = self.picture().migration(self.family.id, LATER, "2030-05-01")
        flows = {(r["before"], r["after"]): r["count"] for r in found["flows"][0]}
        self.assertEqual(flows[self.good.id, self.good.id], 3)
        self.assertEqual(flows[False, self.fair.id], 1)
        for (before, after), count in flows.items():
            action = self.picture().open_migration(
                self.family.id, LATER, "2030-05-01", before, after
            )
            self.assertEqual(len(self.opened(action)), count)

    def test_a_period_is_parted_into_steps(self):
        found = self.picture().migration(self.family.id, "2030-02-01", LATER, 2)
        self.assertEqual(found["days"], ["2030-02-01", "2030-03-02", LATER])
        self.assertEqual(len(found["flows"]), 2)
        came = {r["after"]: r["count"] for r in found["flows"][0]}
        self.assertEqual(came, {self.good.id: 5, self.fair.id: 3})


@tagged("post_install", "-at_install")
class TestSegmentGrid(PictureCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for score, values in (
            (cls.recency, [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]),
            (cls.frequency, [1, 2, 1, 2, 3, 4, 4, 5, 5, 5]),
        ):
            rows = zip(cls.customers.ids, values, [None] * 10, strict=True)
            score._store(list(rows), DAY)

    def grid(self):
        return self.picture().grid(self.recency.id, self.frequency.id)

    def test_every_cell_opens_the_customers_it_counts(self):
        found = self.grid()
        self.assertEqual(found["customers"], 10)
        for cell in found["cells"]:
            action = self.picture().open_cells(
                self.recency.id, self.frequency.id, [[cell["row"], cell["column"]]]
            )
            self.assertEqual(len(self.opened(action)), cell["count"])

    def test_picked_cells_become_a_segment_of_the_same_customers(self):
        cells = [[c["row"], c["column"]] for c in self.grid()["cells"]][:3]
        args = self.recency.id, self.frequency.id, cells
        shown = self.opened(self.picture().open_cells(*args))
        action = self.picture(self.manager).define_cells(*args)
        segment = self.env["crm.segment"].browse(action["res_id"])
        self.assertTrue(segment.name.startswith("Recency × Frequency"))
        self.refresh(DAY, segment)
        self.assertEqual(self.members(segment.sudo()), shown)

    def test_a_shop_assistant_does_not_define_segments(self):
        with self.assertRaises(AccessError):
            self.picture().define_cells(self.recency.id, self.frequency.id, [[1, 1]])

    def test_hostile_cells_are_refused(self):
        for cells in ([], "x", [[0, 1]], [[1, 6]], [[1]], [["1", 1]], [[1, True]] * 26):
            with self.subTest(cells=cells), self.assertRaises(UserError):
                self.picture().open_cells(self.recency.id, self.frequency.id, cells)
        with self.assertRaises(UserError):
            self.picture().grid(self.recency.id, self.recency.id)
