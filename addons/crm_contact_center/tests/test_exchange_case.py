from odoo.tests import TransactionCase, tagged

from ..hooks import uninstall_hook


@tagged("post_install", "-at_install")
class TestExchangeCase(TransactionCase):
    """Partners' systems follow the cases of the customers they may see."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.client = cls.env["crm.exchange.client"].create(
            {
                "name": "Shop",
                "code": "SHOP",
                "scope_ids": [
                    (0, 0, {"entity": name, "field_mode": "all", "can_create": True})
                    for name in ("customer", "case")
                ],
            }
        )
        cls.client.scope_ids.write({"write_mode": "all"})
        cls.exchange = cls.env["crm.exchange"].with_user(cls.client.user_id)
        cls.anna = cls.env["res.partner"].create({"name": "Anna", "city": "Praha"})

    def case(self):
        return self.env["helpdesk.ticket"].create(
            {"name": "Broken", "description": "Keys", "partner_id": self.anna.id}
        )

    def pull(self, cursor=""):
        answer = self.exchange.pull(cursor=cursor, entities=["case"])
        self.assertTrue(answer["ok"], answer["errors"])
        return answer["data"]

    def test_a_case_is_told_and_its_changes_are(self):
        case = self.case()
        data = self.pull()
        self.assertIn(case.id, [item["id"] for item in data["items"]])
        case.priority = "3"
        self.env.flush_all()
        [item] = self.pull(data["cursor"])["items"]
        self.assertEqual(item["data"]["priority"], "3")

    def test_cases_of_hidden_customers_are_hidden(self):
        case = self.case()
        scope = self.client.scope_ids.filtered(lambda s: s.entity == "customer")
        scope.domain = "[('city', '=', 'Brno')]"
        self.assertNotIn(case.id, [item["id"] for item in self.pull()["items"]])

    def test_a_case_is_opened_by_a_partner(self):
        row = {
            "row_id": "1",
            "op": "upsert",
            "entity": "case",
            "key": {"source": "SHOP", "id": "T-1"},
            "set": {"subject": "Late", "text": "Where?", "customer": self.anna.id},
        }
        answer = self.exchange.push(batch_id="case-1", rows=[row])
        self.assertTrue(answer["ok"], answer["errors"])
        case = self.env["helpdesk.ticket"].search([("name", "=", "Late")])
        self.assertEqual(case.partner_id, self.anna)
        self.assertEqual(case.company_id, self.client.company_id)
        self.assertFalse(case.user_id)

    def test_scopes_and_keys_go_with_the_addon(self):
        self.env["crm.exchange"]._remember(self.client, "case", {"T": self.case().id})
        uninstall_hook(self.env)
        self.assertEqual(self.client.scope_ids.mapped("entity"), ["customer"])
        keys = self.env["crm.exchange.key"].search([("entity", "=", "case")])
        self.assertFalse(keys)
