from odoo import api, models

from ...exchange.row import INTO
from .crm_exchange_push_customer import CUSTOMER

_DELETED = "~deleted"  # beside the names of fields in what a client said


class ExchangePushOther(models.AbstractModel):
    """Deleting and merging: both can be undone here, and neither loses a reference."""

    _inherit = "crm.exchange"

    # ------------------------------------------------------------------ delete

    @api.model
    def _push_delete(self, client, scope, rows, policy):
        entity = rows[0].entity
        ids = [row.res_id for row in rows if row.res_id]
        current = self._push_read(client, entity, scope, ids)
        going = []
        for row in rows:
            if not row.res_id:
                row.reject("not_found", "There is no such record.", "key", got=row.key)
                continue
            row.rev = current[row.res_id][0]
            if row.base_rev not in ("", "*", row.rev):
                row.status = "conflict"
                row.conflict = {"base_rev": {"mine": row.base_rev, "theirs": row.rev}}
            else:
                going.append(row)
        if not going:
            return
        records = self._push_quiet(entity).browse([row.res_id for row in going])
        hook = getattr(self, f"_push_delete_{entity.name}", None)
        if hook:
            hook(client, records)
        elif entity.name == CUSTOMER:
            self._push_part_with(client, records)
            self._push_mark_deleted(client, entity, records.ids)
        elif "active" in records._fields:
            return self._push_archive(client, going, records)
        else:
            records.unlink()
        for row in going:
            row.status, row.rev = "updated", ""
        return None

    @api.model
    def _push_archive(self, client, rows, records):
        """Archived, so that what refers to them stays whole."""
        was_active = set(records.filtered("active").ids)
        records.browse(sorted(was_active)).action_archive()
        self._push_mark_deleted(client, rows[0].entity, sorted(was_active))
        for row in rows:
            row.status = "updated" if row.res_id in was_active else "unchanged"
            row.rev = ""

    @api.model
    def _push_mark_deleted(self, client, entity, ids, deleted=True):
        """Remember that this client deleted them, for when it brings them again."""
        said = {res_id: {_DELETED: deleted} for res_id in ids}
        self.env["crm.exchange.base"]._agree(client, entity, said)

    @api.model
    def _push_revive(self, client, entity, rows, known):
        """Records that the client deleted are here again when it sends them again.

        What our people archived stays so, whatever a system repeats every night.

        :return: ids of those that were archived until now
        """
        ids = {
            row.res_id
            for row in rows
            if row.op == "upsert" and known.get(row.res_id, ({},))[0].get(_DELETED)
        }
        if not ids:
            return ids
        records = self._push_quiet(entity).browse(sorted(ids))
        archived = records.filtered(lambda record: not record.active)
        archived.action_unarchive()
        self._push_mark_deleted(client, entity, records.ids, deleted=False)
        return set(archived.ids)

    @api.model
    def _push_part_with(self, client, partners):
        """A customer whom others know, too, stays theirs: only this voice ends."""
        records = self.env["crm.source.record"]
        own = records.search(
            [
                ("partner_id", "in", partners.ids),
                ("source_id", "=", client.source_id.id),
            ]
        )
        others = records.search(
            [
                ("partner_id", "in", partners.ids),
                ("source_id", "!=", client.source_id.id),
                ("source_id.kind", "!=", "manual"),
            ]
        ).partner_id
        partners.browse(set(partners.ids) - set(others.ids)).action_archive()
        leaving = own.filtered(lambda record: record.partner_id in others)
        said = {}
        for record in leaving:
            said.setdefault(record.partner_id.id, {}).update(record._get_said())
        leaving.unlink()
        ruled = self.env["crm.survivorship.rule"]._get_watched()
        names = {i: ruled & values.keys() for i, values in said.items()}
        lost = {
            i: {n: v for n, v in values.items() if v is not None}
            for i, values in said.items()
        }
        if names:
            self.env.flush_all()
            self.env["crm.golden"]._redecide(names, lost)

    # ------------------------------------------------------------------ merge

    @api.model
    def _push_merge(self, client, scope, rows, policy):
        """The record of the row goes into the one that `refs.into` names.

        The journal of merges keeps what moved, so that a person can undo it.
        """
        groups = {}
        for row in rows:
            into = row.refs.get(INTO)
            if row.entity.model != "res.partner":
                row.reject("out_of_scope", "This entity is not merged.", "op")
            elif not row.res_id:
                row.reject("not_found", "There is no such record.", "key", got=row.key)
            elif not into:
                row.reject("required", "Name the record that goes on.", "refs.into")
            elif into == row.res_id:
                row.status = "unchanged"
            else:
                groups.setdefault(into, []).append(row)
        if groups:
            reason = self.env._("%(client)s says so", client=client.name)
            self.env["crm.merge"]._merge(
                [(into, [r.res_id for r in group]) for into, group in groups.items()],
                reason,
            )
        for into, group in groups.items():
            for row in group:
                row.status, row.res_id = "updated", into
