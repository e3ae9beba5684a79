"""Customers of a file become partners, each known by its key at the source."""

import hashlib
import json
from collections import defaultdict

import psycopg2

from odoo.exceptions import UserError
from odoo.tools import SQL, plaintext2html

from ..intake.targets import ATTRIBUTE
from .attributes import Attributes
from .contested import Contested
from .customer_fields import FIELD_OF, KEPT
from .staging import Staging

_BATCH = 1000
_TABLE = "crm_import_customer"
# Nobody follows, logs or is told of thousands of customers that came in one file
QUIET = {
    "tracking_disable": True,
    "mail_create_nosubscribe": True,
    "mail_create_nolog": True,
    "mail_notrack": True,
    "no_vat_validation": True,
    "_partners_skip_fields_sync": True,  # they have no parents to agree with
}
_REFUSALS = (UserError, ValueError, psycopg2.DataError, psycopg2.IntegrityError)


class Customers:
    """Stages the customers of a file, then stores what is new or changed.

    :param mapping: crm.import.mapping
    :param problems: a `report.Problems`
    """

    def __init__(self, mapping, problems):
        self._env = mapping.env
        self._mapping = mapping
        self._problems = problems
        self._contested = Contested(self._env)
        self._seen = {}
        self._attributes = Attributes(mapping)
        self.created = self.updated = self.unchanged = 0
        self._stage = Staging(
            self._env.cr,
            _TABLE,
            {
                "row": "int",
                "key": "text",
                "received": "jsonb",
                "accepted": "jsonb",
                "hash": "text",
            },
        )

    # ------------------------------------------------------------------ staging

    def add(self, row: int, accepted: dict, received: dict) -> None:
        """Take the customer of a row; of several rows of one, the last counts."""
        key = accepted["customer_key"]
        content = json.dumps(accepted, sort_keys=True, default=str)
        digest = hashlib.md5(content.encode(), usedforsecurity=False).hexdigest()
        if self._seen.get(key) == digest:
            return  # as in the row before: one line of a receipt after the other
        self._seen[key] = digest
        self._stage.add(row, key, json.dumps(received), content, digest)

    # ------------------------------------------------------------------ storing

    def store(self, report) -> None:
        """Create and update in batches.

        :param report: called with (done, total)
        """
        self._stage.close()
        self._env.cr.execute(
            SQL(
                """DELETE FROM crm_import_customer AS old
                   USING crm_import_customer AS new
                   WHERE new.key = old.key AND new.row > old.row"""
            )
        )
        [(total, new, same)] = self._env.execute_query(
            SQL(
                """SELECT count(*),
                          count(*) FILTER (WHERE r.id IS NULL),
                          count(*) FILTER (WHERE r.payload_hash = s.hash)
                   FROM crm_import_customer s LEFT JOIN crm_source_record r
                     ON r.source_id = %s AND r.key = s.key AND r.partner_id IS NOT NULL
                """,
                self._mapping.source_id.id,
            )
        )
        self.unchanged = same
        done = same
        for is_new, batch in self._batches(new, total - new - same):
            if is_new:
                self.created += self._create(batch)
            else:
                self.updated += self._update(batch)
            done += len(batch)
            self._env.flush_all()
            self._env.invalidate_all()
            report(done, total)

    def _batches(self, new, changed):
        for is_new, expected in ((True, new), (False, changed)):
            last = 0
            while expected and (batch := self._fetch(is_new, last)):
                last = batch[-1]["row"]
                yield is_new, batch

    def _fetch(self, is_new, last):
        condition = (
            SQL("r.id IS NULL")
            if is_new
            else SQL("r.payload_hash IS DISTINCT FROM s.hash AND r.id IS NOT NULL")
        )
        return self._env.execute_query_dict(
            SQL(
                """SELECT s.row, s.key, s.accepted, r.partner_id, r.accepted AS before
                   FROM crm_import_customer s LEFT JOIN crm_source_record r
                     ON r.source_id = %s AND r.key = s.key AND r.partner_id IS NOT NULL
                   WHERE s.row > %s AND %s ORDER BY s.row LIMIT %s""",
                self._mapping.source_id.id,
                last,
                condition,
                _BATCH,
            )
        )

    # ------------------------------------------------------------------ new ones

    def _create(self, batch):
        named = []
        forgotten = self._find_forgotten(batch)
        for line in batch:
            if line["row"] in forgotten:
                reason = self._env._(
                    "The person asked to be forgotten. Take the row out of the file "
                    "and of the system it comes from."
                )
                self._complain(line, "refused", reason=reason)
                continue
            vals = self._get_values(line["accepted"])
            template = (self._mapping.name_template or "").strip()
            vals.setdefault("name", template.replace("{key}", line["key"]))
            if not vals["name"]:
                self._complain(line, "name_missing")
                continue
            if self._mapping.customers_of_company:
                vals["company_id"] = self._mapping.company_id.id
            named.append((line, vals))
        return self._store_or_halve(self._write_new, named)

    def _find_forgotten(self, batch):
        """Rows of people who were erased; one small query when nobody was."""
        people = {
            line["row"]: (line["accepted"].get("email"), line["accepted"].get("phone"))
            for line in batch
        }
        return self._env["crm.suppression"].sudo()._find(people)

    def _write_new(self, pairs):
        partners = self._env["res.partner"].with_context(**QUIET)
        ids = partners.create([dict(vals) for _line, vals in pairs]).ids
        self._keep([line["key"] for line, _vals in pairs], ids)
        return ids

    def _store_or_halve(self, store, pairs):
        """One refused customer is found by halving the batch; the others are stored.

        :param store: stores (line, vals) pairs in order with their source records and
            returns the partners' ids
        :return: number of customers stored
        """
        if not pairs:
            return 0
        try:
            with self._env.cr.savepoint():
                ids = store(pairs)
                self._env.flush_all()
        except _REFUSALS as error:
            if len(pairs) == 1:
                self._complain(pairs[0][0], "refused", reason=_reason(error))
                return 0
            half = len(pairs) // 2
            first = self._store_or_halve(store, pairs[:half])
            return first + self._store_or_halve(store, pairs[half:])
        self._attributes.store([line for line, _vals in pairs], ids)
        return len(pairs)

    def _get_values(self, accepted):
        vals = {}
        for target, value in accepted.items():
            if target.startswith(ATTRIBUTE):
                continue  # kept beside the customer
            if target != "customer_key" and value is not None:
                field = FIELD_OF.get(target, target)
                vals[field] = plaintext2html(value) if target == "comment" else value
        return vals

    # ------------------------------------------------------------------ changed ones

    def _update(self, batch):
        """Write only what this source says anew: a correction made here stays."""
        partners = self._env["res.partner"].browse(
            [line["partner_id"] for line in batch]
        )
        mine = set(self._get_own(partners)._ids)
        pairs = []
        for line in batch:
            if line["partner_id"] in mine:
                changes = self._get_changes(line["accepted"], line["before"] or {})
                pairs.append((line, changes))
            else:
                self._complain(line, "customer_forbidden")
        return self._store_or_halve(self._write_changes, pairs)

    def _get_own(self, partners):
        """Those the user may change, less the customers of another company.

        One source may serve several companies, and the user be at work for all.
        """
        companies = self._mapping.company_id.sudo().parent_ids
        partners = partners._filtered_access("write")
        return partners.filtered(
            lambda p: not p.company_id or p.company_id in companies
        )

    def _write_changes(self, pairs):
        """Customers with the same change are written together.

        Of a customer whom others know, too, the source has only a voice: what is
        believed is decided anew for the fields of which it says something new.
        """
        ids = [line["partner_id"] for line, _vals in pairs]
        self._keep([line["key"] for line, _vals in pairs], ids)
        contested = self._contested.find(ids)
        alike = defaultdict(list)
        for line, vals in pairs:
            if line["partner_id"] in contested:
                vals = self._contested.get_undisputed(vals)
            if vals:
                alike[repr(sorted(vals.items()))].append((line["partner_id"], vals))
        partners = self._env["res.partner"].with_context(**QUIET)
        partners = self._env["crm.golden"]._by_machine(partners)
        for group in alike.values():
            same = partners.browse([id_ for id_, _vals in group])
            same.with_prefetch(ids).write(dict(group[0][1]))
        self._contested.decide(
            line for line, _vals in pairs if line["partner_id"] in contested
        )
        return ids

    def _get_changes(self, accepted, before):
        changed = {t: v for t, v in accepted.items() if before.get(t) != v}
        vals = self._get_values(changed)
        for target, value in changed.items():
            is_field = target not in KEPT and not target.startswith(ATTRIBUTE)
            if value is None and is_field:
                vals[FIELD_OF.get(target, target)] = False
        return vals

    # ------------------------------------------------------------------ their records

    def _keep(self, keys, partner_ids):
        """Remember what the source sent, so that next time only news is looked at.

        A value that it only repeats was observed when it was first said.
        """
        self._env["crm.source.record"].flush_model()
        self._env.cr.execute(
            SQL(
                """
                INSERT INTO crm_source_record AS r
                    (source_id, key, partner_id, payload, accepted, payload_hash,
                     received_at, received_by,
                     create_uid, create_date, write_uid, write_date)
                SELECT %(source)s, s.key, p.partner_id, s.received, s.accepted, s.hash,
                       %(now)s, %(user)s, %(user)s, %(now)s, %(user)s, %(now)s
                FROM unnest(%(keys)s::text[], %(ids)s::int[]) AS p(key, partner_id)
                JOIN crm_import_customer s ON s.key = p.key
                ON CONFLICT (source_id, key) DO UPDATE SET
                    partner_id = EXCLUDED.partner_id, payload = EXCLUDED.payload,
                    accepted = EXCLUDED.accepted, payload_hash = EXCLUDED.payload_hash,
                    observed = (
                        SELECT jsonb_object_agg(
                            old.key,
                            COALESCE(r.observed->>old.key, r.received_at::text))
                        FROM jsonb_each(CASE jsonb_typeof(r.accepted)
                            WHEN 'object' THEN r.accepted ELSE '{}' END) AS old
                        WHERE old.value = EXCLUDED.accepted->old.key
                    ),
                    received_at = EXCLUDED.received_at,
                    received_by = EXCLUDED.received_by,
                    write_uid = EXCLUDED.write_uid, write_date = EXCLUDED.write_date
                """,
                source=self._mapping.source_id.id,
                now=self._env.cr.now(),
                user=self._env.uid,
                keys=list(keys),
                ids=list(partner_ids),
            )
        )

    def _complain(self, line, code, **details):
        self._problems.complain(line["row"], code, value=line["key"], **details)


def _reason(error):
    return str(error).strip().partition("\n")[0][:300] or type(error).__name__
