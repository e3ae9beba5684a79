"""Many customers are assessed together: read, judged and stored in sets."""

import json
import zlib
from collections import defaultdict
from datetime import UTC, datetime

from odoo import api, models
from odoo.tools import SQL

from ...loading.staging import Staging
from ...quality.assess import Customer, assess

PART = 2000  # customers read and judged at once
_TEXTS = ("name", "email", "phone", "street", "zip", "city", "vat", "lang", "website")

# Contact persons count as persons; addresses for deliveries and bills do not
SCOPE = """p.active AND (p.type = 'contact' OR p.parent_id IS NULL)
    AND p.partner_share AND p.id != ALL(%(technical)s)"""

_READ = """
    SELECT p.id, COALESCE(p.is_company, false) AS is_company, p.name, p.email, p.phone,
           p.street, p.zip, p.city, p.vat, p.lang, p.website, p.write_date,
           p.create_date, COALESCE(p.message_bounce, 0) AS bounces, c.code AS country,
           s.stamps, s.confirmed_at, p.parent_id,
           p.commercial_partner_id = p.id AS is_commercial
      FROM res_partner p
 LEFT JOIN res_country c ON c.id = p.country_id
 LEFT JOIN crm_quality_score s ON s.partner_id = p.id
     WHERE p.id = ANY(%(ids)s) AND {scope}
"""
_SAID = """
    SELECT r.partner_id, e.key, e.value, max(r.received_at)
      FROM crm_source_record r,
           jsonb_each_text(CASE jsonb_typeof(r.accepted)
                           WHEN 'object' THEN r.accepted ELSE '{}' END) e
     WHERE r.partner_id = ANY(%(ids)s) AND e.key = ANY(%(keys)s)
       AND e.value IS NOT NULL
  GROUP BY 1, 2, 3
"""
_KNOWN = """
    SELECT v.partner_id, a.code, max(COALESCE(v.confirmed_at, v.valid_from))
      FROM crm_attribute_value v JOIN crm_attribute a ON a.id = v.attribute_id
     WHERE v.partner_id = ANY(%(ids)s) AND v.valid_to IS NULL
       AND a.code = ANY(%(codes)s)
  GROUP BY 1, 2
"""
_STORE_SCORES = """
    INSERT INTO crm_quality_score AS s
        (partner_id, score, completeness, validity, freshness, fault_count, band_id,
         computed_at, seen_write, stamps, worth)
    SELECT n.partner_id, n.score, n.completeness, n.validity, n.freshness, n.faults,
           (SELECT id FROM crm_quality_band WHERE minimum <= n.score
             ORDER BY minimum DESC LIMIT 1), %(now)s, n.seen_write, n.stamps, 0
      FROM crm_quality_new n
    ON CONFLICT (partner_id) DO UPDATE SET
           score = EXCLUDED.score, completeness = EXCLUDED.completeness,
           validity = EXCLUDED.validity, freshness = EXCLUDED.freshness,
           fault_count = EXCLUDED.fault_count, band_id = EXCLUDED.band_id,
           computed_at = EXCLUDED.computed_at, seen_write = EXCLUDED.seen_write,
           stamps = EXCLUDED.stamps
     WHERE (s.score, s.completeness, s.validity, s.freshness, s.fault_count, s.band_id,
            s.seen_write, s.stamps)
           IS DISTINCT FROM
           (EXCLUDED.score, EXCLUDED.completeness, EXCLUDED.validity,
            EXCLUDED.freshness, EXCLUDED.fault_count, EXCLUDED.band_id,
            EXCLUDED.seen_write, EXCLUDED.stamps)
"""
# A skipped fault comes back when the value has changed, a snoozed one on its day
_STORE_FAULTS = """
    INSERT INTO crm_quality_fault AS f
        (partner_id, field, code, severity, found_value, proposal, state, found_at,
         priority)
    SELECT n.partner_id, n.field, n.code, n.severity, n.value, n.proposal, 'open',
           %(now)s, n.severity::int * (1 + 9 * COALESCE(s.worth, 0))
      FROM crm_quality_new_fault n
 LEFT JOIN crm_quality_score s ON s.partner_id = n.partner_id
    ON CONFLICT (partner_id, field, code) DO UPDATE SET
           severity = EXCLUDED.severity, found_value = EXCLUDED.found_value,
           proposal = EXCLUDED.proposal, priority = EXCLUDED.priority,
           state = CASE
               WHEN f.found_value IS DISTINCT FROM EXCLUDED.found_value THEN 'open'
               WHEN f.state = 'fixed' THEN 'open'
               WHEN f.state = 'snoozed' AND f.until <= %(today)s THEN 'open'
               ELSE f.state END,
           found_at = CASE WHEN f.state = 'fixed' THEN %(now)s ELSE f.found_at END,
           fixed_at = NULL
     WHERE (f.severity, f.found_value, f.proposal, f.priority)
           IS DISTINCT FROM (EXCLUDED.severity, EXCLUDED.found_value,
                             EXCLUDED.proposal, EXCLUDED.priority)
        OR f.state = 'fixed' OR (f.state = 'snoozed' AND f.until <= %(today)s)
"""
_FIX_FAULTS = """
    UPDATE crm_quality_fault f
       SET state = 'fixed', fixed_at = %(now)s, user_id = COALESCE(f.user_id, %(user)s)
     WHERE f.partner_id = ANY(%(ids)s) AND f.state != 'fixed'
       AND NOT EXISTS (SELECT FROM crm_quality_new_fault n
                        WHERE n.partner_id = f.partner_id AND n.field = f.field
                          AND n.code = f.code)
"""
_FIND_CHANGED = """
    SELECT p.id FROM res_partner p
 LEFT JOIN crm_quality_score s ON s.partner_id = p.id
     WHERE p.write_date IS DISTINCT FROM s.seen_write AND {scope}
  ORDER BY p.id LIMIT %(limit)s
"""
# Archived and merged customers are nobody's work any more
_FORGET = """
    DELETE FROM {table} t USING res_partner p
     WHERE p.id = t.partner_id AND NOT ({scope})
"""


class CrmQualityScore(models.Model):
    _inherit = "crm.quality.score"

    @api.model
    def _assess(self, partner_ids, report=None):
        """Judge these customers anew and keep what differs.

        :param partner_ids: any ids; those that are not customers are left out
        :param report: called with (done, total)
        :return: number of customers judged
        """
        self.env.flush_all()
        ids = sorted(set(partner_ids))
        rules = self.env["crm.quality.rule"]._get_rules()
        scope = {"technical": self.env["crm.exchange"]._technical_partners()}
        judged = 0
        for start in range(0, len(ids), PART):
            part = ids[start : start + PART]
            judged += self._assess_part(part, rules, scope)
            if report:
                report(start + len(part), len(ids))
        self.invalidate_model(flush=False)
        self.env["crm.quality.fault"].invalidate_model(flush=False)
        return judged

    @api.model
    def _assess_part(self, ids, rules, scope):
        now = datetime.now(UTC).replace(tzinfo=None)
        read = _READ.replace("{scope}", SCOPE)
        rows = self.env.execute_query_dict(SQL(read, ids=ids, **scope))
        said = self._read_said(ids)
        known = self._read_known(ids, rules)
        cr = self.env.cr
        scores = Staging(
            cr,
            "crm_quality_new",
            {
                "partner_id": "int",
                **dict.fromkeys(
                    ("score", "completeness", "validity", "freshness", "faults"), "int"
                ),
                "seen_write": "timestamp",
                "stamps": "jsonb",
            },
        )
        faults = Staging(
            cr,
            "crm_quality_new_fault",
            {
                "partner_id": "int",
                **dict.fromkeys(
                    ("field", "code", "severity", "value", "proposal"), "text"
                ),
            },
        )
        for row in rows:
            stamps = self._stamp(row)
            customer = self._make_customer(row, stamps, said, known)
            found = assess(customer, rules[row["is_company"]], now.date())
            findings = self._leave_to_parent(row, found.findings)
            scores.add(
                row["id"],
                *found[:4],
                len(findings),
                row["write_date"],
                json.dumps(stamps),
            )
            for finding, severity in findings:
                value = customer.values.get(finding.field) or ""
                faults.add(
                    row["id"],
                    finding.field,
                    finding.code,
                    severity,
                    value[:512],
                    finding.proposal[:512],
                )
        scores.close()
        faults.close()
        values = {
            "now": now,
            "today": now.date(),
            "ids": ids,
            "user": self.env.uid,
            **scope,
        }
        for statement in (_STORE_SCORES, _STORE_FAULTS, _FIX_FAULTS):
            cr.execute(SQL(statement, **values))
        return len(rows)

    @api.model
    def _leave_to_parent(self, row, findings):
        """A contact person has the address and tax number of the company above.

        They are mended there, once.
        """
        names = {"vat"} if not row["is_commercial"] else set()
        if row["parent_id"]:
            names |= {"street", "zip", "city", "country"}
        return [pair for pair in findings if pair[0].field not in names]

    @api.model
    def _stamp(self, row):
        """When each value was first seen as it is; the first look takes the last write.

        :return: {field: [digest of the value, day as YYYY-MM-DD]}
        """
        before = row["stamps"] or {}
        written = (row["write_date"] or row["create_date"]).date().isoformat()
        stamps = {}
        for name in (*_TEXTS, "country"):
            if not row[name]:
                continue
            digest = zlib.crc32(row[name].encode())
            old = before.get(name)
            stamps[name] = old if old and old[0] == digest else [digest, written]
        return stamps

    @api.model
    def _make_customer(self, row, stamps, said, known):
        confirmed = {
            name: datetime.fromisoformat(day).date()
            for name, (_digest, day) in stamps.items()
        }
        for (name, value), moment in said.get(row["id"], {}).items():
            # a source that says the same confirms it
            if name in confirmed and value == row[name]:
                confirmed[name] = max(confirmed[name], moment.date())
        values = {name: row[name] or "" for name in (*_TEXTS, "country")}
        for code, moment in known.get(row["id"], {}).items():
            values[code] = "known"
            confirmed[code] = moment.date()
        if row["confirmed_at"]:
            day = row["confirmed_at"].date()
            confirmed = {name: max(since, day) for name, since in confirmed.items()}
        return Customer(
            row["is_company"], values, row["country"] or "", row["bounces"], confirmed
        )

    @api.model
    def _read_said(self, ids):
        said = defaultdict(dict)
        rows = self.env.execute_query(SQL(_SAID, ids=ids, keys=list(_TEXTS)))
        for partner_id, key, value, moment in rows:
            if moment:
                said[partner_id][key, value] = moment
        return said

    @api.model
    def _read_known(self, ids, rules):
        prefix = "attribute:"
        codes = {
            rule.field.removeprefix(prefix)
            for kind in rules.values()
            for rule in kind
            if rule.field.startswith(prefix)
        }
        known = defaultdict(dict)
        if codes:
            for partner_id, code, moment in self.env.execute_query(
                SQL(_KNOWN, ids=ids, codes=list(codes))
            ):
                known[partner_id][prefix + code] = moment
        return known

    # ------------------------------------------------------------------ which

    @api.model
    def _find_changed(self, limit=None):
        """Customers that were never judged, or were written since."""
        self.env.flush_all()
        statement = _FIND_CHANGED.replace("{scope}", SCOPE)
        technical = self.env["crm.exchange"]._technical_partners()
        rows = self.env.execute_query(SQL(statement, technical=technical, limit=limit))
        return [id_ for (id_,) in rows]

    @api.model
    def _find_all(self):
        self.env.flush_all()
        statement = f"SELECT p.id FROM res_partner p WHERE {SCOPE}"
        technical = self.env["crm.exchange"]._technical_partners()
        return [
            id_
            for (id_,) in self.env.execute_query(SQL(statement, technical=technical))
        ]

    @api.model
    def _forget_others(self):
        """Faults and scores of those who are no customers any more."""
        technical = self.env["crm.exchange"]._technical_partners()
        for table in ("crm_quality_fault", "crm_quality_score"):
            statement = _FORGET.replace("{table}", table).replace("{scope}", SCOPE)
            self.env.cr.execute(SQL(statement, technical=technical))

    @api.model
    def _confirm(self, partner_ids):
        """Somebody said that all that is known of these customers is still right."""
        self.env.cr.execute(
            SQL(
                "UPDATE crm_quality_score SET confirmed_at = %s, seen_write = NULL "
                "WHERE partner_id = ANY(%s)",
                self.env.cr.now(),
                list(partner_ids),
            )
        )
        self.invalidate_model(flush=False)

    @api.model
    def _rank_worth(self):
        """Order customers by value: their `clv` score, else what they have bought.

        The faults of those who are worth more come first.
        """
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                WITH valued AS (
                    SELECT v.partner_id, max(v.value) AS value FROM crm_score_value v
                      JOIN crm_score c ON c.id = v.score_id AND c.code = 'clv'
                     GROUP BY 1
                ), bought AS (
                    SELECT partner_id, sum(amount) AS value FROM crm_purchase
                     WHERE NOT EXISTS (SELECT FROM valued) GROUP BY 1
                ), ranked AS (
                    SELECT partner_id, percent_rank() OVER (ORDER BY value) AS rank
                      FROM (SELECT * FROM valued UNION ALL SELECT * FROM bought) v
                )
                UPDATE crm_quality_score s SET worth = r.rank
                  FROM ranked r WHERE r.partner_id = s.partner_id
                   AND s.worth IS DISTINCT FROM r.rank
                """
            )
        )
