from odoo.exceptions import AccessError

from .common import WarehouseCase


class TestAnalyticsSecurity(WarehouseCase):
    """Who may ask, refresh and compute, and whose purchases he sees."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.plant_purchases(count=60)
        cls.refresh()

    def test_a_stranger_sees_no_fact_by_any_door(self):
        cube = self.Cube.with_user(self.stranger)
        for call in (
            lambda: cube.search([]),
            lambda: cube.search_count([]),
            lambda: cube._read_group([], [], ["amount:sum"]),
            lambda: cube._read_grouping_sets([], [[]], ["amount:sum"]),
            lambda: cube.formatted_read_group([], ["channel"], ["amount:sum"]),
            lambda: cube.web_search_read([], {"amount": {}}),
            lambda: cube.search([(0, "=", 1)]),
        ):
            with self.assertRaises(AccessError):
                call()

    def test_another_company_is_seen_by_no_door(self):
        mine = self.Cube.with_user(self.one_company)
        foreign = self.Cube.search([("company_id", "=", self.company.id)], limit=5)
        self.assertTrue(foreign)
        self.assertFalse(mine.search([("id", "in", foreign.ids)]))
        companies = [c for (c,) in mine._read_group([], ["company_id"])]
        self.assertEqual(companies, [self.other_company.with_user(self.one_company)])
        with self.assertRaises(AccessError):
            foreign.with_user(self.one_company).read(["amount"])
        with self.assertRaises(AccessError):
            foreign[0].with_user(self.one_company).action_open_customer()

    def test_only_analysts_refresh_and_compute(self):
        for model in ("crm.warehouse.run", "crm.score.run"):
            with self.assertRaises(AccessError):
                self.env[model].with_user(self.analyst).create({})
            run = self.env[model].with_user(self.manager).create({})
            with self.assertRaises(AccessError):
                run.with_user(self.analyst).action_start()
        with self.assertRaises(AccessError):
            self.env["crm.warehouse.run"].with_user(self.analyst).action_refresh_now()

    def test_a_manager_can_do_the_whole_job_alone(self):
        run = self.env["crm.warehouse.run"].with_user(self.manager).create({})
        run._run()
        self.assertEqual(run.state, "done", run.error)
        run = self.env["crm.score.run"].with_user(self.manager).create({})
        run._run()
        self.assertEqual(run.state, "done", run.error)

    def test_computations_of_another_company_are_hidden(self):
        run = self.env["crm.score.run"].create({"company_id": self.company.id})
        seen = self.env["crm.score.run"].with_user(self.one_company).search([])
        self.assertNotIn(run, seen)

    def test_totals_of_all_companies_are_for_managers(self):
        run = self.env["crm.warehouse.run"].search([("is_current", "=", True)])
        self.assertTrue(run.with_user(self.manager).read(["amount", "source_amount"]))
        own = run.with_user(self.analyst)
        self.assertTrue(own.rows)
        for name in ("amount", "source_amount"):
            with self.assertRaises(AccessError):
                own.read([name])
        self.assertNotIn("amount", own.get_view(view_type="form")["arch"])

    def test_facts_cannot_be_written(self):
        row = self.Cube.search([], limit=1).with_user(self.manager)
        for call in (
            lambda: row.write({"amount": 1}),
            lambda: row.unlink(),
            lambda: row.create({"amount": 1}),
        ):
            with self.assertRaises(AccessError):
                call()

    def test_the_document_opens_only_for_who_may_read_it(self):
        row = self.Cube.search([("origin", "=", "import")], limit=1)
        action = row.with_user(self.manager).action_open_document()
        self.assertEqual(
            (action["res_model"], action["res_id"]), ("crm.purchase", row.origin_id)
        )
        action = row.with_user(self.manager).action_open_customer()
        self.assertEqual(action["res_id"], row.partner_id.id)
