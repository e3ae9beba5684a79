import json
from collections import defaultdict
from datetime import datetime

from odoo import api, models
from odoo.tools import SQL

from ...loading.customer_fields import KEPT
from .crm_golden_choice import Choice

_MACHINE = object()  # a context comes from the client, this object cannot
QUIET = {
    "tracking_disable": True,
    "mail_notrack": True,
    "no_vat_validation": True,
}


class Golden(models.Model):
    """Keeps decisions: on the customers, and as rows that tell their origin."""

    _inherit = "crm.golden"

    @api.model
    def _by_machine(self, records):
        """The same records; what is written through them is not a person's statement.

        For imports, merges and re-decisions, which run as the user who started them.
        """
        return records.with_context(golden_machine=_MACHINE)

    @api.model
    def _is_by_person(self):
        if self.env.context.get("golden_machine") is _MACHINE or self.env.uid == 1:
            return False
        return not self.env.user._is_public()

    @api.model
    def _redecide(self, names_by_partner, lost=None):
        """Decide anew and write what changed. A constant number of queries to decide.

        :param names_by_partner: partner id -> set of field names in question
        :param lost: partner id -> {field: value} that its only speaker took back: it is
            emptied where it still stands and nobody else says anything
        :return: partner id -> {field: (value before, value after)}, what was written
        """
        decided = self._decide(names_by_partner)
        changes = self._get_changes(decided, lost or {})
        self._write_changes(changes)
        self._keep(decided, names_by_partner)
        return changes

    @api.model
    def _get_changes(self, decided, lost):
        partners = self.env["res.partner"].sudo().browse(decided)
        partners.fetch(sorted(self.env["crm.survivorship.rule"]._get_watched()))
        changes = defaultdict(dict)
        for partner in partners:
            found = decided[partner.id]
            for name, choice in found.items():
                before = self._read_value(partner, name)
                value = choice.value
                if name in KEPT and value in (None, ""):
                    continue
                if not self._is_same(name, before, value) or (
                    isinstance(value, str)
                    and name != "comment"
                    and value != before
                    and name != "website"
                ):
                    changes[partner.id][name] = (before, value)
            for name, value in lost.get(partner.id, {}).items():
                before = self._read_value(partner, name)
                if name not in found and name not in KEPT and before is not None:
                    if self._is_same(name, before, value):
                        changes[partner.id][name] = (before, None)
        return dict(changes)

    @api.model
    def _write_changes(self, changes, side=1):
        """Customers that change alike are written together.

        :param side: of the pair (before, after) that is written
        """
        # sudo: rules decide, not the person whose file spoke
        partners = self._by_machine(self.env["res.partner"].sudo())
        partners = partners.with_context(**QUIET)
        alike = defaultdict(list)
        for id_, pairs in changes.items():
            vals = {n: False if p[side] is None else p[side] for n, p in pairs.items()}
            if vals:
                alike[json.dumps(vals, sort_keys=True)].append(id_)
        everyone = list(changes)
        for text, ids in alike.items():
            partners.browse(ids).with_prefetch(everyone).write(json.loads(text))

    @api.model
    def _keep(self, decided, names_by_partner=None):
        """Rows for what was contested; a row whose question is settled goes.

        :param decided: partner id -> {field: Choice}
        :param names_by_partner: the fields that were in question; None for all decided
        """
        rows, settled = [], []
        for partner_id, found in decided.items():
            names = (names_by_partner or {}).get(partner_id) or set()
            for name in names - found.keys():
                settled.append((partner_id, name))
            for name, choice in found.items():
                if choice.rule == "pinned":
                    continue
                if choice.contested:
                    rows.append((partner_id, name, choice))
                else:
                    settled.append((partner_id, name))
        self._upsert(rows)
        self._forget(settled)

    @api.model
    def _upsert(self, rows, mode="decided", by=None):
        """Write rows in one statement; a decision that stays as it is keeps its day.

        :param rows: (partner id, field, Choice)
        :param mode: `decided` leaves pinned rows alone, `pinned` pins, `entered` is a
            person's edit: a pinned row stays pinned, to what was entered
        :param by: id of the person who pinned or entered
        """
        if not rows:
            return
        self.flush_model()
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO crm_golden AS g
                    (partner_id, field, value, source_id, record_id, origin_partner_id,
                     rule, observed_at, decided_at, decided_by_id, pinned,
                     create_uid, create_date, write_uid, write_date)
                SELECT v.partner, v.field, v.value, v.source, v.record, v.origin,
                       v.rule, v.observed, %(now)s, %(by)s, %(mode)s = 'pinned',
                       %(user)s, %(now)s, %(user)s, %(now)s
                FROM unnest(%(partners)s::int[], %(names)s::text[], %(values)s::jsonb[],
                            %(sources)s::int[], %(records)s::int[], %(origins)s::int[],
                            %(rules)s::text[], %(observed)s::timestamp[])
                     AS v(partner, field, value, source, record, origin, rule, observed)
                ON CONFLICT (partner_id, field) DO UPDATE SET
                    value = EXCLUDED.value, source_id = EXCLUDED.source_id,
                    record_id = EXCLUDED.record_id,
                    origin_partner_id = EXCLUDED.origin_partner_id,
                    rule = CASE WHEN g.pinned THEN 'pinned' ELSE EXCLUDED.rule END,
                    observed_at = EXCLUDED.observed_at,
                    decided_at = EXCLUDED.decided_at,
                    decided_by_id = EXCLUDED.decided_by_id,
                    pinned = g.pinned OR EXCLUDED.pinned,
                    write_uid = EXCLUDED.write_uid, write_date = EXCLUDED.write_date
                WHERE %(mode)s <> 'decided' OR (NOT g.pinned AND
                    (g.value, g.source_id, g.record_id, g.rule)
                    IS DISTINCT FROM (EXCLUDED.value, EXCLUDED.source_id,
                                      EXCLUDED.record_id, EXCLUDED.rule))
                """,
                now=self.env.cr.now(),
                by=by,
                mode=mode,
                user=self.env.uid,
                partners=[row[0] for row in rows],
                names=[row[1] for row in rows],
                values=[json.dumps(row[2].value) for row in rows],
                sources=[row[2].source_id for row in rows],
                records=[row[2].record_id for row in rows],
                origins=[row[2].partner_id for row in rows],
                rules=["pinned" if mode == "pinned" else row[2].rule for row in rows],
                observed=[row[2].get_observed_at() for row in rows],
            )
        )
        self.env["crm.golden"].invalidate_model()

    @api.model
    def _forget(self, pairs):
        """:param pairs: (partner id, field) whose value nobody contests any more"""
        if not pairs:
            return
        self.flush_model()
        self.env.cr.execute(
            SQL(
                """DELETE FROM crm_golden g
                   USING unnest(%s::int[], %s::text[]) AS p(partner, field)
                   WHERE g.partner_id = p.partner AND g.field = p.field
                     AND NOT g.pinned""",
                [pair[0] for pair in pairs],
                [pair[1] for pair in pairs],
            )
        )
        self.env["crm.golden"].invalidate_model()

    # ------------------------------------------------------------------ merging

    @api.model
    def _keep_members(self, groups):
        """Before a merge: what stands on its members without a source becomes a record.

        The value then stays an alternative after the merge, moves with the other
        records of its customer and comes back with them at an undo.

        Where no source knows any member there is nothing to stand beside.

        :param groups: list of (target_id, [source_ids])
        """
        golden = self.sudo()
        ids = golden._get_known_members(groups)
        partners = self.env["res.partner"].sudo().browse(ids)
        watched = sorted(self.env["crm.survivorship.rule"]._get_watched())
        records = golden._gather_records(ids)
        rows = golden._gather_rows(partners, watched, records)
        said = {}
        for partner in partners:
            rules = self.env["crm.survivorship.rule"]._get_rules(
                partner.company_id.id or 0
            )
            row, own, values = rows[partner.id], records.get(partner.id, ()), {}
            for rule in rules:
                if golden._is_news(row, own, rule.fields):
                    values |= {n: row.values[n] for n in rule.fields if n in row.values}
            if values:
                said[partner.id] = values
        stamps = {partner.id: partner.write_date for partner in partners}
        self.env["crm.source.record"]._say_by_hand(said, stamps, overwrite=False)

    @api.model
    def _get_known_members(self, groups):
        """Members of the groups in which some source knows somebody."""
        everyone = [id_ for target, sources in groups for id_ in (target, *sources)]
        self.env["crm.source.record"].flush_model(["partner_id"])
        rows = self.env.execute_query(
            SQL(
                """SELECT DISTINCT partner_id FROM crm_source_record
                   WHERE partner_id = ANY(%s)""",
                everyone,
            )
        )
        known = {id_ for (id_,) in rows}
        return sorted(
            {
                id_
                for target, sources in groups
                if known.intersection((target, *sources))
                for id_ in (target, *sources)
            }
        )

    @api.model
    def _keep_merged(self, chosen):
        """After a merge: the rows that tell where the target's values come from.

        What a person chose at the merge is pinned.

        :param chosen: as `_choose` returns it; rule `chosen`, or `manual` without a
            record, for what a person chose
        """
        watched = self.env["crm.survivorship.rule"]._get_watched()
        decided, by_hand, settled = {}, [], []
        reasons = dict(self._fields["rule"].selection)
        for target, found in chosen.items():
            for name in watched & found.keys():
                told = found[name]
                rule = told.get("rule") or "chosen"
                is_chosen = rule == "chosen" or (
                    rule == "manual" and "record_id" not in told
                )
                origin = told.get("partner_id") or target
                if not is_chosen and origin == target and rule in ("only", "same"):
                    continue  # nothing was decided
                if rule not in reasons:  # the record's own again, after another left
                    settled.append((target, name))
                    continue
                choice = Choice(
                    None if told["value"] is False else told["value"],
                    origin,
                    "chosen" if is_chosen else rule,
                    told.get("source_id"),
                    told.get("record_id"),
                    _seconds(told.get("observed_at")),
                    True,
                )
                if is_chosen:
                    by_hand.append((target, name, choice))
                else:
                    decided.setdefault(target, {})[name] = choice
        self._forget(settled)
        self._keep(decided)
        self._upsert(by_hand, "pinned", by=self.env.uid)


def _seconds(moment):
    return (moment - datetime(1970, 1, 1)).total_seconds() if moment else 0.0
