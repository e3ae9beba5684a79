from collections import Counter

from odoo import api, models

from ...exchange import arguments
from ...exchange import call as calls
from ...exchange.envelope import MAX_ROWS
from ...exchange.errors import ExchangeError
from ...exchange.row import STATUSES, parse
from ...exchange.waves import digest, split_wave
from ..exchange.crm_exchange import service
from .checks import WRITING, Rights, check_id, check_rows
from .crm_exchange_batch import KEPT_DAYS

MODES = ("each", "all")
POLICIES = ("reject", "merge3", "source_priority")  # the stricter first


class _Undo(Exception):
    """What was done is taken back: it was a trial, or all together were refused."""


class ExchangePush(models.AbstractModel):
    """Writing: rows of a client become records, each with an answer of its own.

    Rows are taken in waves: a row waits for those it refers to and for earlier rows of
    the same record. The rows of a wave are carried out together, entity by entity; see
    `crm_exchange_push_group`.
    """

    _inherit = "crm.exchange"

    @service
    def push(self, batch_id, rows, mode="each", on_conflict="", dry_run=False):
        """Create, change, delete and merge records.

        :param str batch_id: an id of your own for this push, 128 characters at most.
            Send the same again when no answer came: it is carried out once and the
            same answer given again, for a week; the id is refused for 90 days
        :param list rows: up to 500 of ``{row_id, op, entity, key, base_rev?, set?,
            unset?, refs?, observed_at?}``
        :param str mode: ``each``: every row by itself; ``all``: all or none
        :param str on_conflict: ``reject``, ``merge3`` or ``source_priority``; what was
            agreed for you when left out
        :param bool dry_run: tell what would happen, keep nothing
        :return: ``{batch_id, mode, on_conflict, dry_run, applied, counts, rows,
            kept_days}``; a row is ``{row_id, status, id?, rev?, errors?, conflict?,
            waits_for?}``
        """
        client = self._client()
        batch_id = check_id(batch_id, "batch_id")
        rows = check_rows(rows, MAX_ROWS)
        mode, policy = self._push_manner(client, mode, on_conflict)
        dry_run = arguments.flag(dry_run, "dry_run") or client.sandbox
        self._touch(client)
        if dry_run:
            data = self._push(client, rows, mode, policy, dry_run=True)
            return {"batch_id": batch_id, **data}
        batches = self.env["crm.exchange.batch"].sudo()
        payload_hash = digest(rows, mode, on_conflict)
        batch, reply = batches._claim(client, batch_id, payload_hash)
        if reply is not None:
            return reply
        engine = self.with_context(exchange_batch=batch_id)
        data = {"batch_id": batch_id, **engine._push(client, rows, mode, policy)}
        running = calls.current()
        batch._conclude(data, running.request_id if running else "")
        self.env.flush_all()
        return data

    @api.model
    def _push_manner(self, client, mode, on_conflict):
        """The mode and the policy of a push, checked.

        :raises ExchangeError: `invalid_argument`, `out_of_scope`
        """
        mode = arguments.text(mode, "mode")
        wanted = arguments.text(on_conflict, "on_conflict")
        for name, value, known in (
            ("mode", mode, MODES),
            ("on_conflict", wanted or POLICIES[0], POLICIES),
        ):
            if value not in known:
                raise ExchangeError(
                    "invalid_argument",
                    "The argument cannot be used.",
                    path=name,
                    expected=", ".join(known),
                    got=value,
                )
        agreed = client.conflict_policy
        if wanted and POLICIES.index(wanted) > POLICIES.index(agreed):
            raise ExchangeError(
                "out_of_scope",
                "What was agreed with you is stricter.",
                path="on_conflict",
                expected=agreed,
                got=wanted,
            )
        return mode, wanted or agreed

    # ------------------------------------------------------------------ the engine

    @api.model
    def _push(self, client, rows, mode="each", policy="", dry_run=False, keep=True):
        """Carry out rows for a client, whoever asks: a call, a job, a file, a person.

        Nothing is committed; constraints hold when it returns. Set-based: the number
        of queries does not depend on the number of rows while none is refused.

        :param client: `crm.exchange.client` with the system's rights
        :param rows: list of structs, as `push` takes them
        :param policy: one of `POLICIES`, the client's own when empty
        :param dry_run: take everything back
        :param keep: store rows that need a person or another record, to go on later;
            "again" for rows that were stored before
        :return: ``{mode, on_conflict, dry_run, applied, counts, rows, kept_days}``
        """
        policy = policy or client.conflict_policy
        engine = self._as_engine(client).with_context(exchange_policy=policy)
        client = client.with_env(engine.env)
        parsed = engine._push_parse(client, rows)
        applied = not dry_run
        try:
            with self.env.cr.savepoint():
                engine._push_waves(client, parsed, policy)
                if mode == "all" and not _all_went(parsed):
                    applied = False
                    raise _Undo
                if keep and mode == "each":
                    engine._push_keep(client, parsed, again=keep == "again")
                engine.env.flush_all()
                self.env.cr.execute("SET CONSTRAINTS ALL IMMEDIATE")
                if dry_run:
                    raise _Undo
        except _Undo:
            self.env.invalidate_all(flush=False)
        if mode == "all" and not _all_went(parsed):
            _take_back(parsed)
        if applied:
            engine._push_audit(client, parsed)
        counts = Counter(row.status for row in parsed)
        return {
            "mode": mode,
            "on_conflict": policy,
            "dry_run": dry_run,
            "applied": applied,
            "counts": {status: counts[status] for status in STATUSES},
            "rows": [row.result() for row in parsed],
            "kept_days": KEPT_DAYS,
        }

    @api.model
    def _as_engine(self, client):
        """The exchange with the rights to carry out what the scopes allowed.

        The user stays the client's login, so that records tell who wrote them.
        """
        engine = self.with_user(client.user_id).sudo()
        kept = ("exchange_batch", "by_itself", "lang", "tz")
        context = {k: v for k, v in self.env.context.items() if k in kept}
        engine = engine.with_env(engine.env(context=context))
        return engine.with_company(client.company_id).with_context(active_test=False)

    @api.model
    def _push_parse(self, client, rows):
        entities = self._entities()
        scopes = self._push_scopes(client)
        known = {name: entities[name] for name in scopes if name in entities}
        rights = {name: Rights(scopes[name], known[name]) for name in known}
        source = client.source_id.code or ""
        parsed = [parse(raw, n, known, source) for n, raw in enumerate(rows)]
        taken = set()
        for row in parsed:
            if row.row_id in taken:
                row.reject("invalid_argument", "Another row has this row_id.", "row_id")
            taken.add(row.row_id)
            if not row.errors:
                rights[row.entity.name].check(row)
        return parsed

    @api.model
    def _push_scopes(self, client):
        """{entity name: scope} of all the client, or its narrower key, may touch."""
        verbs = ("read", *WRITING)
        return {
            scope.entity: scope
            for scope in self._scope_of(client).values()
            if any(scope._may(verb) for verb in verbs)
        }

    # ------------------------------------------------------------------ waves

    @api.model
    def _push_waves(self, client, rows, policy):
        """Carry out rows as far as they can go; those left wait for other records."""
        waiting = [row for row in rows if not row.status]
        scopes = self._push_scopes(client)
        while waiting:
            resolved = self._push_resolve(client, waiting, scopes)
            ready, waiting = split_wave(waiting, resolved)
            if not ready:
                if circle := self._push_refuse_ring(waiting, resolved):
                    waiting = [row for row in waiting if row not in circle]
                    continue
                self._push_defer(waiting, resolved)
                return
            again = self._push_wave(client, scopes, ready, resolved, policy)
            waiting = sorted(waiting + again, key=lambda row: row.number)

    @api.model
    def _push_wave(self, client, scopes, rows, resolved, policy):
        """:return: rows that mean the same record as another of the wave"""
        again, groups, taken = [], {}, set()
        for row in rows:
            row.res_id = resolved.get(row.place, 0)
            row.hidden = ("hidden", *row.place) in resolved
            record = (row.entity.model, row.res_id or row.place)
            if record in taken:
                again.append(row)
                continue
            taken.add(record)
            kind = row.op if row.op in ("delete", "merge") else "upsert"
            groups.setdefault((kind, row.entity.name), []).append(row)
        for kind, name in sorted(groups, key=lambda group: group[0] != "upsert"):
            group = groups[kind, name]
            for row in group:
                self._push_take_refs(row, resolved)
            known = [row for row in group if not row.errors]
            self._push_group(client, scopes[name], kind, known, policy)
        return again

    @api.model
    def _push_audit(self, client, rows):
        """One line in the journal for each kind of change: names and numbers only."""
        counts, names = Counter(), {}
        verbs = {"created": "create", "updated": "update"}
        for row in rows:
            if verb := verbs.get(row.status):
                verb = row.op if row.op in ("delete", "merge") else verb
                counts[verb, row.entity.name] += 1
                names.setdefault((verb, row.entity.name), set()).update(row.values)
        for (verb, entity), count in counts.items():
            self._audit(client, verb, entity, sorted(names[verb, entity]), count)


def _all_went(rows):
    return all(row.status in ("created", "updated", "unchanged") for row in rows)


def _take_back(rows):
    """What went was taken back, too, because other rows did not go."""
    for row in rows:
        if row.status in ("created", "updated", "unchanged"):
            if row.status == "created":
                row.res_id = 0
            row.rev = ""
            row.reject("rolled_back", "Another row of the push was refused.")
        elif row.status == "deferred":
            row.reject("reference_missing", "It refers to a record we do not know.")
