import random

from odoo import fields
from odoo.fields import Command
from odoo.tools import SQL

from .merge_common import MergeCase


class MergeWorld(MergeCase):
    """A shop with customers that have documents of every kind, grown at random."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.random = random.Random(1940)
        cls.company = cls.env.company
        cls.journal = cls.env["account.journal"].search(
            [("type", "=", "sale"), ("company_id", "=", cls.company.id)], limit=1
        )
        cls.program = cls.env["loyalty.program"].create(
            {"name": "Strings", "program_type": "loyalty", "applies_on": "both"}
        )
        cls.tags = cls.env["res.partner.category"].create(
            [{"name": name} for name in ("Violin", "Cello", "Harp")]
        )
        cls.team = cls.env["crm.team"].create(
            {
                "name": "Strings",
                "lead_properties_definition": [
                    {
                        "name": "aa11aa11aa11aa11",
                        "string": "Teacher",
                        "type": "many2one",
                        "comodel": "res.partner",
                    },
                    {
                        "name": "bb22bb22bb22bb22",
                        "string": "Players",
                        "type": "many2many",
                        "comodel": "res.partner",
                    },
                ],
            }
        )

    @classmethod
    def invoice(cls, partner, post=True, price=100.0):
        move = cls.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": partner.id,
                "invoice_date": fields.Date.today(),
                "journal_id": cls.journal.id,
                "invoice_line_ids": [
                    Command.create(
                        {"name": "Violin", "price_unit": price, "tax_ids": False}
                    )
                ],
            }
        )
        if post:
            move.action_post()
        return move

    @classmethod
    def pay(cls, invoice):
        register = cls.env["account.payment.register"]
        wizard = register.with_context(
            active_model="account.move", active_ids=invoice.ids
        ).create({})
        return wizard._create_payments()

    @classmethod
    def secure(cls, move, digest="$4$secured"):
        """As the closing of a period leaves an entry."""
        cls.env.flush_all()
        cls.env.cr.execute(
            "UPDATE account_move SET inalterable_hash = %s WHERE id = %s",
            [digest, move.id],
        )
        cls.env.invalidate_all()

    def grow(self, partner, others):
        """Give a customer documents of every kind, some shared with others."""
        pick = self.random.choice
        some = self.random.sample(others, 2)
        for _ in range(self.random.randint(0, 2)):
            self.order(partner)
        if self.random.random() < 0.7:
            move = self.invoice(partner)
            if self.random.random() < 0.5:
                self.pay(move)
        greeting = "Hello"
        partner.message_post(body=greeting, partner_ids=[pick(others).id])
        partner.message_subscribe([other.id for other in some])
        pick(others).message_subscribe([partner.id])
        partner.activity_schedule("mail.mail_activity_data_todo", user_id=1)
        partner.category_id = self.tags[: self.random.randint(0, 3)]
        self.env["ir.attachment"].create(
            {"name": "note", "res_model": "res.partner", "res_id": partner.id}
        )
        self.env["loyalty.card"].create(
            {
                "partner_id": partner.id,
                "program_id": self.program.id,
                "points": self.random.randint(1, 50),
            }
        )
        self.env["res.partner.bank"].create(
            {"acc_number": pick(["CZ1", "CZ2", "CZ3"]), "partner_id": partner.id}
        )
        lead = self.env["crm.lead"].create(
            {"name": "Wants a cello", "partner_id": partner.id, "team_id": self.team.id}
        )
        lead.lead_properties = {
            "aa11aa11aa11aa11": pick(others).id,
            "bb22bb22bb22bb22": [other.id for other in some],
        }
        self.env["calendar.event"].create(
            {
                "name": "Trial",
                "start": "2026-01-02 10:00:00",
                "stop": "2026-01-02 11:00:00",
                "partner_ids": [Command.set([partner.id, some[0].id])],
            }
        )
        message = self.env["mail.message"].create(
            {"body": "To both", "model": "res.partner", "res_id": partner.id}
        )
        self.env["crm.interaction"].create(
            [
                {"partner_id": who.id, "message_id": message.id, "channel": "mail"}
                for who in (partner, some[1])
            ]
        )
        self.env["ir.model.data"].create(
            {
                "module": "__import__",
                "name": f"merge_world_{partner.id}",
                "model": "res.partner",
                "res_id": partner.id,
            }
        )
        self.stay(partner)

    def stay(self, partner):
        segment = self.random.choice(self.segments())
        self.env.cr.execute(
            """INSERT INTO crm_segment_member
                      (segment_id, partner_id, valid_from, reason)
               VALUES (%s, %s, %s, 'grown')""",
            [segment.id, partner.id, f"2026-0{self.random.randint(1, 6)}-01"],
        )

    def segments(self):
        if not hasattr(self, "_segments"):
            family = self.env["crm.segment.family"].create(
                {"name": "Worth", "code": "grown", "exclusive": True}
            )
            self._segments = self.env["crm.segment"].create(
                [
                    {"name": "Gold", "family_id": family.id, "sequence": 1},
                    {"name": "Silver", "family_id": family.id, "sequence": 2},
                    {"name": "Strings"},
                ]
            )
        return self._segments

    def left_behind(self, losers):
        """(place, id) of what still refers to merged records, unreported.

        Read from the catalogue anew, not from the engine's own list.
        """
        self.env.cr.execute(
            """
            SELECT r.relname, a.attname FROM pg_constraint c
              JOIN pg_class r ON r.oid = c.conrelid
              JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum = c.conkey[1]
             WHERE c.contype = 'f' AND c.confrelid = 'res_partner'::regclass
            """
        )
        open_dialogs = self.merges._transient_tables()
        found = []
        for table, column in self.env.cr.fetchall():
            own = table.startswith(("crm_merge", "crm_match", "crm_golden"))
            if own or table in open_dialogs:
                continue
            if (table, column) == ("res_partner", "commercial_partner_id"):
                continue
            self.env.cr.execute(
                SQL(
                    """SELECT t.%(column)s FROM %(table)s t
                        WHERE t.%(column)s = ANY(%(ids)s)
                          AND NOT EXISTS (SELECT FROM crm_merge_move j
                               JOIN crm_merge_source s ON s.id = j.source_id
                              WHERE j.kind = 'kept' AND j.table_name = %(name)s
                                AND j.column_name = %(field)s
                                AND s.partner_id = t.%(column)s)""",
                    column=SQL.identifier(column),
                    table=SQL.identifier(table),
                    ids=losers.ids,
                    name=table,
                    field=column,
                )
            )
            found += [(f"{table}.{column}", id_) for (id_,) in self.env.cr.fetchall()]
        return found
