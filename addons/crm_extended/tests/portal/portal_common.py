import re

from odoo.fields import Command
from odoo.tests import HttpCase, new_test_user

PASSWORD = "exchange-portal-1"


class ExchangePortalCase(HttpCase):
    """A partner's person with a live client and one for trying out, and a stranger."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.petra, cls.other = (
            new_test_user(
                cls.env,
                login,
                name=login.title(),
                password=PASSWORD,
                groups="base.group_portal",
            )
            for login in ("petra_portal", "olga_portal")
        )
        cls.client = cls.make_client("PORTAL-ERP", cls.petra, portal_keys=True)
        cls.sandbox = cls.make_client("PORTAL-TEST", cls.petra, sandbox=True)
        cls.foreign = cls.make_client("OTHER-ERP", cls.other, sandbox=True)

    @classmethod
    def make_client(cls, code, user, **values):
        scope = {"entity": "customer", "field_mode": "all"}
        scope |= {"can_create": True, "can_update": True}
        return cls.env["crm.exchange.client"].create(
            {
                "name": f"System {code}",
                "code": code,
                "portal_partner_ids": [Command.set(user.partner_id.ids)],
                "scope_ids": [Command.create(scope)],
                **values,
            }
        )

    def page(self, path="", client=None, by="petra_portal", code=200):
        """The text of a page of a client, as its person sees it."""
        self.authenticate(by, PASSWORD)
        return self.open(path, client, code)

    def open(self, path="", client=None, code=200, data=None):
        url = f"/my/exchange/{(client or self.client).id}{path}"
        answer = self.url_open(url, data=data, allow_redirects=False)
        self.assertEqual(answer.status_code, code, url)
        return answer.text

    def post(self, path, client=None, code=200, **data):
        """Send a form as the page would, with the token of the session."""
        text = self.open("/console", self.sandbox)
        token = re.search(r'name="csrf_token" value="([^"]+)"', text)[1]
        return self.open(path, client, code, data={"csrf_token": token, **data})
