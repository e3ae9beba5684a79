from odoo.exceptions import UserError

from .common import WarehouseCase


class TestCubeCurrency(WarehouseCase):
    """Companies of several currencies add up in the one the reader works in."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        own = cls.company.currency_id
        cls.crown = cls.env["res.currency"].create(
            {"name": "TCK", "symbol": "c", "rounding": 0.01}
        )
        # four of theirs are worth one of ours, by the rate of today
        unit = own._get_rates(cls.company, cls.env.cr.now().date())[own.id]
        for company in cls.company | cls.other_company:
            cls.env["res.currency.rate"].create(
                {
                    "currency_id": cls.crown.id,
                    "company_id": company.id,
                    "name": "2020-01-01",
                    "rate": 4 * unit,
                }
            )
        cls.other_company.currency_id = cls.crown
        cls.customer = cls.env["res.partner"].create({"name": "Jana"})
        cls.env["crm.purchase"].create(
            [
                cls.purchase(cls.customer, "2026-01-05", 100),
                cls.purchase(
                    cls.customer, "2026-02-05", 100, company=cls.other_company
                ),
            ]
        )
        cls.refresh_run = cls.refresh()

    def cubes(self, *companies):
        """The cube with these companies, the first one current, by both engines."""
        ids = [company.id for company in companies]
        cube = self.Cube.with_user(self.analyst)
        cube = cube.with_context(allowed_company_ids=ids)
        return cube, cube.with_context(cube_engine="postgresql")

    def total(self, cube, domain=()):
        mine = [("partner_id", "=", self.customer.id), *domain]
        [(total,)] = cube._read_group(mine, [], ["amount:sum"])
        return total

    def test_amounts_are_told_in_the_currency_of_the_current_company(self):
        self.assertEqual(self.refresh_run.state, "done", self.refresh_run.error)
        for cube in self.cubes(self.company, self.other_company):
            self.assertAlmostEqual(self.total(cube), 125)
        for cube in self.cubes(self.other_company, self.company):
            self.assertAlmostEqual(self.total(cube), 500)
        for cube in self.cubes(self.other_company):
            self.assertAlmostEqual(self.total(cube), 100)

    def test_filters_orders_and_rows_say_the_same(self):
        mine = [("partner_id", "=", self.customer.id)]
        for cube in self.cubes(self.company, self.other_company):
            self.assertAlmostEqual(self.total(cube, [("amount", "<", 50)]), 25)
            groups = cube._read_group(
                mine, ["company_id"], ["amount:sum"], order="amount:sum DESC"
            )
            self.assertEqual([round(total) for _company, total in groups], [100, 25])
            rows = cube.search_read(mine, ["amount", "currency_id"], order="amount")
            self.assertEqual([round(row["amount"]) for row in rows], [25, 100])
            own = self.company.currency_id.id
            self.assertEqual({row["currency_id"][0] for row in rows}, {own})
            [(currency, total)] = cube._read_group(
                mine, ["currency_id"], ["amount:sum"]
            )
            self.assertEqual((currency.id, round(total)), (own, 125))

    def test_a_day_has_no_hours(self):
        for cube in self.cubes(self.company):
            with self.assertRaisesRegex(UserError, "has no hours"):
                cube.formatted_read_group([], ["date:hour"], ["__count"])
