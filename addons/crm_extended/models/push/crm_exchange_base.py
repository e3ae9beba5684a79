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
    def _agree(self, client, entity, said, shown=None):
        """Note what was settled and what was told; what stays the same is not written.

        :param said: {id: {field: value}}, added to what was said before
        :param shown: {id: (revision, {field: value in canonical form})}
        """
        said, shown = said or {}, shown or {}
        ids = list(said.keys() | shown.keys())
        if not ids:
            return
        names = [field.name for field in entity.fields]
        told = [shown.get(res_id, (None, None)) for res_id in ids]
        self.env.cr.execute(
            SQL(
                """INSERT INTO crm_exchange_base AS b
                       (client_id, entity, res_model, res_id, said, rev, seen)
                   SELECT %s, %s, %s, v.id, v.said, v.rev, v.seen
                     FROM unnest(%s::int[], %s::jsonb[], %s::text[], %s::bytea[])
                       AS v (id, said, rev, seen)
                   ON CONFLICT (client_id, entity, res_id) DO UPDATE
                      SET said = COALESCE(b.said, '{}')
                              || COALESCE(EXCLUDED.said, '{}'),
                          rev = COALESCE(EXCLUDED.rev, b.rev),
                          seen = COALESCE(EXCLUDED.seen, b.seen)
                    WHERE NOT COALESCE(b.said, '{}') @> COALESCE(EXCLUDED.said, '{}')
                       OR b.rev IS DISTINCT FROM COALESCE(EXCLUDED.rev, b.rev)""",
                client.id,
                entity.name,
                entity.model,
                ids,
                [json.dumps(said[i]) if i in said else None for i in ids],
                [rev for rev, _values in told],
                [None if rev is None else pack(vals, names) for rev, vals in told],
            )
        )
