from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Command
from odoo.tests import TransactionCase, new_test_user, tagged


@tagged("post_install", "-at_install")
class TestInteractionAccess(TransactionCase):
    """Role x channel: what a role may not see does not exist for it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls.env["res.partner"].create({"name": "Jana"})
        user = "crm_extended.group_customer_user"
        cls.roles = {
            name: new_test_user(cls.env, f"t_{name}", groups=groups)
            for name, groups in {
                "shop": user,
                "seller": f"{user},sales_team.group_sale_salesman",
                "sales_boss": f"{user},sales_team.group_sale_salesman_all_leads",
                "accountant": f"{user},account.group_account_invoice",
                "manager": "crm_extended.group_customer_manager",
                "stranger": "base.group_user",
            }.items()
        }
        cls.lead, cls.foreign_lead = cls.env["crm.lead"].create(
            [
                {
                    "name": "Seller's",
                    "partner_id": cls.customer.id,
                    "user_id": cls.roles["seller"].id,
                },
                {
                    "name": "Boss's",
                    "partner_id": cls.customer.id,
                    "user_id": cls.roles["sales_boss"].id,
                },
            ]
        )
        invoice = cls.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": cls.customer.id,
                "invoice_user_id": cls.roles["sales_boss"].id,
                "invoice_line_ids": [Command.create({"name": "x", "price_unit": 1})],
            }
        )
        cls.env["crm.interaction"].search([]).unlink()
        cls.env["crm.interaction"].create(
            [
                {"partner_id": cls.customer.id, "subject": subject, **values}
                for subject, values in {
                    "visit": {"channel": "visit"},
                    "mail to us all": {
                        "channel": "mail",
                        "res_model": "res.partner",
                        "res_id": cls.customer.id,
                    },
                    "mail on lead": {
                        "channel": "mail",
                        "res_model": "crm.lead",
                        "res_id": cls.lead.id,
                    },
                    "mail on other lead": {
                        "channel": "mail",
                        "res_model": "crm.lead",
                        "res_id": cls.foreign_lead.id,
                    },
                    "mail on salary": {
                        "channel": "mail",
                        "res_model": "hr.payslip",
                        "res_id": 1,
                    },
                    "invoice": {
                        "channel": "invoice",
                        "res_model": "account.move",
                        "res_id": invoice.id,
                    },
                    "payment": {"channel": "payment"},
                }.items()
            ]
        )

    def seen(self, role, domain=()):
        rows = self.env["crm.interaction"].with_user(self.roles[role])
        return set(
            rows.search([("partner_id", "=", self.customer.id), *domain]).mapped(
                "subject"
            )
        )

    def test_each_role_sees_its_own(self):
        everyone = {"visit", "mail to us all"}
        for role, more in {
            "shop": set(),
            "seller": {"mail on lead"},
            "sales_boss": {"mail on lead", "mail on other lead", "invoice"},
            "accountant": {"invoice", "payment"},
            "manager": {"payment"},
        }.items():
            with self.subTest(role=role):
                self.assertEqual(self.seen(role), everyone | more)

    def test_who_handled_it_sees_it(self):
        row = self.env["crm.interaction"].search(
            [("subject", "=", "mail on other lead")]
        )
        row.user_id = self.roles["shop"]
        self.assertIn("mail on other lead", self.seen("shop"))

    def test_counts_pivots_and_reads_say_the_same(self):
        hidden = self.env["crm.interaction"].search([("subject", "=", "mail on lead")])
        rows = self.env["crm.interaction"].with_user(self.roles["shop"])
        mine = [("partner_id", "=", self.customer.id)]
        self.assertEqual(rows.search_count(mine), 2)
        [(count,)] = rows._read_group(mine, [], ["__count"])
        self.assertEqual(count, 2)
        groups = rows.formatted_read_group(mine, ["channel"], ["__count"])
        self.assertEqual({g["channel"] for g in groups}, {"visit", "mail"})
        self.assertFalse(rows.search([("subject", "=like", "mail on%")]))
        with self.assertRaises(AccessError):
            hidden.with_user(self.roles["shop"]).read(["subject"])
        self.assertTrue(hidden.with_user(self.roles["seller"]).read(["subject"]))
        customer = self.customer.with_user(self.roles["shop"])
        self.assertEqual(customer.interaction_count, 2)
        self.assertNotIn(hidden, customer.interaction_ids)

    def test_a_manager_cannot_write_what_he_does_not_see(self):
        hidden = self.env["crm.interaction"].search([("subject", "=", "mail on lead")])
        with self.assertRaises(AccessError):
            hidden.with_user(self.roles["manager"]).write({"subject": "x"})

    def test_a_stranger_sees_nothing(self):
        with self.assertRaises(AccessError):
            self.seen("stranger")

    def test_a_rule_changes_at_once_what_is_seen(self):
        rule = self.env["crm.interaction.rule"].search([("channel", "=", "visit")])
        group = self.env.ref("account.group_account_invoice")
        rule.write({"visibility": "groups", "group_ids": [Command.set(group.ids)]})
        self.assertNotIn("visit", self.seen("shop"))
        self.assertIn("visit", self.seen("accountant"))
        rule.unlink()
        self.assertIn("visit", self.seen("shop"), "no document to be kept from")

    def test_only_managers_change_rules(self):
        rules = self.env["crm.interaction.rule"].search([], limit=1)
        for role in ("shop", "accountant", "seller"):
            with self.assertRaises(AccessError):
                rules.with_user(self.roles[role]).keep_days = 1
        rules.with_user(self.roles["manager"]).keep_days = 1
        for role in ("shop", "seller"):
            with self.assertRaises(AccessError):
                self.env["crm.interaction.run"].with_user(self.roles[role]).create({})

    def test_groups_are_named_where_groups_decide(self):
        rule = self.env["crm.interaction.rule"].search([("channel", "=", "visit")])
        with self.assertRaises(ValidationError):
            rule.visibility = "groups"

    def test_the_filter_cannot_be_turned_into_an_oracle(self):
        self.assertEqual(
            self.seen("shop", [("is_shown", "=", False)]), set(), "hidden stays hidden"
        )
