from email.message import EmailMessage
from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.crm_contact_center.models import crm_work_item_mail

from .common import ContactCommon

GATE = "odoo.addons.crm_contact_center.models.mail_thread"
ITEM = "odoo.addons.crm_contact_center.models.crm_work_item_mail"


@tagged("post_install", "-at_install")
class TestMailHostile(ContactCommon):
    """What strangers send on purpose: nothing of it gets in where it should not."""

    # ------------------------------------------------------------------ forged senders

    def test_a_forged_internal_sender_is_not_treated_as_a_colleague(self):
        item = self._receive(From="Boss <boss@shop.example>", Subject="Refund him 900")
        self.assertTrue(item.is_unverified)
        self.assertFalse(item.partner_id)
        message = item.message_ids.filtered(lambda m: m.message_type == "email")
        self.assertFalse(message.author_id)
        self.assertFalse(message.is_internal)
        self.assertEqual(item.create_uid, self.env.ref("base.user_root"))
        self.assertFalse(self._interactions(self.supervisor.partner_id))

    def test_a_forged_internal_sender_cannot_answer_a_customer(self):
        item = self._receive()
        message = item.message_ids.filtered(lambda m: m.message_type == "email")
        forged = self._receive(
            From="agent@shop.example",
            In_Reply_To=message.message_id,
            Subject="Your new password",
        )
        self.assertNotEqual(forged, item)
        self.assertTrue(forged.is_unverified)
        self.assertFalse(item.first_response_at)
        self.assertEqual(self._interactions().direction, "in")

    def test_a_forged_reference_does_not_enter_the_case_of_another(self):
        item = self._receive()
        answer = self._answer(item)
        before = item.message_ids
        for header in ("In_Reply_To", "References"):
            with self.subTest(header=header):
                forged = self._receive(
                    From="eve@evil.example", **{header: answer.message_id}
                )
                self.assertNotEqual(forged, item)
                self.assertEqual(forged.queue_id, self.queue)
                self.assertEqual(forged.partner_id.email, "eve@evil.example")
                self.assertFalse(forged.previous_id)
                self.assertEqual(item.message_ids, before)
                message = forged.message_ids.filtered(
                    lambda m: m.message_type == "email"
                )
                self.assertFalse(message.parent_id & before)
        self.assertNotIn(
            "eve@evil.example", self._interactions().message_id.mapped("email_from")
        )

    def test_a_reference_to_an_internal_note_does_not_hide_the_mail(self):
        item = self._receive()
        note = item.with_user(self.agent).message_post(body="He is angry")
        self._receive(In_Reply_To=note.message_id, Subject="I saw nothing")
        message = item.message_ids.filtered(lambda m: m.message_type == "email")[0]
        self.assertEqual(message.subtype_id, self.env.ref("mail.mt_comment"))
        self.assertFalse(message.is_internal)

    # ------------------------------------------------------------------ machines

    @mute_logger(ITEM)
    def test_automatic_mail_is_not_queued(self):
        count = self.env["crm.work.item"].search_count([])
        for header, value in [
            ("Auto_Submitted", "auto-replied"),
            ("X_Auto_Response_Suppress", "All"),
            ("Precedence", "bulk"),
            ("List_Id", "<news.example>"),
            ("Return_Path", "<>"),
            ("From", "no-answer <MAILER-DAEMON@mx.example>"),
        ]:
            with self.subTest(header=header):
                self.assertFalse(self._receive(**{header: value}))
        self.assertEqual(self.env["crm.work.item"].search_count([]), count)
        self.assertFalse(self._interactions())

    def test_an_out_of_office_reply_is_noted_and_starts_no_loop(self):
        item = self._receive()
        answer = self._answer(item)
        interactions = self._interactions()
        with (
            patch.object(crm_work_item_mail._logger, "info") as log,
            self.mock_mail_gateway(),
        ):
            result = self.env["mail.thread"].message_process(
                None,
                self._mail(
                    In_Reply_To=answer.message_id,
                    Auto_Submitted="auto-replied",
                    Subject="On holiday",
                ),
            )
            self.assertFalse(self._new_mails, "an automatic mail is never answered")
        self.assertFalse(result)
        self.assertEqual(item.state, "customer")
        self.assertEqual(self._interactions(), interactions)
        self.assertIn("On holiday", item.message_ids[0].body)
        log.assert_called_once()
        self.assertNotIn("jana@", str(log.call_args), "no address in the log")

    @mute_logger(ITEM)
    def test_our_own_address_as_sender_is_a_loop(self):
        self.assertFalse(self._receive(From=f"Shop <{self.queue.alias_email}>"))
        self.assertFalse(self._receive(From=self.complaints.alias_email))

    def test_a_mailing_list_may_feed_a_queue_that_accepts_it(self):
        self.queue.accept_bulk = True
        self.assertTrue(self._receive(List_Id="<info.shop.example>"))

    # ------------------------------------------------------------------ content

    def test_a_subject_cannot_smuggle_headers_into_our_answer(self):
        raw = self._mail().replace(
            b"Subject: Where is my order?",
            b"Subject: =?utf-8?q?Order=0D=0ABcc:_all@evil.example?=",
        )
        item = self._receive(raw)
        self.assertEqual(item.name, "Order Bcc: all@evil.example")
        self._answer(item)
        [sent] = self._mails
        self.assertNotRegex(sent["subject"], r"[\r\n]")
        self.assertEqual(sent["email_to"], ['"Jana Nováková" <jana@customer.example>'])
        self.assertFalse(sent.get("email_cc"))

    def test_template_code_in_subject_and_body_stays_text(self):
        code = "{{ object.env }} ${object.env} <t t-out='object.env'/>"
        item = self._receive(Subject=code, body=code)
        self.assertEqual(item.name, code)
        self._answer(item)
        [sent] = self._mails
        self.assertIn("{{ object.env }}", sent["subject"])
        self.assertNotIn("odoo.api.Environment", sent["body"] + sent["subject"])

    def test_active_html_is_taken_out(self):
        message = EmailMessage()
        message["From"] = "jana@customer.example"
        message["To"] = self.queue.alias_email
        message["Subject"] = "Look"
        message["Message-Id"] = "<html@customer.example>"
        message.set_content("text")
        message.add_alternative(
            """<html><head><base href="https://evil.example/"></head><body>
            <script>alert(1)</script><p onclick="steal()">Dear shop</p>
            <svg onload="steal()"><script>x</script></svg>
            <a href="javascript:steal()">here</a>
            <a href="data:text/html;base64,PHNjcmlwdD4=">there</a>
            <iframe src="https://evil.example"></iframe>
            <form action="https://evil.example"><input name="password"></form>
            </body></html>""",
            subtype="html",
        )
        item = self._receive(message.as_bytes())
        body = item.message_ids.filtered(lambda m: m.message_type == "email").body
        self.assertIn("Dear shop", body)
        for trick in ("<base", "<script", "onclick", "onload", "javascript:"):
            self.assertNotIn(trick, body)
        for trick in ("<iframe", "<form", "data:text/html"):
            self.assertNotIn(trick, body)

    # ------------------------------------------------------------------ size

    def test_ten_thousand_parts_are_cut_and_the_mail_still_comes_in(self):
        part = "--b\r\nContent-Type: text/html\r\n\r\n<p>spam</p>\r\n"
        raw = (
            f"From: jana@customer.example\r\nTo: {self.queue.alias_email}\r\n"
            "Subject: Big\r\nMessage-Id: <big@customer.example>\r\n"
            "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
            + part * 10_000
            + "--b--\r\n"
        ).encode()
        with self.assertLogs(GATE, "WARNING") as logs:
            item = self._receive(raw)
        self.assertEqual(item.partner_id, self.customer)
        self.assertIn("parts", logs.output[0])

    def test_a_hundred_thousand_headers_are_cut_and_the_mail_still_comes_in(self):
        junk = b"".join(b"X-%d: y\r\n" % n for n in range(100_000))
        with self.assertLogs(GATE, "WARNING"):
            item = self._receive(junk + self._mail())
        self.assertEqual(item.partner_id, self.customer)

    def test_a_mail_nested_too_deep_is_refused_with_a_clear_line(self):
        level = b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n"
        bomb = b"".join(level % (n, n) for n in range(5000))
        with self.assertLogs(GATE, "WARNING") as logs:
            self.assertFalse(self._receive(bomb))
        self.assertIn("nested", logs.output[0])
