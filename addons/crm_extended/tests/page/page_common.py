import re
from datetime import timedelta

from odoo import Command, fields
from odoo.tests import HttpCase, new_test_user

PASSWORD = "customer-page-1"
LIMIT = "odoo.addons.crm_extended.controllers.customer_page.limit"


class CustomerPageCase(HttpCase):
    """Two customers with a login, each with an offer; Petra has a card, too."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.petra_user, cls.olga_user = (
            new_test_user(
                cls.env,
                login,
                name=login.title(),
                password=PASSWORD,
                groups="base.group_portal",
            )
            for login in ("petra_page", "olga_page")
        )
        cls.petra, cls.olga = cls.petra_user.partner_id, cls.olga_user.partner_id
        cls.bow = cls.env["product.product"].create(
            {"name": "Zq Bow", "list_price": 200, "default_code": "ZQ-1"}
        )
        cls.program = cls.env["loyalty.program"].create(
            {
                "name": "Zq Club",
                "program_type": "loyalty",
                "applies_on": "both",
                "trigger": "auto",
                "company_id": cls.env.company.id,
                "reward_ids": [
                    Command.create({"required_points": 100, "discount": 5}),
                ],
            }
        )
        cls.card, cls.foreign_card = (cls.make_card(p) for p in (cls.petra, cls.olga))
        cls.offer, cls.foreign = (cls.make_offer(p) for p in (cls.petra, cls.olga))
        cls.purpose = cls.env["crm.consent.purpose"].create(
            {
                "name": "Zq Concerts",
                "code": "zq_concerts",
                "channel_ids": cls.env["crm.consent.channel"].search([], limit=1).ids,
                "wording_ids": [
                    Command.create({"version": "1", "text": "May we write to you?"})
                ],
            }
        )
        cls.channel = cls.purpose.channel_ids

    @classmethod
    def make_card(cls, partner):
        card = cls.env["loyalty.card"].create(
            {"program_id": cls.program.id, "partner_id": partner.id}
        )
        soon = fields.Datetime.now() + timedelta(days=20)
        card._earn_points(70, f"page-{partner.id}", reason="Test", expires_at=soon)
        return card

    @classmethod
    def make_offer(cls, partner):
        return cls.env["crm.offer"].create(
            {
                "partner_id": partner.id,
                "user_id": cls.env.ref("base.user_admin").id,
                "shared": True,
                "note": f"Words to {partner.name}",
                "line_ids": [Command.create({"product_id": cls.bow.id})],
            }
        )

    def open(self, path="", code=200, data=None):
        url = f"/my/customer{path}"
        answer = self.url_open(url, data=data, allow_redirects=False)
        self.assertEqual(answer.status_code, code, url)
        return answer.text

    def post(self, path, code=200, **data):
        """Send a form as the page would, with the token of the session."""
        text = self.open("/data")
        token = re.search(r'name="csrf_token" value="([^"]+)"', text)[1]
        return self.open(path, code, data={"csrf_token": token, **data})

    def answer(self, answer, **changes):
        ids = {"purpose": self.purpose.id, "channel": self.channel.id}
        ids |= {"wording": self.purpose.wording_id.id, "answer": answer}
        return self.post("/consents", **{**ids, **changes})

    def get_answers(self):
        return self.env["crm.consent"].search([("purpose_id", "=", self.purpose.id)])

    def get_corrections(self):
        key = f"portal,{self.petra.id}"
        return self.env["crm.source.record"].search([("key", "=", key)])
