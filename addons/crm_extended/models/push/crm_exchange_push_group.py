import logging

import psycopg2

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import mute_logger

from ...exchange import merge3, values, wire
from ...exchange.revision import revision
from ...exchange.row import NEW

_logger = logging.getLogger(__name__)

LOST = (psycopg2.OperationalError, psycopg2.InterfaceError)  # the transaction is over


class _Left(UserError):
    """Rows that would leave what the client may see."""


class _AllOf:
    """A scope as it would be with other fields."""

    def __init__(self, scope, names):
        self._scope, self._names = scope, tuple(names)

    def _readable_fields(self, entity):
        return self._names

    def __getattr__(self, name):
        return getattr(self._scope, name)


class ExchangePushGroup(models.AbstractModel):
    """Rows of one entity carried out together; one that is refused is found by halving.

    All go in one savepoint, set-based. Only when that fails the group is halved until
    the guilty rows are alone: a bad row costs a few repetitions, good rows none.
    """

    _inherit = "crm.exchange"

    @api.model
    def _push_group(self, client, scope, kind, rows, policy):
        if not rows:
            return
        carry_out = getattr(self, f"_push_{kind}")
        found = [row.res_id for row in rows]
        try:
            # a refused statement would be logged with all that is in it
            with mute_logger("odoo.sql_db"), self.env.cr.savepoint():
                carry_out(client, scope, rows, policy)
                self.env.flush_all()
                self.env.cr.execute("SET CONSTRAINTS ALL IMMEDIATE")
            return
        except LOST:
            raise  # Odoo tries the whole call again
        except Exception as error:
            self.env.invalidate_all(flush=False)
            for row, res_id in zip(rows, found, strict=True):
                row.reset()
                row.res_id = res_id  # what was created is gone again
            if len(rows) == 1:
                self._push_refuse(rows[0], error)
                return
        half = len(rows) // 2
        self._push_group(client, scope, kind, rows[:half], policy)
        self._push_group(client, scope, kind, rows[half:], policy)

    @api.model
    def _push_refuse(self, row, error):
        """The reason in words that tell nothing of our inside."""
        if isinstance(error, _Left):
            row.reject("out_of_scope", "The record would be outside of your scope.")
        elif isinstance(error, UserError):
            row.reject("refused", str(error).strip().partition("\n")[0][:300])
        elif isinstance(error, psycopg2.IntegrityError):
            row.reject("refused", "Another record has the same, or one it needs lacks.")
        elif isinstance(error, (psycopg2.DataError, ValueError)):
            row.reject("invalid_value", "A value cannot be stored.")
        else:
            _logger.error("push: row failed", exc_info=error)
            row.reject("unexpected", "The server failed at this row.")

    # ------------------------------------------------------------------ upsert, patch

    @api.model
    def _push_upsert(self, client, scope, rows, policy):
        entity = rows[0].entity
        may = {verb for verb in ("create", "update") if scope._may(verb)}
        new = [row for row in rows if self._push_is_new(row, may)]
        old = [row for row in rows if row.res_id and not row.errors]
        self._push_compare(client, entity, scope, old, policy)
        changed = [row for row in old if row.values and not row.status]
        self._push_prepare(client, entity, new, changed)
        self._push_create(client, entity, [row for row in new if not row.errors])
        self._push_update(client, entity, [row for row in changed if not row.errors])
        self._push_after(client, entity, scope, new, old)

    @api.model
    def _push_is_new(self, row, may):
        """Whether a row creates; a row that can do neither is rejected."""
        if row.res_id:
            if "update" not in may:
                row.reject("out_of_scope", "You may not change what is there.", "op")
            return False
        if (
            row.hidden
            or not row.own_key
            or row.op == "patch"
            or row.base_rev
            not in (
                "",
                "*",
                NEW,
            )
        ):
            row.reject("not_found", "There is no such record.", "key", got=row.key)
        elif "create" not in may:
            row.reject("out_of_scope", "You may not create records.", "op")
        else:
            row.values = {n: v for n, v in {**row.set, **row.refs}.items() if v}
            row.values |= {n: v for n, v in row.set.items() if v is False}
            for field in row.entity.fields:
                if field.required and field.writable and field.name not in row.values:
                    row.reject(
                        "required", "A new record needs this.", f"set.{field.name}"
                    )
        return not row.errors

    # ------------------------------------------------------------------ comparing

    @api.model
    def _push_read(self, client, entity, scope, ids):
        """{id: (revision as the client sees it, {field: canonical value of all})}"""
        readable = scope._readable_fields(entity) if scope._may("read") else ()
        wide = {*readable, *scope._writable_fields(entity)}
        names = [name for name in entity.by_name if name in wide]
        domain = [("id", "in", list(ids))]
        records = self._read_visible(client, entity, _AllOf(scope, names), domain)
        shown, fields = set(readable), [entity.by_name[name] for name in names]
        read = {}
        for res_id, record in records.items():
            data = record.data
            seen = {n: v for n, v in data.items() if n in shown}
            read[res_id] = (
                revision(seen) if shown else "",
                {f.name: values.canonical(f, data.get(f.name)) for f in fields},
            )
        return read

    @api.model
    def _push_compare(self, client, entity, scope, rows, policy):
        """Decide per field what is written; rows without a change are done."""
        if not rows:
            return
        ids = [row.res_id for row in rows]
        current = self._push_read(client, entity, scope, ids)
        known = self.env["crm.exchange.base"]._find(client, entity, ids)
        contested = []
        revived = self._push_revive(client, entity, rows, known)
        for row in rows:
            row.rev, row.theirs = current[row.res_id]
            mine = {**row.set, **row.refs}
            row.known = known.get(row.res_id)
            base = self._push_base(row)
            merged = merge3.merge(base, mine, row.theirs)
            row.values = merged.take
            if merged.contested:
                row.conflict = {
                    name: {"base": was, "mine": mine, "theirs": theirs}
                    for name, (was, mine, theirs) in merged.contested.items()
                }
                contested.append(row)
            elif not merged.take:
                row.status = "updated" if row.res_id in revived else "unchanged"
        self._push_contested(client, entity, contested, policy)
        for row in rows:
            if policy == "reject" and row.values and not row.status:
                self._push_lock(row)

    @api.model
    def _push_base(self, row):
        """The base of the merge.

        A row that names no revision is compared with what its client said last. Of a
        field it never spoke of before, its word fills what is empty; where something
        stands here, the two never agreed, and a person must. Of customers the rules of
        survivorship are there for that.
        """
        if row.base_rev == NEW:
            return merge3.UNKNOWN  # it says that it knows of no such record
        base = self.env["crm.exchange.base"]._base_of(row, row.rev, row.known)
        if base is not None:
            return base
        if row.base_rev:
            return merge3.Base(row.theirs)
        said = row.known[0] if row.known else {}
        first = {
            name: value
            for name, value in row.theirs.items()
            if name not in said and (not value or row.entity.name == "customer")
        }
        return merge3.Base({**said, **first})

    @api.model
    def _push_lock(self, row):
        """The strict policy: a named revision must be the present one."""
        if row.base_rev not in ("", "*", row.rev):
            row.conflict = {
                name: {"mine": value, "theirs": row.theirs.get(name)}
                for name, value in row.values.items()
            }
            row.status = "conflict"

    @api.model
    def _push_contested(self, client, entity, rows, policy):
        """Fields changed on both sides: told, left to a person, or to the sources."""
        if not rows:
            return
        by_trust = policy == "source_priority"
        origins = self._push_origins(entity, rows)
        for row in rows:
            for name, sides in row.conflict.items():
                source, trust, at = origins[row.res_id, name]
                sides |= {"theirs_source": source or None, "theirs_at": at or None}
                if by_trust and self._push_beats(client, entity, trust):
                    row.values[name] = sides["mine"]
            if not by_trust:
                row.status = "conflict"
                continue
            if not row.values:
                row.status = "unchanged"
            lost = row.conflict.keys() - row.values.keys()
            row.conflict = {n: s for n, s in row.conflict.items() if n in lost}

    @api.model
    def _push_beats(self, client, entity, trust):
        """Whether the client's word goes before what stands here.

        Of a customer every source has a voice, and the rules of survivorship decide
        when the record is kept; of anything else the trust of the client's source
        against that of what people enter here, where theirs stays when equal.
        """
        return entity.name == "customer" or client.source_id.trust > trust

    @api.model
    def _push_origins(self, entity, rows):
        """{(id, field): (source, trust, since when)} of what stands here.

        Without another source known it was entered here, at the latest when the record
        was written last.
        """
        records = self.env[entity.model].browse([row.res_id for row in rows])
        trust = self.env["crm.golden"]._get_hand_trust()
        hand = self.env["crm.source"]._get_manual().code or ""
        stamps = {
            record.id: wire.moment(record.write_date.replace(microsecond=0))
            for record in records
            if record._log_access
        }
        return {
            (row.res_id, name): (hand, trust, stamps.get(row.res_id, ""))
            for row in rows
            for name in row.conflict
        }

    # ------------------------------------------------------------------ afterwards

    @api.model
    def _push_after(self, client, entity, scope, new, old):
        """Revisions, agreements and the entity's own steps; nobody leaves the scope."""
        created = [row for row in new if row.status == "created"]
        updated = [row for row in old if row.status == "updated"]
        if hook := getattr(self, f"_push_after_{entity.name}", None):
            done = created + updated
            records = self.env[entity.model].browse([row.res_id for row in done])
            if records:
                hook(client, records, done)
        self.env.flush_all()
        ids = [row.res_id for row in created + updated]
        current = self._push_read(client, entity, scope, ids) if ids else {}
        if len(current) < len(ids):
            raise _Left("")
        for row in created + updated:
            row.rev = current[row.res_id][0]
        settled = [row for row in new + old if row.status in _SETTLED]
        self._push_agree(client, entity, settled, current)

    @api.model
    def _push_agree(self, client, entity, rows, current):
        """The client knows now what became of what it sent, and what stands here.

        Nothing is written of a row that says again what was agreed before.
        """
        said, shown = {}, {}
        for row in rows:
            before, rev, _seen = row.known or ({}, "", None)
            sent = {**row.set, **row.refs}
            news = {
                name: value
                for name, value in sent.items()
                if name not in row.conflict
                and (name not in before or before[name] != value)
            }
            if news:
                said[row.res_id] = news
            if row.rev and row.rev != rev:
                shown[row.res_id] = current.get(row.res_id, (row.rev, row.theirs))
        self.env["crm.exchange.base"]._agree(client, entity, said, shown)


_SETTLED = ("created", "updated", "unchanged")
