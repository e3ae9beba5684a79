from odoo.tests import TransactionCase


class RelationCase(TransactionCase):
    """A company with a branch, a household and their people."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.types = {
            name: cls.env.ref(f"crm_extended.relation_type_{name}")
            for name in ("branch", "subsidiary", "works_for", "competitor", "household")
        }
        names = ("House", "Shop", "Annex")
        cls.house, cls.shop, cls.annex = cls.env["res.partner"].create(
            [{"name": name, "is_company": True} for name in names]
        )
        cls.anna, cls.boris, cls.family = cls.env["res.partner"].create(
            [{"name": "Anna"}, {"name": "Boris"}, {"name": "Family"}]
        )

    @classmethod
    def role(cls, name, inverse=False):
        return cls.types[name].id * 2 + int(inverse)

    @classmethod
    def relate(cls, partner, name, other, inverse=False, **values):
        """What somebody enters on the customer's page."""
        vals = {"partner_id": partner.id, "other_id": other.id, **values}
        vals["role_id"] = cls.role(name, inverse)
        return cls.env["crm.relation"].create(vals)
