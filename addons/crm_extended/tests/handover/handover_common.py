from datetime import date, timedelta

from odoo import fields
from odoo.fields import Command
from odoo.tests import TransactionCase, new_test_user

SALES = "crm_extended.group_customer_user,sales_team.group_sale_salesman"
MANAGER = "crm_extended.group_customer_manager"


class HandoverCase(TransactionCase):
    """Jan leaves; Eva and Marek may take over; Hana is their manager."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context=dict(cls.env.context, tracking_disable=True))
        cls.jan = new_test_user(cls.env, "han_jan", groups=SALES, name="Jan")
        cls.eva = new_test_user(cls.env, "han_eva", groups=SALES, name="Eva")
        cls.marek = new_test_user(cls.env, "han_marek", groups=SALES, name="Marek")
        cls.hana = new_test_user(cls.env, "han_hana", groups=MANAGER, name="Hana")
        cls.czech = cls.env.ref("base.cz")
        cls.polish = cls.env.ref("base.pl")

    @classmethod
    def add_customer(cls, name, **vals):
        vals = {"name": name, "user_id": cls.jan.id, "country_id": cls.czech.id, **vals}
        return cls.env["res.partner"].create(vals)

    @classmethod
    def add_lead(cls, partner, **vals):
        vals = {
            "name": f"Lead of {partner.name}",
            "type": "opportunity",
            "partner_id": partner.id,
            "user_id": cls.jan.id,
            "expected_revenue": 100,
            **vals,
        }
        return cls.env["crm.lead"].create(vals)

    @classmethod
    def add_order(cls, partner, **vals):
        product = cls.env["product.product"].create({"name": "Violin", "list_price": 5})
        line = Command.create({"product_id": product.id})
        vals = {
            "partner_id": partner.id,
            "user_id": cls.jan.id,
            "order_line": [line],
            **vals,
        }
        return cls.env["sale.order"].create(vals)

    @classmethod
    def add_meeting(cls, partner, days, **vals):
        start = fields.Datetime.now() + timedelta(days=days)
        guests = partner | cls.jan.partner_id
        return cls.env["calendar.event"].create(
            {
                "name": f"Meeting with {partner.name}",
                "start": start,
                "stop": start + timedelta(hours=1),
                "user_id": cls.jan.id,
                "partner_ids": [Command.set(guests.ids)],
                **vals,
            }
        )

    @classmethod
    def prepare(cls, successors=None, user=None, **vals):
        """A previewed handover from Jan, as the manager makes it."""
        takers = successors or [{"user_id": cls.eva.id}]
        handover = (
            cls.env["crm.handover"]
            .with_user(user or cls.hana)
            .create(
                {
                    "user_id": cls.jan.id,
                    "successor_ids": [Command.create(taker) for taker in takers],
                    **vals,
                }
            )
        )
        handover.action_prepare()
        return handover

    @classmethod
    def hand_over(cls, *args, **kwargs):
        """A handover done: the queue's job is called at once."""
        handover = cls.prepare(*args, **kwargs)
        cls.start(handover)
        return handover

    @classmethod
    def start(cls, handover):
        handover.action_start()
        handover._run()
        handover.invalidate_recordset()
        cls.env.invalidate_all()

    @classmethod
    def undo(cls, handover):
        handover.action_undo()
        handover._run()
        cls.env.invalidate_all()

    def line_of(self, handover, partner):
        return handover.line_ids.filtered(lambda line: line.partner_id == partner)


def today(days=0):
    return date.today() + timedelta(days=days)
