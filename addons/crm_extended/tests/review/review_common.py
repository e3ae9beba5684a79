from odoo.tests import TransactionCase, new_test_user


class ReviewCase(TransactionCase):
    """Possible duplicates of three people, and the stewards who decide them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["crm.match"].sudo().search([]).unlink()
        cls.steward, cls.colleague = (
            new_test_user(cls.env, login, groups="crm_extended.group_steward")
            for login in ("review_steward", "review_colleague")
        )
        cls.steward.name, cls.colleague.name = "Stella", "Clara"
        cls.setting = cls.env["crm.match.setting"]._for_kind("person")
        cls.jan = cls.make_cluster("Jan", 3, weight=20)
        cls.eva = cls.make_cluster("Eva", 2, weight=15)
        cls.petr = cls.make_cluster("Petr", 2, weight=10)

    @classmethod
    def make_cluster(cls, name, size, weight):
        """`size` records that differ in their phone, all pairs of them proposed."""
        partners = cls.env["res.partner"].create(
            [
                {"name": name, "city": "Brno", "phone": f"+420 601 000 00{number}"}
                for number in range(size)
            ]
        )
        cls.env["crm.match"].create(
            [
                {
                    "partner_id": left.id,
                    "other_id": right.id,
                    "weight": weight,
                    "probability": 0.999,
                    "evidence": [
                        {
                            "field": "name",
                            "label": "Name",
                            "level": "exact",
                            "left": name,
                            "right": name,
                            "bits": weight,
                        }
                    ],
                    "setting_id": cls.setting.id,
                }
                for at, left in enumerate(partners)
                for right in partners[at + 1 :]
            ]
        )
        cls.env["crm.match"]._recluster(cls.setting)
        return partners

    def review(self, user=None):
        return self.env["crm.review"].with_user(user or self.steward)

    def card(self, name, user=None):
        queue = self.review(user).read_queue(10)
        return next(c for c in queue["cards"] if c["records"][0]["name"] == name)

    def matches(self, partners):
        return self.env["crm.match"].search([("partner_id", "in", partners.ids)])

    def row(self, card, key):
        return next(row for row in card["rows"] if row["key"] == key)
