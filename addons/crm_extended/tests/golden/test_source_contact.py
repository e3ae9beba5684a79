"""Contacts of mailing lists find their customer, or wait as a proposal of one."""

from odoo.exceptions import UserError
from odoo.tests import tagged

from .golden_common import GoldenCase


@tagged("post_install", "-at_install")
class TestSourceContact(GoldenCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sources = cls.env["crm.source"]
        cls.jana = cls.make_partner(
            "Jana Nováková", email="jana@harfa.example", phone="+420777123456"
        )

    def make_contact(self, name="Jana N.", email=False, **vals):
        contact = self.env["mailing.contact"].create(
            {"name": name, "email": email, **vals}
        )
        self.sources._collect_contacts()
        return contact

    def get_record(self, contact):
        key = f"mailing.contact,{contact.id}"
        return self.env["crm.source.record"].search([("key", "=", key)])

    def test_a_contact_finds_its_customer_by_the_normalised_address(self):
        record = self.get_record(self.make_contact(email="JANA@Harfa.example "))
        self.assertEqual(record.partner_id, self.jana)
        self.assertEqual(record.proposal, "open", "another name waits for a person")
        self.assertEqual(self.jana.name, "Jana Nováková")
        record.with_user(self.steward).action_take()
        self.assertEqual(self.jana.name, "Jana N.")

    def test_a_customer_is_found_by_the_number_or_the_address(self):
        found = self.sources._find_customers(
            {
                1: (None, "+420777123456"),
                2: ("jana@harfa.example", "x"),
                3: (None, None),
            }
        )
        self.assertEqual((found[1], found[2]), (self.jana, self.jana))
        self.assertFalse(found[3])

    def test_a_stranger_is_proposed_and_made_a_customer_by_a_person_only(self):
        contact = self.make_contact("Petr Nový", "petr@novy.example")
        twin = self.make_contact("P. Nový", "Petr@novy.example")
        partners = self.env["res.partner"]
        domain = [("email_normalized", "=", "petr@novy.example")]
        records = self.get_record(contact) + self.get_record(twin)
        self.assertEqual(records.mapped("proposal"), ["open"] * 2)
        self.assertIn("petr@novy.example", records[0].with_user(self.steward).news)
        self.assertFalse(partners.search(domain))
        records.with_user(self.steward).action_take()
        made = partners.search(domain)
        self.assertEqual(len(made), 1, "one person on two lists")
        self.assertEqual(records.partner_id, made)
        self.assertEqual(records.mapped("proposal"), ["taken"] * 2)

    def test_a_customer_who_comes_later_is_found_at_the_next_pass(self):
        contact = self.make_contact("Petr Nový", "petr@novy.example")
        self.assertFalse(self.get_record(contact).partner_id)
        petr = self.make_partner("Petr Nový", email="petr@novy.example")
        self.sources._collect_contacts()
        record = self.get_record(contact)
        self.assertEqual((record.partner_id, record.proposal), (petr, False))

    def test_who_shares_the_address_of_several_is_no_one_of_them(self):
        other = self.make_partner("Karel", email="jana@harfa.example")
        record = self.get_record(self.make_contact(email="jana@harfa.example"))
        record = record.with_user(self.steward)
        self.assertFalse(record.partner_id)
        self.assertIn(f"(ID {other.id})", record.news)
        with self.assertRaisesRegex(UserError, "Merge them first"):
            record.action_take()

    def test_a_declined_or_deleted_contact_is_not_proposed_again(self):
        contact = self.make_contact("Petr Nový", "petr@novy.example")
        record = self.get_record(contact).with_user(self.steward)
        record.action_decline()
        self.sources._collect_contacts()
        self.assertEqual(record.proposal, "declined")
        contact.unlink()
        self.assertFalse(record.exists())

    def test_who_asked_to_be_forgotten_is_not_proposed(self):
        self.env["crm.suppression"]._add([("email", "petr@novy.example")])
        contact = self.make_contact("Petr Nový", "petr@novy.example")
        self.assertFalse(self.get_record(contact))
