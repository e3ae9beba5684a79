"""Customers, scores and users that the tests of segments share."""

from odoo.fields import Command
from odoo.tests import TransactionCase, new_test_user

DAY = "2030-03-01"
NEXT = "2030-03-02"
LATER = "2030-04-01"


class SegmentCase(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.company.partner_id.lang = "en_US"
        cls.env["crm.segment"].search([]).action_archive()
        cls.recency, cls.frequency = cls.env["crm.score"].create(
            [
                {"name": "Recency", "code": "t_r", "decimals": 0},
                {"name": "Frequency", "code": "t_f", "decimals": 0},
            ]
        )
        cls.family = cls.env["crm.segment.family"].create(
            {"name": "Value", "code": "t_value", "exclusive": True}
        )
        cls.customers = cls.make_customers(10)
        cls.user = new_test_user(
            cls.env, "t_shop", groups="crm_extended.group_customer_user"
        )
        cls.manager = new_test_user(
            cls.env, "t_manager", groups="crm_extended.group_customer_manager"
        )
        cls.stranger = new_test_user(cls.env, "t_stranger", groups="base.group_user")

    @classmethod
    def make_customers(cls, count, **values):
        return cls.env["res.partner"].create(
            [
                {"name": f"Tester {n:04d}", "city": "Testville", **values}
                for n in range(count)
            ]
        )

    @classmethod
    def make_segment(cls, name, conditions=(), **values):
        """A segment with (score, minimum, maximum) conditions, last in its family."""
        return cls.env["crm.segment"].create(
            {
                "name": name,
                "sequence": cls.env["crm.segment"].search_count([]) + 1,
                "condition_ids": [
                    Command.create({"score_id": s.id, "minimum": low, "maximum": high})
                    for s, low, high in conditions
                ],
                **values,
            }
        )

    def rate(self, score, values, company=None, date=DAY):
        """Give customers, in their order, these values; None leaves one without."""
        rows = [
            (customer.id, value, None)
            for customer, value in zip(self.customers, values, strict=False)
            if value is not None
        ]
        return score._store(rows, date, "1", company)

    def refresh(self, day=DAY, segments=None):
        return self.env["crm.segment"]._refresh(segments, day)

    def members(self, segment):
        return segment.member_ids.filtered(lambda m: not m.valid_to).partner_id
