from odoo.tests import tagged

from ...exchange.call import acting
from .push_common import PushCase


@tagged("post_install", "-at_install")
class TestPushScope(PushCase):
    """Nobody writes more than its scope, and its key, let it."""

    def test_verbs_fields_and_filter_bound_what_is_written(self):
        narrow = self.make_writer("NARROW", domain="[('city', '=', 'Brno')]")
        scope = narrow.scope_ids.filtered(lambda s: s.entity == "customer")
        key = self.key_of("N-1", narrow)
        row = {**self.row("N-1", name="Anna", city="Praha"), "key": key}
        self.assertStatus(self.one(row, by=narrow), "rejected", "out_of_scope")
        row["set"]["city"] = "Brno"
        self.assertEqual(self.one(row, by=narrow)["status"], "created")
        row["set"]["city"] = "Praha"
        self.assertStatus(self.one(row, by=narrow), "rejected", "out_of_scope")
        other = self.make("C-1", city="Praha")
        seen = {**self.row("N-2", name="X"), "key": {"id": other.id}}
        self.assertStatus(self.one(seen, by=narrow), "rejected", "not_found")
        scope.write({"write_mode": "list", "write_names": "phone"})
        row["set"] = {"city": "Brno", "phone": "+420777111333"}
        self.assertStatus(self.one(row, by=narrow), "rejected", "out_of_scope")
        scope.can_update = False
        row["set"] = {"phone": "+420777111333"}
        self.assertStatus(self.one(row, by=narrow), "rejected", "out_of_scope")

    def test_neighbour_of_a_row_that_leaves_the_scope_is_carried_out(self):
        narrow = self.make_writer("NARROW", domain="[('city', '=', 'Brno')]")
        rows = [
            {**self.row(key, name=key, city=city), "key": self.key_of(key, narrow)}
            for key, city in (("N-1", "Brno"), ("N-2", "Praha"), ("N-3", "Brno"))
        ]
        answers = self.push(*rows, by=narrow)["rows"]
        for answer, status in zip(answers, ("created", None, "created"), strict=True):
            if status:
                self.assertStatus(answer, status)
            else:
                self.assertStatus(answer, "rejected", "out_of_scope")
        self.assertEqual(self.push(*rows, by=narrow)["counts"]["unchanged"], 2)

    def test_own_key_of_a_record_out_of_sight_makes_no_second_one(self):
        narrow = self.make_writer("NARROW", domain="[('city', '=', 'Brno')]")
        partner = self.make("N-1", by=narrow, name="Anna Out", city="Brno")
        partner.city = "Praha"
        row = self.row("N-1", name="Anna Out", city="Brno")
        row["key"] = self.key_of("N-1", narrow)
        self.assertStatus(self.one(row, by=narrow), "rejected", "not_found")
        self.assertEqual(self.partners.search_count([("name", "=", "Anna Out")]), 1)
        self.assertEqual(partner.city, "Praha")

    def make_narrow(self, **scope):
        """A key of the client that may do less than the client."""
        self.client._make_key("Narrow")
        key = self.client.credential_ids.filtered(lambda k: k.name == "Narrow")
        scopes = [(0, 0, {"entity": "customer", "field_mode": "all", **scope})]
        key.write({"is_narrow": True, "scope_ids": scopes})
        return key

    def test_narrow_key_writes_no_more_than_it_may(self):
        key = self.make_narrow(can_update=True, domain="[('city', '=', 'Brno')]")
        there = self.make("C-1", city="Praha")
        with acting(key.id):
            row = self.row("C-2", name="New", city="Brno")
            self.assertStatus(self.one(row), "rejected", "out_of_scope")
            row = self.row("C-1", op="patch", name="Taken")
            self.assertStatus(self.one(row), "rejected", "not_found")
            row = self.row("P-1", entity="contact", name="Jan")
            self.assertStatus(self.one(row), "rejected", "out_of_scope")
        self.assertEqual(there.name, "Anna")

    def test_what_waited_is_carried_out_within_the_key_it_came_with(self):
        row = self.row("P-1", entity="contact", name="Jan")
        row["refs"] = {"customer": self.key_of("C-1")}
        self.assertEqual(self.one(row)["status"], "deferred")
        with acting(self.make_narrow(can_create=True).id):
            self.make("C-1")
        self.assertEqual(
            self.env["res.partner"].search_count([("name", "=", "Jan")]), 1
        )

    def test_laxer_policy_than_agreed_is_refused(self):
        self.client.conflict_policy = "reject"
        row = [self.row("C-1", name="Anna")]
        self.refused(
            "out_of_scope", "push", batch_id="B", rows=row, on_conflict="merge3"
        )
