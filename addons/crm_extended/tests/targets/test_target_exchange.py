from odoo.tests import new_test_user, tagged

from ..push.push_common import PushCase

YEAR = {"from": "2031-01-01", "to": "2031-12-31"}


@tagged("post_install", "-at_install")
class TestTargetExchange(PushCase):
    """A planning system sets targets, and the others are told of them."""

    @classmethod
    def make_writer(cls, code, domain="[]", **values):
        client = super().make_writer(code, domain, **values)
        rights = {"can_create": True, "can_update": True, "field_mode": "all"}
        cls.env["crm.exchange.scope"].create(
            {"entity": "target", "client_id": client.id, **rights}
        )
        return client

    def target(self, key, **values):
        return self.row(key, entity="target", **values)

    def plan(self, key, value="1000", **values):
        values = {"measure": "revenue", "value": value, **YEAR, **values}
        return self.target(key, **values)

    def told(self, key):
        keys = [self.key_of(key)]
        [record] = self.ok("get", entity="target", keys=keys)["records"]
        return record["data"]

    def test_a_plan_and_its_parts_go_both_ways(self):
        new_test_user(self.env, "target_person", "crm_extended.group_customer_user")
        self.env["crm.branch"].create({"name": "Brno", "code": "BRQ"})
        refs = {"part_of": self.key_of("T-1")}
        done = self.push(
            self.plan("T-2", "400.50", branch="BRQ", person="target_person", refs=refs),
            self.plan("T-1", status="agreed"),
        )
        self.assertEqual(done["counts"]["created"], 2, done)
        whole, part = self.told("T-1"), self.told("T-2")
        self.assertEqual((whole["status"], whole["version"]), ("agreed", 1))
        self.assertEqual((part["value"], part["level"]), ("400.5", "person"))
        self.assertEqual((part["branch"], part["person"]), ("BRQ", "target_person"))
        self.assertEqual(part["part_of"], done["rows"][1]["id"])
        _items, cursor = self.pull_all(entities=["target"])
        self.push(self.target("T-2", value="500"))
        [item], _cursor = self.pull_all(cursor)
        self.assertEqual((item["op"], item["data"]["value"]), ("upsert", "500"))
        self.assertEqual(self.env["crm.target"].browse(item["id"]).value, 500)

    def test_an_agreed_target_is_replaced_not_changed(self):
        self.push(self.plan("T-1", status="agreed"))
        result = self.one(self.target("T-1", value="5"))
        self.assertStatus(result, "rejected", "refused")
        self.assertIn("new version", result["errors"][0]["message"])
        refs = {"replaces": self.key_of("T-1")}
        self.one(self.plan("T-1b", "1200", status="agreed", refs=refs))
        self.assertEqual(self.told("T-1")["status"], "replaced")
        self.assertEqual(self.told("T-1b")["version"], 2)

    def test_rows_that_wait_for_each_other_are_told_so(self):
        refs = {"part_of": self.key_of("T-2")}, {"part_of": self.key_of("T-1")}
        done = self.push(
            self.plan("T-1", refs=refs[0]),
            self.plan("T-2", refs=refs[1]),
            self.plan("T-3", refs={"part_of": self.key_of("T-9")}),
        )
        for result in done["rows"][:2]:
            self.assertStatus(result, "rejected", "refused")
            self.assertIn("refer to each other", result["errors"][0]["message"])
        self.assertStatus(done["rows"][2], "deferred")
        done = self.push(
            self.plan("T-1"),
            self.plan("T-2", refs=refs[1]),
            self.target("T-1", note="its parts came"),
        )
        self.assertEqual(done["counts"]["created"], 2)

    def test_what_makes_no_sense_is_refused_by_row(self):
        rows = {
            "negative": self.plan("A", "-1"),
            "ends before": self.plan("B", to="2030-01-01"),
            "unknown": self.plan("C", measure="applause"),
            "nobody": self.plan("D", person="no such login"),
            "percent": self.plan("E", "101", measure="retention"),
            "status": self.plan("F", status="replaced"),
        }
        for name, row in rows.items():
            with self.subTest(row=name):
                self.assertEqual(self.one(row)["status"], "rejected")
        self.assertFalse(
            self.env["crm.target"].search([("date_from", "=", YEAR["from"])])
        )

    def test_who_reads_plain_fields_is_not_told_the_person(self):
        self.push(self.plan("T-1", person=self.env.user.login))
        self.client.scope_ids.filtered(
            lambda scope: scope.entity == "target"
        ).field_mode = "plain"
        self.assertNotIn("person", self.told("T-1"))
