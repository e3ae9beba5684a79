import json
import time
from datetime import timedelta
from unittest.mock import patch

from standardwebhooks import WebhookVerificationError

from odoo import fields
from odoo.tests import tagged
from odoo.tools import file_open

from ...models.hooks import crm_exchange_hook_sending as sending
from ...webhooks import retry
from .hook_common import HookCase


@tagged("post_install", "-at_install")
class TestHookSending(HookCase):
    """What a partner's server receives, and what becomes of what it does not take."""

    def test_news_arrives_signed_and_says_no_more_than_that(self):
        self.change("Anna Nováková")
        self.send()
        content = self.receiver.verified(self.secret)
        epoch, head, _floor = self.env["crm.exchange.change"]._position()
        self.assertEqual(content["type"], "exchange.changed")
        self.assertEqual(
            content["data"],
            {
                "client": "TEST-ERP",
                "epoch": epoch,
                "head": str(head),
                "entities": ["customer"],
            },
        )
        _headers, body = self.receiver.got[0]
        self.assertNotIn("Anna", body.decode())
        [delivery] = self.hook.delivery_ids
        self.assertEqual((delivery.state, delivery.status), ("delivered", 204))
        self.assertEqual(self.receiver.ids(), [delivery.message])
        self.assertTrue(self.hook.delivered_at)

    def test_what_it_tells_of_can_then_be_pulled(self):
        _items, cursor = self.pull_all()
        partner = self.change()
        self.send()
        self.assertEqual(len(self.receiver.got), 1)
        items, _cursor = self.pull_all(cursor)
        self.assertIn(partner.id, [item["id"] for item in items])

    def test_many_changes_are_one_message(self):
        for number in range(5):
            self.change(f"Anna {number}")
        self.send()
        self.send()
        self.assertEqual(len(self.receiver.got), 1)
        self.change()
        self.send()
        self.assertEqual(len(self.receiver.got), 2)
        self.assertEqual(len(set(self.receiver.ids())), 2)

    def test_while_one_waits_no_second_is_made(self):
        self.receiver.answers = [(500, {})]
        self.change()
        self.send()
        self.change()
        self.send()
        self.assertEqual(len(self.hook.delivery_ids), 1)
        self.make_due()
        self.send()  # the first gets through, and then the news since
        states = self.hook.delivery_ids.mapped("state")
        self.assertEqual(states, ["delivered", "delivered"])
        heads = [int(json.loads(b)["data"]["head"]) for _h, b in self.receiver.got]
        self.assertEqual(heads[0], heads[1])
        self.assertGreater(heads[2], heads[1])

    def test_messages_to_one_client_keep_their_distance(self):
        self.change()
        self.send()
        self.hook.told_at = fields.Datetime.now() + timedelta(minutes=1)
        self.env.flush_all()
        self.change()
        self.send()
        self.assertEqual(len(self.receiver.got), 1)

    def test_changes_it_may_not_read_are_no_news(self):
        self.hook.scope_ids = self.client.scope_ids
        self.client.scope_ids.entity = "contact"
        self.change()
        self.send()
        self.assertFalse(self.receiver.got)
        _epoch, head, _floor = self.env["crm.exchange.change"]._position()
        self.assertEqual(self.hook.told_seq, head)

    def test_only_chosen_kinds_are_told(self):
        other = self.env["crm.exchange.scope"].create(
            {"client_id": self.client.id, "entity": "contact"}
        )
        self.hook.scope_ids = other
        self.change()
        self.send()
        self.assertFalse(self.receiver.got)
        company = self.partners.create({"name": "Harmonia", "is_company": True})
        self.partners.create({"name": "Eva", "parent_id": company.id})
        self.change()
        self.send()
        content = self.receiver.verified(self.secret)
        self.assertEqual(content["data"]["entities"], ["contact"])

    def test_a_new_life_of_the_database_is_news(self):
        """After a restored backup numbers may have gone back: the partner must know."""
        self.hook.told_epoch = "another"
        self.hook.told_seq = 10**9
        self.env.flush_all()
        self.send()
        content = self.receiver.verified(self.secret)
        self.assertEqual(content["data"]["entities"], ["customer"])

    def test_a_client_that_expired_or_is_off_is_not_called(self):
        self.client.expires_at = fields.Datetime.now() - timedelta(minutes=1)
        self.change()
        self.send()
        self.client.write({"expires_at": False, "active": False})
        self.send()
        self.assertFalse(self.receiver.got)
        self.client.active = True
        self.send()
        self.assertEqual(len(self.receiver.got), 1)

    def test_nothing_is_sent_before_there_is_a_secret(self):
        other = self.make_client("OTHER")
        hook = self.env["crm.exchange.hook"].create(
            {"client_id": other.id, "url": self.receiver.url, "inside": True}
        )
        self.change()
        self.send()
        self.assertFalse(hook.delivery_ids)

    # ------------------------------------------------------------------ failure

    def test_a_failure_is_tried_again_later_with_the_same_id_and_body(self):
        self.receiver.answers = [(500, {}), (503, {"Retry-After": "3600"})]
        self.change()
        before = fields.Datetime.now()
        self.send()
        [delivery] = self.hook.delivery_ids
        self.assertEqual((delivery.state, delivery.attempt), ("waiting", 1))
        self.assertEqual((delivery.status, delivery.error), (500, "status"))
        wait = (delivery.next_at - before).total_seconds()
        self.assertTrue(retry.FIRST / 2 <= wait <= retry.FIRST + 5, wait)
        self.send()
        self.assertEqual(len(self.receiver.got), 1, "it is not due yet")
        self.make_due()
        self.send()
        wait = (delivery.next_at - before).total_seconds()
        self.assertGreaterEqual(wait, 3600, "the receiver asked for an hour")
        self.make_due()
        self.send()
        self.assertEqual((delivery.state, delivery.attempt), ("delivered", 3))
        self.assertEqual(len(set(self.receiver.ids())), 1)
        self.assertEqual(len({body for _headers, body in self.receiver.got}), 1)
        self.assertEqual(len(delivery.log.splitlines()), 3)
        self.assertTrue(self.receiver.verified(self.secret))

    def test_after_its_attempts_it_is_a_dead_letter_and_can_be_sent_again(self):
        self.env["ir.config_parameter"].set_param("crm_extended.hook_attempts", "3")
        self.receiver.answers = [(500, {})] * 3
        self.change()
        for _ in range(5):
            self.send()
            self.make_due(self.hook.delivery_ids.filtered(lambda d: d.state != "dead"))
        [delivery] = self.hook.delivery_ids
        self.assertEqual((delivery.state, delivery.attempt), ("dead", 3))
        self.assertEqual(self.hook.dead_count, 1)
        delivery.action_redeliver()
        self.send()
        self.assertEqual((delivery.state, delivery.attempt), ("delivered", 1))
        self.assertEqual(self.receiver.ids(), [delivery.message] * 4)

    def test_a_redirect_is_a_failure(self):
        self.receiver.answers = [(302, {"Location": self.receiver.url})]
        self.change()
        self.send()
        self.assertEqual(self.hook.delivery_ids.error, "redirect")
        self.assertEqual(len(self.receiver.got), 1)

    def test_an_address_that_turned_inward_is_not_called(self):
        """The name was public when it was given, and is not when it is used."""
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE crm_exchange_hook SET inside = false, url = %s WHERE id = %s",
            [f"https://127.0.0.1:{self.receiver.port}/", self.hook.id],
        )
        self.hook.invalidate_recordset()
        self.change()
        self.send()
        [delivery] = self.hook.delivery_ids
        self.assertEqual((delivery.state, delivery.error), ("waiting", "refused"))
        self.assertFalse(self.receiver.got)

    def test_long_failure_switches_off_and_tells_the_operator(self):
        self.receiver.answers = [(500, {})] * 2
        self.change()
        self.send()
        self.assertEqual(self.hook.state, "on")
        self.assertTrue(self.hook.failing_since)
        self.hook.failing_since = fields.Datetime.now() - timedelta(days=3, minutes=1)
        self.make_due()
        self.send()
        self.assertEqual(self.hook.state, "broken")
        [activity] = self.hook.activity_ids
        self.assertEqual(activity.user_id, self.env.ref("base.user_admin"))
        self.assertIn("TEST-ERP", activity.note)
        self.make_due()
        self.send()
        self.assertEqual(len(self.receiver.got), 2, "nothing more is sent")
        self.hook.action_switch_on()
        self.send()
        self.assertEqual(self.hook.delivery_ids.mapped("state"), ["delivered"])
        self.assertFalse(self.hook.failing_since)
        self.assertFalse(self.hook.activity_ids)

    def test_a_success_ends_the_failing(self):
        self.receiver.answers = [(500, {})]
        self.change()
        self.send()
        self.make_due()
        self.send()
        self.assertFalse(self.hook.failing_since)

    def test_a_receiver_that_is_gone_for_good_is_believed(self):
        self.receiver.answers = [(410, {})]
        self.change()
        self.send()
        self.assertEqual(self.hook.state, "broken")
        self.assertEqual(self.hook.delivery_ids.state, "dead")

    def test_a_test_shows_that_a_failing_hook_is_mended(self):
        self.hook.state = "broken"
        self.hook.action_test()
        self.send()
        content = self.receiver.verified(self.secret)
        self.assertEqual(content["type"], "exchange.test")
        self.assertEqual(content["data"]["entities"], [])
        self.assertEqual(self.hook.delivery_ids.state, "delivered")

    def test_a_test_that_fails_is_not_repeated(self):
        self.receiver.answers = [(500, {})]
        self.hook.action_test()
        self.send()
        self.assertEqual(self.hook.delivery_ids.state, "dead")

    # ------------------------------------------------------------------ secrets

    def test_while_rotating_both_secrets_verify_and_then_the_new_one_alone(self):
        action = self.hook.action_rotate()
        new = action["context"]["default_secret"]
        self.change()
        self.send()
        for secret in (new, self.secret):
            self.assertTrue(self.receiver.verified(secret))
        self.hook.old_secret_until = fields.Datetime.now() - timedelta(seconds=1)
        self.change()
        self.send()
        self.assertTrue(self.receiver.verified(new))
        with self.assertRaises(WebhookVerificationError):
            self.receiver.verified(self.secret)

    def test_a_leaked_secret_ends_at_once(self):
        new = self.hook.action_rotate()["context"]["default_secret"]
        self.hook.action_end_old_secret()
        self.change()
        self.send()
        headers, _body = self.receiver.got[0]
        self.assertEqual(headers["webhook-signature"].count("v1,"), 1)
        self.assertTrue(self.receiver.verified(new))

    def test_each_attempt_has_its_own_time(self):
        self.receiver.answers = [(500, {})]
        self.change()
        self.send()
        self.make_due()
        later = time.time() + 420
        with patch.object(sending.time, "time", lambda: later):
            self.send()
        times = [int(headers["webhook-timestamp"]) for headers, _b in self.receiver.got]
        self.assertGreaterEqual(times[1] - times[0], 400)

    # ------------------------------------------------------------------ upkeep

    def test_old_deliveries_are_forgotten(self):
        self.change()
        self.send()
        [old] = self.hook.delivery_ids
        self.env.cr.execute(
            "UPDATE crm_exchange_hook_delivery SET create_date = %s WHERE id = %s",
            [fields.Datetime.now() - timedelta(days=31), old.id],
        )
        self.change()
        self.send()
        self.env["crm.exchange.hook.delivery"]._gc_deliveries()
        self.env.invalidate_all()
        self.assertFalse(old.exists())
        self.assertEqual(len(self.hook.delivery_ids), 1)

    def test_numbering_wakes_the_sending_once(self):
        cron = self.env.ref("crm_extended.ir_cron_send_hooks")
        triggers = self.env["ir.cron.trigger"]
        triggers.search([("cron_id", "=", cron.id)]).unlink()
        self.env["crm.exchange.change"]._number()
        self.assertFalse(triggers.search_count([("cron_id", "=", cron.id)]))
        self.change()
        self.change()
        self.assertEqual(triggers.search_count([("cron_id", "=", cron.id)]), 1)

    def test_a_copy_of_the_database_for_trying_out_calls_nobody(self):
        self.env.flush_all()
        with file_open("crm_extended/data/neutralize.sql") as script:
            self.env.cr.execute(script.read())
        self.env.invalidate_all()
        self.change()
        self.send()
        self.assertFalse(self.receiver.got)
