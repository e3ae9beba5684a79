"""Attributes, customers and users that the tests of the profile share."""

from odoo.fields import Command
from odoo.tests import TransactionCase, new_test_user


class ProfileCase(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.company.partner_id.lang = "en_US"
        group = cls.env["crm.attribute.group"].create({"name": "Test Part"})
        cls.group = group
        cls.instrument = cls.make_attribute(
            "t_instrument",
            "choice",
            name="Instrument",
            choice_ids=[
                Command.create({"name": name, "code": name.lower()})
                for name in ("Violin", "Cello", "Drums")
            ],
        )
        cls.violin, cls.cello, cls.drums = cls.instrument.choice_ids
        cls.styles = cls.make_attribute(
            "t_styles",
            "choices",
            name="Styles",
            choice_ids=[
                Command.create({"name": name, "code": name.lower()})
                for name in ("Jazz", "Baroque", "Folk")
            ],
        )
        cls.jazz, cls.baroque, cls.folk = cls.styles.choice_ids
        cls.born = cls.env.ref("crm_extended.attribute_birth_date")
        cls.pieces = cls.make_attribute("t_pieces", "number", name="Pieces")
        cls.note = cls.make_attribute("t_note", "text", name="Note")
        cls.vegan = cls.make_attribute("t_vegan", "flag", name="Vegan")
        cls.interest = cls.make_attribute("t_interest", "category", name="Interest")
        cls.customers = cls.env["res.partner"].create(
            [{"name": f"Profiled {n}", "city": "Testville"} for n in range(4)]
        )
        cls.anna, cls.boris, cls.cyril, cls.dana = cls.customers
        cls.shop = new_test_user(
            cls.env, "p_shop", groups="crm_extended.group_customer_user"
        )
        cls.clerk = new_test_user(
            cls.env,
            "p_clerk",
            groups="crm_extended.group_customer_user,base.group_partner_manager",
        )
        cls.manager = new_test_user(
            cls.env, "p_manager", groups="crm_extended.group_customer_manager"
        )
        cls.steward = new_test_user(
            cls.env, "p_steward", groups="crm_extended.group_steward"
        )
        cls.stranger = new_test_user(
            cls.env, "p_stranger", groups="base.group_user,base.group_partner_manager"
        )

    @classmethod
    def make_attribute(cls, code, kind, **values):
        return cls.env["crm.attribute"].create(
            {
                "name": code,
                "code": code,
                "kind": kind,
                "group_id": cls.group.id,
                **values,
            }
        )

    @classmethod
    def say(cls, partner, attribute, *values, source=None, certainty=None):
        rows = [(partner.id, attribute, list(values))]
        cls.env["crm.attribute.value"]._store(rows, source, certainty)

    def current(self, partner, attribute):
        rows = partner.attribute_value_ids
        return rows.filtered(lambda row: row.attribute_id == attribute)

    def find(self, text, user=None):
        partners = self.env["res.partner"].with_user(user or self.shop)
        return partners.search([("city", "=", "Testville"), ("profile", "=", text)])
