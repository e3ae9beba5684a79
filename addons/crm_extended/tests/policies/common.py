from odoo import fields
from odoo.tests import TransactionCase, new_test_user


class PolicyCase(TransactionCase):
    """Two segments, two price lists, customers in them; nothing else has a policy."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        env = cls.env
        env["crm.policy"].search([("state", "=", "active")]).write(
            {"state": "withdrawn"}
        )
        env["crm.policy.effect"].search([]).unlink()
        cls.company = env.company
        env["res.config.settings"].create({"group_product_pricelist": True}).execute()
        cls.gold_list, cls.school_list = env["product.pricelist"].create(
            [{"name": "Gold", "company_id": False}, {"name": "School"}]
        )
        cls.term = env["account.payment.term"].create({"name": "60 days"})
        cls.gold, cls.school = env["crm.segment"].create(
            [
                {"name": "Gold", "domain": "[('id', '=', 0)]"},
                {"name": "School", "domain": "[('id', '=', 0)]"},
            ]
        )
        cls.anna, cls.choir, cls.eva = env["res.partner"].create(
            [
                {"name": "Anna"},
                {"name": "Choir", "is_company": True},
                {"name": "Eva"},
            ]
        )
        cls.singer = env["res.partner"].create(
            {"name": "Singer", "parent_id": cls.choir.id}
        )
        cls.product = env["product.product"].create(
            {"name": "Violin", "list_price": 100.0, "taxes_id": False}
        )
        cls.manager = new_test_user(
            env, "h8_manager", "crm_extended.group_policy_manager"
        )
        cls.clerk = new_test_user(
            env,
            "h8_clerk",
            "crm_extended.group_customer_user,sales_team.group_sale_salesman_all_leads",
        )
        cls.chief = new_test_user(
            env,
            "h8_chief",
            "crm_extended.group_customer_user,sales_team.group_sale_manager",
        )

    @classmethod
    def enter(cls, segment, *partners):
        cls.env["crm.segment.member"].create(
            [
                {
                    "segment_id": segment.id,
                    "partner_id": partner.id,
                    "valid_from": fields.Date.add(fields.Date.today(), days=-1),
                }
                for partner in partners
            ]
        )

    @classmethod
    def leave(cls, segment, partner):
        stay = cls.env["crm.segment.member"].search(
            [("segment_id", "=", segment.id), ("partner_id", "=", partner.id)]
        )
        stay.valid_to = fields.Date.today()
        cls.env.flush_all()
        segment._members_changed([], stay.ids)

    @classmethod
    def policy(cls, segment, name="Gold", **values):
        return cls.env["crm.policy"].create(
            {
                "name": name,
                "segment_id": segment.id,
                "company_id": cls.company.id,
                "reason": "Agreed",
                **values,
            }
        )

    @classmethod
    def activate(cls, policy):
        return cls.run_kind("activate", policy)

    @classmethod
    def run_kind(cls, kind, policy=None):
        run = cls.env["crm.policy.run"].create(
            {"kind": kind, "policy_id": policy.id if policy else False}
        )
        run._run()
        assert run.state == "done", run.error
        return run

    def order(self, partner, discount=0.0, user=None, **values):
        return self.env["sale.order"].create(
            {
                "partner_id": partner.id,
                "user_id": (user or self.clerk).id,
                "order_line": [
                    (0, 0, {"product_id": self.product.id, "discount": discount})
                ],
                **values,
            }
        )
