"""A shop with articles, customers and programmes that tests of programmes share."""

from odoo.fields import Command
from odoo.tests import TransactionCase, new_test_user


class ProgrammeCase(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["loyalty.program"].search([]).action_archive()
        cls.strings, cls.books = cls.env["product.category"].create(
            [{"name": "T Strings"}, {"name": "T Books"}]
        )
        cls.string, cls.book, cls.piano = cls.env["product.product"].create(
            [
                cls.article("T String", 10, cls.strings),
                cls.article("T Book", 20, cls.books),
                cls.article("T Piano", 1000, cls.env["product.category"]),
            ]
        )
        cls.anna, cls.jan = cls.env["res.partner"].create(
            [{"name": "T Anna"}, {"name": "T Jan"}]
        )
        cls.segment = cls.env["crm.segment"].create({"name": "T Friends"})

    @classmethod
    def article(cls, name, price, category, **values):
        values = {"categ_id": category.id, **values} if category else values
        return {"name": name, "list_price": price, "taxes_id": False, **values}

    @classmethod
    def make_club(cls, **values):
        """A loyalty programme: one point per unit of money, on members' cards."""
        return cls.make_program(
            **{
                "name": "T Club",
                "program_type": "loyalty",
                "applies_on": "both",
                "trigger": "auto",
                "rules": [{"reward_point_mode": "money", "reward_point_amount": 1}],
                "rewards": [{"discount": 5, "required_points": 200}],
                **values,
            }
        )

    @classmethod
    def make_promotion(cls, percent, **values):
        """So many percent off, by itself."""
        rewards = [{"discount": percent, "discount_mode": "percent"}]
        return cls.make_program(
            **{
                "name": f"T {percent} %",
                "program_type": "promotion",
                "applies_on": "current",
                "trigger": "auto",
                "rules": [{"minimum_qty": 0}],
                "rewards": rewards,
                **values,
            }
        )

    @classmethod
    def make_program(cls, rules, rewards, **values):
        return cls.env["loyalty.program"].create(
            {
                "rule_ids": [Command.clear(), *map(Command.create, rules)],
                "reward_ids": [Command.clear(), *map(Command.create, rewards)],
                "company_id": cls.env.company.id,
                **values,
            }
        )

    @classmethod
    def make_order(cls, *lines, partner=None):
        """An order of (product, quantity)."""
        return cls.env["sale.order"].create(
            {
                "partner_id": (partner or cls.anna).id,
                "order_line": [
                    Command.create({"product_id": p.id, "product_uom_qty": n})
                    for p, n in lines
                ],
            }
        )

    @classmethod
    def join(cls, partner, segment=None, since="2020-01-01", until=None):
        cls.env["crm.segment.member"].create(
            {
                "segment_id": (segment or cls.segment).id,
                "partner_id": partner.id,
                "valid_from": since,
                "valid_to": until,
            }
        )
        cls.env.flush_all()

    def points(self, order, program):
        """Points that the order gives in a programme as it stands."""
        order._update_programs_and_rewards()
        return order._get_points_of(program)

    @classmethod
    def make_users(cls):
        groups = {
            "stranger": "base.group_user",
            "seller": "sales_team.group_sale_salesman_all_leads",
            "user": "crm_extended.group_loyalty_user",
            "manager": "crm_extended.group_loyalty_manager",
        }
        for name, group in groups.items():
            user = new_test_user(cls.env, f"t_loyalty_{name}", groups=group)
            setattr(cls, name, user)
