import json

from odoo import api, fields, models
from odoo.tools import SQL

from ...exchange.digest import Digests, pack
from ...exchange.merge3 import UNKNOWN, Base
from .unchecked_link import UncheckedLink


class ExchangeBase(models.Model):
    """What a client and we last agreed on about one record: the base of a merge.

    Two agreements are kept. `said`: the values the client pushed itself, when they were
    settled; the base for rows that name no revision. `seen`: digests of all values
    the client was given, with their revision; the base for a row that names it. Being
    given is not the same as having stored, so without the revision it proves nothing.

    One row for each client and record that it pushed, or was given with the right to
    change it; none for clients that only read. About 300 bytes a row for customers:
    a client that pushes a million of them costs 300 MB.
    """

    _name = "crm.exchange.base"
    _description = "Last Agreement with a Client"
    _order = "id desc"
    _log_access = False  # many rows, written by the exchange only

    client_id = UncheckedLink("crm.exchange.client", required=True, readonly=True)
    entity = fields.Char(required=True, readonly=True)
    res_model = fields.Char(required=True, readonly=True)
    res_id = fields.Many2oneReference(
        model_field="res_model", required=True, readonly=True, index=True
    )
    said = fields.Json(readonly=True, help="Values the client pushed, when settled")
    rev = fields.Char(readonly=True, help="Revision the client was given last")
    seen = fields.Binary(
        attachment=False, readonly=True, help="Digests of the values of that revision"
    )

    _record_uniq = models.Constraint(
        "UNIQUE (client_id, entity, res_id)", "One agreement for a client and record."
    )

    @api.model
    def _find(self, client, entity, ids):
        """{id: (values said, revision given, Digests of it)}"""
        self.env.cr.execute(
            SQL(
                """SELECT res_id, said, rev, seen FROM crm_exchange_base
                    WHERE client_id = %s AND entity = %s AND res_id = ANY(%s)""",
                client.id,
                entity.name,
                list(ids),
            )
        )
        names = [field.name for field in entity.fields]
        return {
            res_id: (said or {}, rev, Digests(seen or b"", names))
            for res_id, said, rev, seen in self.env.cr.fetchall()
        }

    @api.model
    def _base_of(self, row, current_rev, known):
        """The base that a row means by its revision.

        :param known: as `_find` gives it for the record, or None
        :return: `Base`; None where it means what stands here, or names no revision
        """
        _said, rev, seen = known or ({}, "", None)
        if row.base_rev in ("", "*", current_rev):
            return None
        return Base(digests=seen) if row.base_rev == rev else UNKNOWN

    @api.model
    def _agree(self, client, entity, said):
        """Note values that were settled; a row that stays the same is not written.

        :param said: {id: {field: value}}, added to what was said before
        """
        said = {res_id: values for res_id, values in said.items() if values}
        if not said:
            return
        self.env.cr.execute(
            SQL(
                """INSERT INTO crm_exchange_base AS b
                       (client_id, entity, res_model, res_id, said)
                   SELECT %s, %s, %s, v.id, v.said
                     FROM unnest(%s::int[], %s::jsonb[]) AS v (id, said)
                   ON CONFLICT (client_id, entity, res_id) DO UPDATE
                      SET said = COALESCE(b.said, '{}') || EXCLUDED.said
                    WHERE NOT COALESCE(b.said, '{}') @> EXCLUDED.said""",
                client.id,
                entity.name,
                entity.model,
                list(said),
                [json.dumps(values) for values in said.values()],
            )
        )

    @api.model
    def _show(self, client, entity, shown):
        """Note what a client that may change these records was given.

        :param shown: {id: (revision, {field: value in canonical form})}
        """
        if not shown:
            return
        names = [field.name for field in entity.fields]
        self.env.cr.execute(
            SQL(
                """INSERT INTO crm_exchange_base AS b
                       (client_id, entity, res_model, res_id, rev, seen)
                   SELECT %s, %s, %s, v.id, v.rev, v.seen
                     FROM unnest(%s::int[], %s::text[], %s::bytea[])
                       AS v (id, rev, seen)
                   ON CONFLICT (client_id, entity, res_id) DO UPDATE
                      SET rev = EXCLUDED.rev, seen = EXCLUDED.seen
                    WHERE b.rev IS DISTINCT FROM EXCLUDED.rev""",
                client.id,
                entity.name,
                entity.model,
                list(shown),
                [rev for rev, _values in shown.values()],
                [pack(values, names) for _rev, values in shown.values()],
            )
        )
