from odoo.exceptions import UserError
from odoo.tests import tagged

from ..exchange.exchange_common import ExchangeCase


@tagged("post_install", "-at_install")
class TestExchangeReplay(ExchangeCase):
    """The operator sets a client back; it gets the changes again and is told why."""

    def head(self):
        self.env["crm.exchange.change"]._number()
        return self.env["crm.exchange.change"]._position()[1]

    def set_back(self, **values):
        dialog = self.env["crm.exchange.set.back"].create(
            {"client_id": self.client.id, "reason": "You restored a backup", **values}
        )
        return dialog.action_set_back()

    def test_changes_come_again_and_the_client_is_told(self):
        _items, _cursor = self.pull_all()
        before = self.head()
        partner = self.partners.create({"name": "Again"})
        _items, cursor = self.pull_all(_cursor)
        self.ok("ack", cursor=cursor)
        self.set_back(to="number", number=str(before))
        self.client.invalidate_recordset()
        self.assertEqual(self.client.acked_seq, before)
        first = self.ok("pull", cursor=cursor)
        self.assertEqual([item["id"] for item in first["items"]], [partner.id])
        self.assertEqual(first["replay"]["reason"], "You restored a backup")
        self.assertEqual(first["replay"]["from"], str(before))
        again = self.ok("pull", cursor=cursor)
        self.assertEqual(again["items"], first["items"], "same cursor, same items")
        later = self.ok("pull", cursor=first["cursor"])
        self.assertEqual(later["items"], [])
        numbers = [int(item["seq"]) for item in first["items"]]
        self.assertEqual(numbers, [len(_items) and int(_items[-1]["seq"]) + 1 or 1])

    def test_an_acknowledgement_from_before_does_not_undo_it(self):
        _items, cursor = self.pull_all()
        self.partners.create({"name": "Again"})
        _items, cursor = self.pull_all(cursor)
        self.set_back(to="number", number="0")
        self.ok("ack", cursor=cursor)
        self.client.invalidate_recordset()
        self.assertEqual(self.client.acked_seq, 0)

    def test_everything_comes_again(self):
        items, cursor = self.pull_all()
        self.set_back(to="all")
        again = self.ok("pull", cursor=cursor, limit=1000)
        self.assertEqual(again["phase"], "changes")
        self.assertEqual(
            {item["id"] for item in again["items"]}, {item["id"] for item in items}
        )

    def test_a_place_outside_the_feed_is_refused(self):
        head = self.head()
        for number in (str(head + 1), "-1", "x", "", "9" * 30):
            with self.subTest(number=number), self.assertRaises(UserError):
                self.set_back(to="number", number=number)
        self.assertFalse(self.client.replays)

    def test_a_place_can_be_given_as_a_time(self):
        self.partners.create({"name": "Now"})
        head = self.head()
        self.set_back(to="time", time="2020-01-01 00:00:00")
        self.assertLess(self.client.replay_from, head)
        self.set_back(to="time", time="2099-01-01 00:00:00")
        self.assertEqual(self.client.replay_from, head)
