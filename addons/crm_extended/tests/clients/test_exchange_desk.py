from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from ..exchange.exchange_common import ExchangeCase


@tagged("post_install", "-at_install")
class TestExchangeDesk(ExchangeCase):
    """The operator sees at once who is in trouble, and why."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = new_test_user(
            cls.env, "desk_boss", "crm_extended.group_exchange_manager"
        )

    def shown(self):
        desk = self.env["crm.exchange.client"].with_user(self.manager).desk()
        [client] = [c for c in desk["clients"] if c["code"] == "TEST-ERP"]
        return desk, client

    def test_the_desk_counts_calls_refusals_and_lag(self):
        self.assertEqual(self.shown()[1]["health"], "never")
        _items, cursor = self.pull_all()
        self.ok("ack", cursor=cursor)
        self.partners.create({"name": "New"})
        self.env["crm.exchange.change"]._number()
        for _ in range(3):
            self.refused("out_of_scope", "schema", entity="nope")
        self.env.invalidate_all()
        desk, client = self.shown()
        self.assertEqual(client["errors"], 3)
        self.assertGreaterEqual(client["calls"], 5)
        self.assertGreaterEqual(client["rate"], 1)
        self.assertGreaterEqual(client["lag"], 1)
        self.assertGreaterEqual(max(client["minutes"]), 1)
        self.assertEqual(len(client["minutes"]), 60)
        self.assertEqual(client["health"], "trouble")
        [code] = [c for c in desk["codes"] if c["client"] == "TEST-ERP"]
        self.assertEqual(
            (code["method"], code["code"], code["calls"]), ("schema", "out_of_scope", 3)
        )

    def test_what_waits_for_a_person_is_counted_and_opened(self):
        conflict = self.env["crm.exchange.conflict"].sudo()
        conflict.create(
            {
                "client_id": self.client.id,
                "entity": "customer",
                "key": "C-1",
                "res_model": "res.partner",
                "res_id": self.partners.create({"name": "Two Minds"}).id,
            }
        )
        _desk, client = self.shown()
        self.assertEqual((client["conflicts"], client["dead"]), (1, 0))
        action = self.client.with_user(self.manager).action_open_conflicts()
        self.assertEqual(
            self.env[action["res_model"]].search_count(action["domain"]), 1
        )

    def test_each_number_of_the_form_opens_its_list(self):
        self.refused("out_of_scope", "schema", entity="nope")
        client = self.client.with_user(self.manager)
        for name in ("audit", "usage", "errors", "conflicts", "dead"):
            action = getattr(client, f"action_open_{name}")()
            self.assertTrue(action["views"], "the desk cannot open it otherwise")
            self.env[action["res_model"]].with_user(self.manager).search(
                action["domain"]
            )

    def test_only_exchange_managers_see_the_desk(self):
        for group in ("group_customer_manager", "group_steward", "group_import_user"):
            user = new_test_user(self.env, f"desk_{group}", f"crm_extended.{group}")
            with self.subTest(group=group), self.assertRaises(AccessError):
                self.env["crm.exchange.client"].with_user(user).desk()

    def test_role_matrix_of_keys_and_usage(self):
        models = {
            "crm.exchange.credential": ("read", "write"),
            "crm.exchange.usage": ("read",),
            "crm.exchange.key.dialog": ("read", "write", "create", "unlink"),
            "crm.exchange.set.back": ("read", "write", "create", "unlink"),
        }
        roles = ("group_customer_manager", "group_privacy_officer", "group_steward")
        users = {
            role: new_test_user(self.env, f"mtx_{role}", f"crm_extended.{role}")
            for role in roles
        }
        for model, allowed in models.items():
            for operation in ("read", "write", "create", "unlink"):
                own = self.env[model].with_user(self.manager)
                with self.subTest(model=model, operation=operation):
                    self.assertEqual(own.has_access(operation), operation in allowed)
                    for user in users.values():
                        access = self.env[model].with_user(user).has_access(operation)
                        self.assertFalse(access)

    def test_other_companies_clients_are_not_on_the_desk(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        far = new_test_user(
            self.env,
            "desk_far",
            "crm_extended.group_exchange_manager",
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        )
        self.ok("pull", limit=1)
        self.assertEqual(
            self.env["crm.exchange.client"].with_user(far).desk()["clients"], []
        )
        for model in ("usage", "audit", "credential"):
            found = self.env[f"crm.exchange.{model}"].with_user(far).search([])
            self.assertFalse(found, model)

    def test_an_operator_watches_the_desk_in_the_browser(self):
        self.refused("out_of_scope", "schema", entity="nope")
        self.start_tour(
            "/odoo/exchange-desk", "crm_extended_exchange_desk", login="desk_boss"
        )
