from odoo import api, models
from odoo.tools import SQL

# refused for reasons that no mending of the row would change, or that must not be kept
_NOT_KEPT = frozenset({"out_of_scope", "invalid_argument", "forgotten", "erased"})


class ExchangePushKeep(models.AbstractModel):
    """Rows that could not be carried out are kept, until a person or a record comes."""

    _inherit = "crm.exchange"

    @api.model
    def _push_keep(self, client, rows, again=False):
        """Keep rejected, deferred and contested rows; go on with those that waited.

        :param again: these rows were kept before, and take their results themselves
        """
        known = [row for row in rows if row.entity and row.key]
        if not again:
            self._push_outdate(client, known)
            self._push_keep_rows(client, known)
        contested = [row for row in known if row.status == "conflict"]
        self.env["crm.exchange.conflict"]._record(client, contested)
        if not again:
            there = {
                (row.entity.name, row.own_key)
                for row in known
                if row.own_key and row.status == "created"
            }
            self.env["crm.exchange.row"]._settle(client, there)

    @api.model
    def _push_keep_rows(self, client, rows):
        kept = [row for row in rows if self._push_is_kept(row)]
        if not kept:
            return
        batch = self.env.context.get("exchange_batch", "")
        records = self.env["crm.exchange.row"].create(
            [
                {
                    "client_id": client.id,
                    "state": row.status,
                    "batch": batch,
                    "row_ref": row.row_id,
                    "op": row.op,
                    "entity": row.entity.name,
                    "key": str(row.key),
                    "res_model": row.entity.model if row.res_id else False,
                    "res_id": row.res_id,
                    "policy": self.env.context.get("exchange_policy", ""),
                    "credential_ref": self._credential().id,
                    "payload": {k: v for k, v in row.raw.items() if k != "row_id"},
                    "errors": row.errors or False,
                }
                for row in kept
            ]
        )
        self.env["crm.exchange.row.wait"].create(
            [
                {"row_id": record.id, "entity": entity, "key": key}
                for record, row in zip(records, kept, strict=True)
                for entity, key in row.waiting
            ]
        )

    @api.model
    def _push_is_kept(self, row):
        if row.status == "rejected":
            return not {error["code"] for error in row.errors} & _NOT_KEPT
        return row.status == "deferred"

    # ------------------------------------------------------------------ later rows

    @api.model
    def _push_outdate(self, client, rows):
        """A later row of a record takes from those that wait what it says anew."""
        by_place = {(row.entity.name, str(row.key)): row for row in rows}
        if not by_place:
            return
        waiting = self.env["crm.exchange.row"]
        waiting.flush_model(["client_id", "entity", "key", "state"])
        found = self.env.execute_query(
            SQL(
                """SELECT r.id FROM crm_exchange_row r
                     JOIN unnest(%s::text[], %s::text[]) AS p (entity, key)
                       ON p.entity = r.entity AND p.key = r.key
                    WHERE r.client_id = %s AND r.state IN ('rejected', 'deferred')""",
                [entity for entity, _key in by_place],
                [key for _entity, key in by_place],
                client.id,
            )
        )
        replaced = waiting.browse()
        for record in waiting.browse([row_id for (row_id,) in found]):
            left = _less(record.payload or {}, by_place[record.entity, record.key])
            if left:
                record.payload = left
            else:
                replaced |= record
        if replaced:
            replaced.with_context(by_itself=True)._close("superseded")
        self.env["crm.exchange.conflict"]._outdate(client, rows)


def _less(payload, later):
    """What an earlier row still has to say after a later one; None for nothing."""
    if later.op in ("delete", "merge") or payload.get("op") in ("delete", "merge"):
        return None
    said = set(later.set) | set(later.refs)
    left = dict(payload)
    for part in ("set", "refs"):
        values = payload.get(part)
        if isinstance(values, dict):
            left[part] = {k: v for k, v in values.items() if k not in said}
    if isinstance(payload.get("unset"), list):
        left["unset"] = [name for name in payload["unset"] if name not in said]
    return left if any(left.get(part) for part in ("set", "refs", "unset")) else None
