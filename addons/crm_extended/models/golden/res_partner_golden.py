from odoo import fields, models
from odoo.tools import SQL

from .crm_golden_choice import Choice
from .crm_golden_voice import _to_seconds


class ResPartner(models.Model):
    """What a person changes on a customer is a statement beside the sources'."""

    _inherit = "res.partner"

    golden_ids = fields.One2many(
        "crm.golden",
        "partner_id",
        string="Golden Values",
        readonly=True,
        groups="crm_extended.group_customer_user",
    )

    def write(self, vals):
        """Keep a person's edit as a record, when sources know the customer, too.

        Of a customer without records all is entered by hand anyway. That it has none
        costs one look into an index, and most writes end there.
        """
        watched = self.env["crm.survivorship.rule"]._get_watched() & vals.keys()
        known = self._get_known_to_sources() if watched else None
        if not known:
            return super().write(vals)
        golden = self.env["crm.golden"]
        before = {p: {n: golden._read_value(p, n) for n in watched} for p in known}
        result = super().write(vals)
        known._note_by_hand(before)
        return result

    def _get_known_to_sources(self):
        """Those of which a source keeps a record, if a person is at work."""
        if not self.ids or not self.env["crm.golden"]._is_by_person():
            return self.browse()
        records = self.env["crm.source.record"]
        records.flush_model(["partner_id"])
        rows = self.env.execute_query(
            SQL(
                """SELECT p.id FROM unnest(%s::int[]) AS p(id)
                   WHERE EXISTS (
                       SELECT FROM crm_source_record r WHERE r.partner_id = p.id)""",
                list(self.ids),
            )
        )
        return self.browse([id_ for (id_,) in rows])

    def _note_by_hand(self, before):
        """Remember what a person changed; fields that belong together, all of them."""
        golden = self.env["crm.golden"].sudo()
        rules = self.env["crm.survivorship.rule"]
        said = {}
        for partner, old in before.items():
            changed = {n for n in old if golden._read_value(partner, n) != old[n]}
            names = set()
            for rule in rules._get_rules(partner.sudo().company_id.id or 0):
                if changed.intersection(rule.fields):
                    names.update(rule.fields)
            if names:
                row = partner.sudo()
                said[partner.id] = {n: golden._read_value(row, n) for n in names}
        now = fields.Datetime.now()
        kept = (
            self.env["crm.source.record"]
            .sudo()
            ._say_by_hand(said, dict.fromkeys(said, now))
        )
        stamp = _to_seconds(now)
        golden._upsert(
            [
                (id_, name, Choice(value, id_, "manual", *kept[id_], stamp, True))
                for id_, values in said.items()
                if id_ in kept
                for name, value in values.items()
            ],
            "entered",
            by=self.env.uid,
        )
