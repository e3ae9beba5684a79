from itertools import product

from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .transfer_common import TransferCase

MODELS = ["place", "transfer", "transfer.run", "transfer.file"]
ROLES = {
    "customer_user": "group_customer_user",
    "customer_manager": "group_customer_manager",
    "import_user": "group_import_user",
    "steward": "group_steward",
    "privacy_officer": "group_privacy_officer",
}


@tagged("post_install", "-at_install")
class TestTransferSecurity(TransferCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = new_test_user(
            cls.env, "x6_manager", groups="crm_extended.group_exchange_manager"
        )
        cls.place.write({"login": "us", "password": "s3cret"})

    def test_only_managers_of_the_exchange_see_transfers(self):
        for login, group in ROLES.items():
            user = new_test_user(
                self.env, f"x6_{login}", groups=f"crm_extended.{group}"
            )
            for model, operation in product(MODELS, ("read", "write", "create")):
                with self.subTest(role=login, model=model, operation=operation):
                    found = self.env[f"crm.exchange.{model}"].with_user(user)
                    self.assertFalse(found.has_access(operation))

    def test_a_manager_sets_up_starts_and_reads(self):
        env = self.env(user=self.manager)
        place = env["crm.exchange.place"].create({"name": "Mine"})
        transfer = env["crm.exchange.transfer"].create(
            {"name": "T", "client_id": self.client.id, "place_id": place.id}
        )
        transfer.action_start()
        run = transfer.run_ids
        self.assertEqual(run.state, "queued")
        run._run()
        self.assertEqual(run.state, "done", run.error)
        self.assertEqual(run.file_ids.row_count, 3)

    def test_facts_of_runs_are_not_written_by_hand(self):
        transfer = self.make()
        run = self.run_well(transfer).with_user(self.manager)
        for record, values in (
            (run, {"row_count": 7}),
            (run, {"state": "done"}),
            (run.file_ids, {"sha256": "x"}),
            (
                self.env["crm.exchange.transfer.mark"]
                .search([("transfer_id", "=", transfer.id)])
                .with_user(self.manager),
                {"position": "x"},
            ),
            (self.place.with_user(self.manager), {"problem": False}),
        ):
            with self.subTest(record=record), self.assertRaises(AccessError):
                record.write(values)

    def test_another_company_sees_and_uses_nothing(self):
        company = self.env["res.company"].create({"name": "Other"})
        other = new_test_user(
            self.env,
            "x6_other",
            groups="crm_extended.group_exchange_manager",
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        )
        run = self.run_well(self.make())
        for record in (self.place, run.transfer_id, run, run.file_ids):
            with self.subTest(model=record._name):
                mine = record.with_user(other)
                self.assertFalse(mine.search([("id", "in", record.ids)]))
                with self.assertRaises(AccessError):
                    mine.read(["display_name"])
        place = self.env["crm.exchange.place"].with_user(other).create({"name": "O"})
        self.assertNotEqual(place.root, self.place.root)

    def test_passwords_are_for_managers_and_in_no_error(self):
        user = new_test_user(
            self.env, "x6_reader", groups="crm_extended.group_customer_manager"
        )
        with self.assertRaises(AccessError):
            self.place.with_user(user).read(["password"])
        self.assertEqual(self.place.with_user(self.manager).password, "s3cret")
        self.assertFalse(self.place.copy().password)

    def test_the_client_login_itself_cannot_touch_transfers(self):
        env = self.env(user=self.client.user_id)
        for model in MODELS:
            with self.subTest(model), self.assertRaises(AccessError):
                env[f"crm.exchange.{model}"].search([])
