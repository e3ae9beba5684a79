from odoo.exceptions import UserError
from odoo.tests import TransactionCase, new_test_user, tagged
from odoo.tools.safe_eval import safe_eval


@tagged("post_install", "-at_install")
class TestExchangeLogin(TransactionCase):
    """The login of a client opens the exchange only, and is nobody's customer."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.client = cls.env["crm.exchange.client"].create(
            {"name": "Shop", "code": "LOGIN-SHOP"}
        )

    def test_a_key_that_would_not_work_is_not_made(self):
        for switched_off in (self.client, self.client.user_id):
            switched_off.active = False
            with self.assertRaisesRegex(UserError, "exchange-login-shop"):
                self.client.action_new_key()
            switched_off.active = True
        self.assertTrue(self.client.action_new_key()["context"]["default_key"])

    def test_our_companies_and_the_logins_of_clients_are_not_listed(self):
        user = new_test_user(
            self.env, "tec_user", "crm_extended.group_customer_user,base.group_user"
        )
        company = self.env["res.company"].create({"name": "Harmonia Airport"})
        customer = self.env["res.partner"].create({"name": "A customer"})
        portal = new_test_user(self.env, "tec_portal", "base.group_portal").partner_id
        self.env.flush_all()
        technical = company.partner_id | self.client.user_id.partner_id
        action = self.env.ref("crm_extended.action_customer")
        partners = self.env["res.partner"].with_user(user)
        domain = [("id", "in", (technical | customer | portal).ids)]
        listed = partners.search([*domain, *safe_domain(action)])
        self.assertEqual(listed, (customer | portal).with_user(user))
        domain.append(("is_technical", "=", True))
        self.assertEqual(partners.search(domain), technical.with_user(user))
        self.assertTrue(company.partner_id.is_technical)
        self.assertFalse(customer.is_technical)


def safe_domain(action):
    return safe_eval(action.domain or "[]")
