from odoo.tests import tagged

from .push_common import PushCase


@tagged("post_install", "-at_install")
class TestPushMerge(PushCase):
    """Both sides change the same record: who wins, who is asked, what is told."""

    def contact(self, key="P-1", **values):
        return self.row(key, entity="contact", **values)

    def make_contact(self, **values):
        """A contact the client pushed, as a kind of record without sources."""
        self.make("C-1", name="Firma")
        values = {"name": "Jan", "city": "Praha", **values}
        row = self.contact(refs={"customer": self.key_of("C-1")}, **values)
        result = self.one(row)
        return self.partners.browse(result["id"]), result["rev"]

    # ------------------------------------------------------------------ per field

    def test_changes_of_different_fields_unite(self):
        person, _rev = self.make_contact(phone="+420777000001")
        person.city = "Brno"
        result = self.one(self.contact(city="Praha", phone="+420777000002"))
        self.assertEqual(result["status"], "updated")
        self.assertEqual((person.city, person.phone), ("Brno", "+420777000002"))

    def test_same_change_on_both_sides_is_none(self):
        person, _rev = self.make_contact()
        person.city = "Brno"
        self.assertEqual(self.one(self.contact(city="Brno"))["status"], "unchanged")

    def test_different_changes_of_one_field_wait_for_a_person(self):
        person, _rev = self.make_contact(phone="+420777000001")
        person.city = "Brno"
        result = self.one(self.contact(city="Plzeň", phone="+420777000002"))
        self.assertEqual(result["status"], "conflict")
        sides = result["conflict"]["city"]
        self.assertEqual(
            (sides["base"], sides["mine"], sides["theirs"]), ("Praha", "Plzeň", "Brno")
        )
        self.assertIn("theirs_at", sides)
        self.assertEqual(
            person.phone, "+420777000001", "a row goes whole or not at all"
        )
        self.assertEqual(self.conflict().field_text, "City")

    def test_outdated_value_said_again_stays_outdated(self):
        person, _rev = self.make_contact()
        person.city = "Brno"
        for _time in range(2):
            self.assertEqual(
                self.one(self.contact(city="Praha"))["status"], "unchanged"
            )
            self.assertEqual(person.city, "Brno")

    def test_field_never_spoken_of_fills_a_gap_and_overwrites_nothing(self):
        person, _rev = self.make_contact()
        self.assertEqual(self.one(self.contact(zip="60200"))["status"], "updated")
        person.street = "Ours 1"
        self.assertEqual(self.one(self.contact(street="Mine 2"))["status"], "conflict")

    # ------------------------------------------------------------------ revisions

    def test_present_revision_lets_any_change_pass(self):
        person, _rev = self.make_contact()
        person.city = "Brno"
        [read] = self.ok("get", entity="contact", keys=[{"id": person.id}])["records"]
        row = self.contact(base_rev=read["rev"], city="Plzeň")
        self.assertEqual(self.one(row)["status"], "updated")

    def test_revision_that_was_told_is_the_base_of_all_fields(self):
        person, rev = self.make_contact(phone="+420777000001")
        person.city = "Brno"
        row = self.contact(base_rev=rev, city="Praha", phone="+420777000002")
        self.assertEqual(self.one(row)["status"], "updated")
        self.assertEqual((person.city, person.phone), ("Brno", "+420777000002"))

    def test_revision_that_was_read_is_the_base_of_all_fields(self):
        """Read, changed here, then changed there: each field by itself."""
        person = self.partners.create(
            {"name": "Jan", "city": "Praha", "parent_id": self.make("C-7").id}
        )
        for read in ("get", "pull"):
            with self.subTest(read=read):
                rev = self.read_rev(person, read)
                person.city = f"Brno {read}"
                phone = "+420777000007" if read == "get" else "+420777000008"
                row = self.row(person.id, entity="contact", base_rev=rev)
                row["set"] = {"phone": phone, "city": "Praha"}
                if read == "pull":
                    row["set"]["city"] = "Brno get"
                self.assertEqual(self.one(row)["status"], "updated")
                self.assertEqual((person.city, person.phone), (f"Brno {read}", phone))
                row["set"] = {"city": "Plzeň"}
                self.assertEqual(self.one(row)["status"], "conflict")

    def read_rev(self, person, by):
        if by == "get":
            answer = self.ok("get", entity="contact", keys=[{"id": person.id}])
            return answer["records"][0]["rev"]
        items, _cursor = self.pull_all(entities=["contact"])
        return next(item["rev"] for item in items if item["id"] == person.id)

    def test_unknown_revision_contests_what_differs(self):
        self.make_contact()
        row = self.contact(base_rev="0123456789abcdef", city="Brno")
        self.assertEqual(self.one(row)["status"], "conflict")

    def test_star_overrides(self):
        person, _rev = self.make_contact()
        person.city = "Brno"
        row = self.contact(base_rev="*", city="Plzeň")
        self.assertEqual(self.one(row)["status"], "updated")

    def test_reject_refuses_any_change_of_an_old_revision(self):
        person, rev = self.make_contact()
        person.city = "Brno"
        row = self.contact(base_rev=rev, phone="+420777000002")
        result = self.one(row, on_conflict="reject")
        self.assertEqual(result["status"], "conflict")
        self.assertFalse(person.phone)

    def test_source_priority_asks_nobody(self):
        self.client.conflict_policy = "source_priority"
        person, _rev = self.make_contact()
        hand = self.env["crm.golden"]._get_hand_trust()
        person.city = "Brno"
        self.source.trust = min(hand + 1, 100)
        self.assertEqual(self.one(self.contact(city="Plzeň"))["status"], "updated")
        self.assertEqual(person.city, "Plzeň")
        person.city = "Brno"
        self.source.trust = hand
        result = self.one(self.contact(city="Olomouc"))
        self.assertEqual(result["status"], "unchanged")
        self.assertEqual(result["conflict"]["city"]["theirs"], "Brno")

    # ------------------------------------------------------------------ customers

    def test_customer_is_kept_as_received_at_its_source(self):
        partner = self.make("C-1", city="Praha")
        self.one(self.row("C-1", city="Brno", observed_at="2026-01-02T03:04:05Z"))
        record = self.env["crm.source.record"].search(
            [("source_id", "=", self.source.id), ("key", "=", "C-1")]
        )
        self.assertEqual(record.partner_id, partner)
        self.assertEqual(record.accepted["city"], "Brno")
        self.assertEqual(record.accepted["name"], "Anna")
        self.assertEqual(record.payload, {"city": "Brno"})
        self.assertEqual(record.observed["city"], "2026-01-02 03:04:05")

    def believe(self, trust):
        """The customer is known to another source of this trust, that says Brno."""
        partner = self.make("C-1", city="Praha")
        rules = self.env["crm.survivorship.rule"].search([])
        rules.filtered(lambda r: "city" in r.mapped("field_ids.name")).active = False
        city = self.env["ir.model.fields"]._get("res.partner", "city")
        rule = self.env["crm.survivorship.rule"].create(
            {"name": "City", "field_ids": [(6, 0, city.ids)], "first": "trust"}
        )
        self.assertTrue(rule)
        other = self.env["crm.source"].create(
            {"name": "Web", "code": "PUSH-WEB", "trust": trust}
        )
        self.env["crm.source.record"].create(
            {
                "source_id": other.id,
                "key": "W-1",
                "partner_id": partner.id,
                "accepted": {"city": "Brno"},
            }
        )
        self.env["crm.golden"]._redecide({partner.id: {"city"}})
        return partner

    def test_trusted_source_is_believed_and_the_row_is_told(self):
        partner = self.believe(trust=90)
        self.assertEqual(partner.city, "Brno")
        result = self.one(self.row("C-1", base_rev="*", city="Plzeň"))
        self.assertEqual(result["status"], "unchanged")
        sides = result["conflict"]["city"]
        self.assertEqual(
            (sides["theirs"], sides["theirs_source"]), ("Brno", "PUSH-WEB")
        )
        self.assertEqual(partner.city, "Brno")

    def test_less_trusted_source_gives_way(self):
        partner = self.believe(trust=10)
        self.assertEqual(partner.city, "Praha")
        result = self.one(self.row("C-1", base_rev="*", city="Plzeň"))
        self.assertEqual((result["status"], partner.city), ("updated", "Plzeň"))

    def test_source_that_only_proposes_changes_nothing_by_itself(self):
        partner = self.make("C-1", city="Praha")
        self.source.proposes = True
        result = self.one(self.row("C-1", city="Brno"))
        self.assertEqual((result["status"], partner.city), ("unchanged", "Praha"))
        record = self.env["crm.source.record"].search([("key", "=", "C-1")])
        self.assertEqual(record.proposal, "open")

    def test_forgotten_person_is_refused_and_not_kept(self):
        self.env["crm.suppression"]._add({("email", "gone@example.com")}, None)
        result = self.one(self.row("C-1", name="Gone", email="gone@example.com"))
        self.assertStatus(result, "rejected", "forgotten")
        self.assertFalse(self.env["crm.exchange.row"].search([("key", "=", "C-1")]))
        partner = self.make("C-2")
        person = self.row("P-1", entity="contact", name="G", email="gone@example.com")
        person["refs"] = {"customer": self.key_of("C-2")}
        self.assertStatus(self.one(person), "rejected", "forgotten")
        result = self.one(self.row("C-2", email="gone@example.com"))
        self.assertStatus(result, "rejected", "forgotten")
        self.assertFalse(partner.email)

    def test_erased_person_leaves_no_trace_in_the_exchange(self):
        partner = self.make("C-1", email="anna@example.com", city="Praha")
        partner.city = "Brno"
        self.one(self.row("C-1", city="Plzeň"))
        self.assertTrue(self.conflict())
        erasure = self.env["crm.erasure"].create(
            {"partner_ids": partner.ids, "reason": "request"}
        )
        erasure.action_preview()
        erasure._run()
        self.assertEqual(erasure.state, "done", erasure.error)
        for name in ("crm.exchange.conflict", "crm.exchange.base", "crm.exchange.row"):
            domain = [("res_model", "=", "res.partner"), ("res_id", "=", partner.id)]
            self.assertFalse(self.env[name].search(domain), name)

    # ------------------------------------------------------------------ settling

    def conflict(self):
        return self.env["crm.exchange.conflict"].search(
            [("client_id", "=", self.client.id), ("state", "=", "open")]
        )

    def test_person_settles_field_by_field(self):
        person, _rev = self.make_contact(zip="11000", phone="+420777000001")
        person.write({"city": "Brno", "zip": "60200"})
        row = self.contact(city="Plzeň", zip="30100", phone="+420777000002")
        self.assertEqual(self.one(row)["status"], "conflict")
        conflict = self.conflict()
        with self.assertRaisesRegex(Exception, "choose a value"):
            conflict.action_apply()
        for line in conflict.line_ids:
            line.choice = "mine" if line.name == "city" else "theirs"
        conflict.action_apply()
        self.assertEqual(
            (person.city, person.zip, person.phone), ("Plzeň", "60200", "+420777000002")
        )
        self.assertEqual(conflict.state, "settled")
        self.assertEqual(self.one(row)["status"], "unchanged", "settled is settled")
        self.assertEqual(person.zip, "60200")

    def test_settled_for_the_partner_stays_whatever_sources_say(self):
        partner = self.believe(trust=90)
        self.assertEqual(
            self.one(self.row("C-1", city="Olomouc"))["status"], "conflict"
        )
        conflict = self.conflict()
        conflict.action_take_partner()
        self.assertEqual(partner.city, "Olomouc")
        self.env["crm.golden"]._redecide({partner.id: {"city"}})
        self.assertEqual(partner.city, "Olomouc")

    def test_one_line_of_an_address_leaves_the_others(self):
        partner = self.make("C-1", city="Praha", street="Dlouhá 1", zip="11000")
        other = self.make_writer("OTHER")
        other.source_id.trust = 90
        row = self.row(partner.id, op="patch", city="Brno")
        self.assertEqual(self.one(row, by=other)["status"], "updated")
        told = (partner.city, partner.street, partner.zip)
        self.assertEqual(told, ("Brno", "Dlouhá 1", "11000"))
        partner.street = "Krátká 2"
        row = self.row(partner.id, op="patch", city="Olomouc")
        self.assertEqual(self.one(row, by=other)["status"], "updated")
        told = (partner.city, partner.street, partner.zip)
        self.assertEqual(told, ("Olomouc", "Krátká 2", "11000"))

    def test_later_row_replaces_an_open_conflict(self):
        person, _rev = self.make_contact()
        person.city = "Brno"
        self.one(self.contact(city="Plzeň"))
        self.one(self.contact(city="Olomouc"))
        self.assertEqual(self.conflict().line_ids.mine, "Olomouc")
        self.one(self.contact(city="Brno"))
        self.assertFalse(self.conflict())

    def test_delete_of_a_changed_record_is_a_conflict(self):
        person, rev = self.make_contact()
        person.city = "Brno"
        row = self.contact(op="delete", base_rev=rev)
        self.assertEqual(self.one(row)["status"], "conflict")
        self.conflict().action_take_partner()
        self.assertFalse(person.active)
