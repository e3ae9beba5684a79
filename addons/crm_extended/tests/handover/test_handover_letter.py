from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .handover_common import HandoverCase, today


@tagged("post_install", "-at_install")
class TestHandoverLetter(HandoverCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.school = cls.add_customer("School", email="school@example.com")
        cls.silent = cls.add_customer("Without Mail")
        cls.env["crm.interaction"].create(
            {
                "partner_id": cls.school.id,
                "user_id": cls.jan.id,
                "subject": "Two halves of the budget",
                "outcome": "Invoice in two parts",
                "date": fields.Datetime.now(),
            }
        )
        cls.lead = cls.add_lead(cls.school, name="Pianos for school")
        cls.lead.activity_schedule(
            "mail.mail_activity_data_call",
            today(-2),
            summary="Send the offer",
            user_id=cls.jan.id,
        )

    def letters(self, handover):
        return self.env["mail.mail"].search(
            [
                ("model", "=", "crm.handover.line"),
                ("res_id", "in", handover.line_ids.ids),
            ]
        )

    def test_reachable_customers_get_one_letter_through_the_queue(self):
        handover = self.prepare()
        with self.assertRaisesRegex(UserError, "when the handover is done"):
            handover.action_write_letters()
        self.start(handover)
        for _twice in range(2):
            handover._write_letters()
        [letter] = self.letters(handover)
        self.assertEqual(letter.state, "outgoing")
        self.assertEqual(letter.recipient_ids, self.school)
        self.assertIn("Eva", letter.body_html)
        self.assertIn("in place of Jan", letter.body_html)
        states = {x.partner_id: x.letter_state for x in handover.line_ids}
        self.assertEqual(states, {self.school: "queued", self.silent: "unreachable"})

    def test_a_customer_who_forbade_service_mail_gets_none(self):
        service = self.env["crm.consent.purpose"].search([("code", "=", "service")])
        if not service:
            return
        handover = self.hand_over()
        allowed = handover._get_allowed(self.school)
        self.assertEqual(allowed, self.school)
        nobody = self.env["res.partner"]
        self.patch(
            type(self.env["crm.consent"]), "_allowed", lambda *_args, **_kw: nobody
        )
        handover._write_letters()
        self.assertFalse(self.letters(handover))
        self.assertEqual(self.line_of(handover, self.school).letter_state, "refused")

    def test_the_letter_is_read_before_it_is_sent(self):
        handover = self.prepare()
        action = handover.action_preview_letter()
        line = self.env["crm.handover.line"].browse(action["res_id"])
        self.assertIn("School", line.letter_body)
        self.assertIn(self.env.company.name, line.letter_subject)

    def brief(self, user, lines):
        report = self.env["ir.actions.report"].with_user(user)
        html, _kind = report._render_qweb_html(
            "crm_extended.action_report_handover_brief_html", lines.ids
        )
        return html.decode()

    def test_the_brief_tells_who_what_is_open_promised_said_and_at_risk(self):
        self.env["crm.need"].create(
            {"name": "Upright piano", "partner_id": self.school.id}
        )
        handover = self.hand_over()
        line = self.line_of(handover, self.school)
        html = self.brief(self.eva, line)
        for said in (
            "School",
            "school@example.com",
            "Pianos for school",
            "Send the offer",
            "Promised and late",
            "Two halves of the budget",
            "Invoice in two parts",
            "Upright piano",
            "Only Jan spoke with the customer",
        ):
            self.assertIn(said, html)

    def test_the_brief_is_for_its_successor_and_shows_no_more_than_he_may_see(self):
        handover = self.hand_over()
        line = self.line_of(handover, self.school)
        with self.assertRaises(AccessError):
            self.brief(self.marek, line)
        foreign = self.add_lead(
            self.school, name="Lead of Marek", user_id=self.marek.id
        )
        self.assertNotIn(foreign.name, self.brief(self.eva, line))
