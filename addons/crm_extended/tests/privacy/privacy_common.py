"""People, purposes and officers for the tests of privacy."""

from odoo import fields
from odoo.fields import Command
from odoo.tests import TransactionCase, new_test_user

OFFICER = "crm_extended.group_privacy_officer"
USER = "crm_extended.group_customer_user"


class PrivacyCase(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Consent = cls.env["crm.consent"]
        cls.mail = cls.env.ref("crm_extended.consent_channel_mail")
        cls.sms = cls.env.ref("crm_extended.consent_channel_sms")
        cls.call = cls.env.ref("crm_extended.consent_channel_call")
        channels = cls.mail | cls.sms | cls.call
        cls.news = cls.make_purpose("t_news", channels)
        cls.offers = cls.make_purpose(
            "t_offers", channels, basis="interest", unknown="customers"
        )
        cls.service = cls.make_purpose("t_service", channels, basis="contract")
        cls.officer = new_test_user(cls.env, "t_officer", groups=OFFICER)
        cls.assistant = new_test_user(cls.env, "t_assistant", groups=USER)
        cls.people = cls.env["res.partner"].create(
            [
                {
                    "name": f"Quivira Person {n}",
                    "email": f"quivira{n}@example.com",
                    "phone": f"+42060111220{n}",
                    "street": f"Quivira Street {n}",
                    "city": "Praha",
                    "country_id": cls.env.ref("base.cz").id,
                }
                for n in range(4)
            ]
        )
        cls.anna, cls.bela, cls.cyril, cls.dana = cls.people

    @classmethod
    def make_purpose(cls, code, channels, **vals):
        return cls.env["crm.consent.purpose"].create(
            {
                "name": code,
                "code": code,
                "channel_ids": [Command.set(channels.ids)],
                "wording_ids": [Command.create({"version": "1", "text": "Yes"})],
                **vals,
            }
        )

    def say(self, partner, answer, purpose=None, channel=None, when=None, **vals):
        """An answer; `when` as a text of date or moment."""
        return self.Consent.create(
            {
                "partner_id": partner.id if partner else False,
                "purpose_id": (purpose or self.news).id,
                "channel_id": channel.id if channel else False,
                "answer": answer,
                "date": when or fields.Datetime.now(),
                **vals,
            }
        )

    def allowed(self, purpose=None, channel="mail", people=None, as_of=None):
        people = self.people if people is None else people
        return self.Consent._allowed(people, purpose or self.news, channel, as_of)

    def sell(self, partner):
        return self.env["crm.purchase"].create(
            {"partner_id": partner.id, "date": "2026-01-01", "amount": 5}
        )
