from odoo.fields import Command
from odoo.tests import HttpCase, new_test_user, tagged


@tagged("post_install", "-at_install")
class TestPrivacyTour(HttpCase):
    def test_a_recorded_consent_decides_who_gets_the_mailing(self):
        purpose = self.env["crm.consent.purpose"].create(
            {
                "name": "Tour News",
                "code": "tour_news",
                "sequence": 0,
                "channel_ids": self.env.ref("crm_extended.consent_channel_mail").ids,
                "wording_ids": [
                    Command.create({"version": "1", "text": "Write to me"})
                ],
            }
        )
        asked, silent = self.env["res.partner"].create(
            [
                {"name": "Aaa Asked", "email": "aaa.asked@example.com"},
                {"name": "Aab Silent", "email": "aab.silent@example.com"},
            ]
        )
        new_test_user(self.env, "tour_till", groups="crm_extended.group_customer_user")
        self.start_tour(
            f"/odoo/customer-base/{asked.id}", "crm_extended_consent", login="tour_till"
        )
        row = self.env["crm.consent"].search([("purpose_id", "=", purpose.id)])
        self.assertEqual((row.answer, row.proof), ("given", "At the counter"))
        self.assertEqual(row.user_id.login, "tour_till")
        mailing = self.env["mailing.mailing"].create(
            {
                "subject": "Spring",
                "body_html": "<p>Spring</p>",
                "mailing_model_id": self.env["ir.model"]._get_id("res.partner"),
                "mailing_domain": f"[('id', 'in', {(asked | silent).ids})]",
                "purpose_id": purpose.id,
            }
        )
        mailing.action_send_mail()
        traces = self.env["mailing.trace"].search(
            [("mass_mailing_id", "=", mailing.id)]
        )
        why = {trace.res_id: trace.failure_reason for trace in traces}
        self.assertEqual(why, {asked.id: False, silent.id: "Did not agree"})
