import json
from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .hook_common import HookCase

PUBLIC = "https://erp.example.com/hooks/crm"


@tagged("post_install", "-at_install")
class TestHookService(HookCase):
    """What a partner's system can do about its webhook by itself."""

    def test_a_partner_sets_its_webhook_up_and_learns_the_secret_once(self):
        self.hook.unlink()
        data = self.ok("hook_set", url=PUBLIC)
        hook = self.client.hook_ids
        self.assertEqual(data["secret"], hook.sudo().secret)
        self.assertEqual(data["hook"]["url"], PUBLIC)
        self.assertEqual(data["hook"]["state"], "on")
        self.assertEqual(data["hook"]["entities"], ["customer"])
        self.assertTrue(hook.operator_id, "somebody is told when it fails")
        again = self.ok("hook_set", url=PUBLIC)
        self.assertNotIn("secret", again)
        self.assertEqual(self.client.hook_ids, hook)

    def test_a_new_hook_tells_of_what_changes_from_now_on(self):
        self.hook.unlink()
        self.ok("hook_set", url=PUBLIC)
        self.env["crm.exchange.hook"]._queue_news()
        self.assertFalse(self.client.hook_ids.delivery_ids)

    def test_it_chooses_kinds_of_record_among_those_it_may_read(self):
        self.env["crm.exchange.scope"].create(
            {"client_id": self.client.id, "entity": "contact"}
        )
        data = self.ok("hook_set", entities=["contact"])
        self.assertEqual(data["hook"]["entities"], ["contact"])
        error = self.refused("out_of_scope", "hook_set", entities=["contact", "nope"])
        self.assertEqual(error["path"], "entities[1]")
        data = self.ok("hook_set")
        self.assertEqual(data["hook"]["entities"], ["customer", "contact"])

    def test_addresses_of_the_inside_are_refused(self):
        for url in (
            "http://erp.example.com/",
            "https://127.0.0.1/",
            "https://[::ffff:127.0.0.1]/",
            "https://169.254.169.254/latest/meta-data/",
            "https://2130706433/",
            "https://0177.0.0.1/",
            "https://localhost/",
            "https://erp.example.com:22/",
            "https://user:word@erp.example.com/",
            "file:///etc/passwd",
            "https://erp.example.com/" + "a" * 3000,
        ):
            with self.subTest(url=url[:60]):
                error = self.refused("hook_address", "hook_set", url=url)
                self.assertEqual(error["path"], "url")
        self.assertEqual(self.hook.url, self.receiver.url)

    def test_a_partner_cannot_aim_at_what_an_operator_opened(self):
        """The operator opened our network for one address, not for any."""
        for url in (self.receiver.url + "/other", "https://127.0.0.1/"):
            self.refused("hook_address", "hook_set", url=url)
        self.ok("hook_set", url=self.receiver.url)
        self.assertTrue(self.hook.inside)
        self.ok("hook_set", url=PUBLIC)
        self.assertFalse(self.hook.inside)

    def test_it_pauses_and_goes_on_with_what_it_missed(self):
        data = self.ok("hook_set", enabled=False)
        self.assertEqual(data["hook"]["state"], "off")
        self.change()
        self.send()
        self.assertFalse(self.receiver.got)
        self.ok("hook_set", enabled=True)
        self.send()
        self.assertEqual(len(self.receiver.got), 1)

    def test_what_an_operator_switched_off_stays_off(self):
        self.hook.action_switch_off()
        for method, arguments in (
            ("hook_set", {"enabled": True}),
            ("hook_test", {}),
            ("hook_rotate", {}),
            ("hook_redeliver", {"ids": []}),
        ):
            self.refused("hook_stopped", method, **arguments)
        self.assertEqual(self.hook.state, "stopped")

    def test_rotation_has_two_secrets_at_most(self):
        data = self.ok("hook_rotate", overlap_hours=48)
        self.assertNotEqual(data["secret"], self.secret)
        self.assertIn("old_secret_until", data["hook"])
        self.refused("hook_rotating", "hook_rotate")
        self.hook.old_secret_until = fields.Datetime.now() - timedelta(seconds=1)
        self.ok("hook_rotate")

    def test_a_leaked_secret_stops_at_once_also_while_rotating(self):
        self.ok("hook_rotate")
        data = self.ok("hook_rotate", overlap_hours=0)
        self.assertNotIn("old_secret_until", data["hook"])
        self.assertEqual(self.hook._get_secrets(), [data["secret"]])

    def test_a_test_tells_its_outcome(self):
        message = self.ok("hook_test")["id"]
        self.send()
        self.assertEqual(self.receiver.ids(), [message])
        [delivery] = self.ok("hook_deliveries")["deliveries"]
        self.assertEqual(delivery["id"], message)
        self.assertEqual(delivery["state"], "delivered")
        self.assertEqual(delivery["response_code"], 204)
        self.assertEqual(delivery["type"], "exchange.test")

    def test_tests_cannot_flood_anybody(self):
        self.ok("hook_test")
        error = self.refused("rate_limited", "hook_test")
        self.assertTrue(error["retryable"])
        self.assertGreater(error["retry_after_s"], 0)

    def test_deliveries_are_paged(self):
        made = self.env["crm.exchange.hook.delivery"]
        for _ in range(5):
            made += self.hook._queue("test")
        pages, before, more = [], "", True
        while more:
            page = self.ok("hook_deliveries", limit=2, before=before)
            pages += [delivery["id"] for delivery in page["deliveries"]]
            before, more = pages[-1], page["more"]
        self.assertEqual(pages, made[::-1].mapped("message"))
        self.assertEqual(len(self.ok("hook_deliveries", state="dead")["deliveries"]), 0)

    def test_what_was_lost_on_its_side_is_sent_again(self):
        self.change()
        self.send()
        [message] = self.receiver.ids()
        data = self.ok("hook_redeliver", ids=[message, "msg_unknown"])
        self.assertEqual(
            (data["queued"], data["not_found"]), ([message], ["msg_unknown"])
        )
        self.send()
        self.assertEqual(self.receiver.ids(), [message, message])

    def test_what_is_just_being_sent_is_not_queued_twice(self):
        delivery = self.hook._queue("test")
        delivery.lease_until = fields.Datetime.now() + timedelta(minutes=1)
        data = self.ok("hook_redeliver", ids=[delivery.message])
        self.assertEqual((data["queued"], data["not_found"]), ([], []))

    def test_another_clients_deliveries_are_not_there(self):
        delivery = self.hook._queue("test")
        other = self.make_client("OTHER-ERP")
        self.refused("hook_missing", "hook_deliveries", by=other)
        self.ok("hook_set", by=other, url=PUBLIC)
        self.assertEqual(self.ok("hook_deliveries", by=other)["deliveries"], [])
        data = self.ok("hook_redeliver", by=other, ids=[delivery.message])
        self.assertEqual(data["not_found"], [delivery.message])
        page = self.ok("hook_deliveries", by=other, before=delivery.message)
        self.assertEqual(page["deliveries"], [])

    def test_wrong_arguments_are_named(self):
        self.refused("invalid_argument", "hook_rotate", overlap_hours=169)
        self.refused("invalid_argument", "hook_rotate", overlap_hours=-1)
        self.refused("invalid_argument", "hook_deliveries", state="lost")
        self.refused("invalid_argument", "hook_deliveries", limit=0)
        self.refused("invalid_argument", "hook_redeliver", ids="msg_1")
        self.refused("too_large", "hook_redeliver", ids=["msg_1"] * 101)
        self.refused("invalid_argument", "hook_set", url=7)
        self.refused("invalid_argument", "hook_set", enabled="yes")
        self.refused("unknown_argument", "hook_set", inside=True)
        self.hook.unlink()
        self.refused("invalid_argument", "hook_set")
        for method in ("hook_rotate", "hook_test", "hook_deliveries"):
            self.refused("hook_missing", method)

    def test_the_journal_tells_who_set_what(self):
        self.ok("hook_set", url=PUBLIC)
        self.ok("hook_rotate")
        self.env.cr.execute(
            "SELECT verb, field_names FROM crm_exchange_audit WHERE client_ref = %s",
            [self.client.id],
        )
        rows = dict(self.env.cr.fetchall())
        self.assertIn("url", rows["hook_set"])
        self.assertIn("hook_rotate", rows)
        self.assertNotIn("whsec_", str(rows))

    def test_both_faces_serve_it(self):
        answer = self.xmlrpc("crm.exchange", "hook_set", named={"url": PUBLIC})
        self.assertTrue(answer["ok"], answer["errors"])
        status, answer, text = self.json2("crm.exchange/hook_deliveries")
        self.assertEqual((status, answer["ok"]), (200, True), text)
        self.assertNotIn("whsec_", json.dumps(answer))
