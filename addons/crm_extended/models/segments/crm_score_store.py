import csv
import json
import tempfile

import psycopg2

from odoo import models
from odoo.exceptions import UserError
from odoo.tools import SQL

MEMORY_BYTES = 32 * 1024 * 1024  # of rows kept in memory before they go to a file
MANY = 1000  # changes after which who reads the values needs fresh statistics

LOAD = SQL(
    "COPY crm_score_new (partner_id, value, evidence) FROM STDIN WITH (FORMAT csv)"
)

CHECK = SQL("""
    SELECT count(*),
           count(*) - count(DISTINCT partner_id),
           min(partner_id) FILTER (
               WHERE value IS NULL
                  OR NOT (value > '-Infinity' AND value < 'Infinity')),
           count(*) FILTER (
               WHERE NOT EXISTS (SELECT FROM res_partner p WHERE p.id = partner_id))
      FROM crm_score_new
""")

# Only one computation at a time may store a score; who waits here and then finds it
# changed is told so by PostgreSQL, before any work, and is tried again by Odoo.
LOCK = "SELECT FROM crm_score WHERE id = %(score)s FOR NO KEY UPDATE"

# Rows equal to what is stored are not even looked at by the writing statements: a
# locked row is a written page. An upsert would cost a third more for each new row.
UPDATE = """
    UPDATE crm_score_value o
       SET value = n.value, date = %(date)s, version = %(version)s,
           evidence = n.evidence
      FROM crm_score_new n
     WHERE o.score_id = %(score)s AND o.partner_id = n.partner_id AND %(same)s
       AND (o.value, o.version, o.evidence)
           IS DISTINCT FROM (n.value, %(version)s, n.evidence)
"""
INSERT = """
    INSERT INTO crm_score_value
           (score_id, partner_id, company_id, value, date, version, evidence)
    SELECT %(score)s, n.partner_id, %(company)s, n.value, %(date)s, %(version)s,
           n.evidence
      FROM crm_score_new n
      JOIN res_partner p ON p.id = n.partner_id
     WHERE NOT EXISTS (
           SELECT FROM crm_score_value o
            WHERE o.score_id = %(score)s AND o.partner_id = n.partner_id AND %(same)s)
     ORDER BY n.partner_id
"""
DELETE = """
    DELETE FROM crm_score_value o
     WHERE o.score_id = %(score)s AND %(same)s
       AND NOT EXISTS (SELECT FROM crm_score_new n WHERE n.partner_id = o.partner_id)
"""

CUTS = """
    SELECT percentile_disc(ARRAY[0.2, 0.4, 0.6, 0.8]) WITHIN GROUP (ORDER BY value)
      FROM crm_score_value o
     WHERE o.score_id = %(score)s AND %(same)s
"""


class CrmScore(models.Model):
    _inherit = "crm.score"

    def _store(self, rows, date, version=None, company=None):
        """Make `rows` the values of this score in `company`; others of it are removed.

        Rows that say what is stored already are not touched, so that a nightly run over
        a million customers writes only what changed.

        :param rows: iterable of (customer id, value, evidence dict or None), or a file
            open for reading: CSV without header, same columns, evidence as JSON
        :param date: day since which new and changed values hold
        :param str version: version of the model
        :param company: `res.company`, or none for values that all companies share
        :return: dict of counts: inserted, updated, unchanged, deleted, unknown (rows of
            customers that do not exist any more)
        :raises UserError: a customer twice, or a value that is not a finite number
        """
        self.ensure_one()
        cr = self.env.cr
        self._load(rows)
        total, unknown = self._check_loaded()
        company_id = company.id if company else None
        parts = {
            "score": self.id,
            "company": SQL("%s::int", company_id),
            "date": SQL("%s::date", date),
            "version": SQL("%s::varchar", version or None),
            "same": SQL("o.company_id = %s", company_id)
            if company_id
            else SQL("o.company_id IS NULL"),
        }
        cr.execute(SQL(LOCK, score=self.id))
        counts = {}
        for name, statement in (
            ("updated", UPDATE),
            ("inserted", INSERT),
            ("deleted", DELETE),
        ):
            used = {k: v for k, v in parts.items() if f"%({k})s" in statement}
            cr.execute(SQL(statement, **used))
            counts[name] = cr.rowcount
        if counts["inserted"] + counts["deleted"] > MANY:
            # not of the evidence, which nobody searches
            cr.execute(
                "ANALYZE crm_score_value (score_id, partner_id, company_id, value)"
            )
        [(cuts,)] = self.env.execute_query(SQL(CUTS, score=self.id, same=parts["same"]))
        self.write(
            {
                "version": version,
                "run_date": date,
                "cuts": {**(self.cuts or {}), str(company_id or 0): cuts},
            }
        )
        self.env["crm.score.value"].invalidate_model(flush=False)
        self.env["res.partner"].invalidate_model(
            ["score_value_ids", "score_band_ids"], flush=False
        )
        unchanged = total - unknown - counts["inserted"] - counts["updated"]
        return {**counts, "unchanged": unchanged, "unknown": unknown}

    # ------------------------------------------------------------------ private

    def _load(self, rows):
        """Bring the rows into the temporary table `crm_score_new`."""
        self.env.flush_all()
        cr = self.env.cr
        cr.execute("DROP TABLE IF EXISTS pg_temp.crm_score_new")
        cr.execute(
            "CREATE TEMPORARY TABLE crm_score_new "
            "(partner_id bigint NOT NULL, value float8, evidence jsonb) "
            "ON COMMIT DROP"
        )
        try:
            with cr.savepoint(flush=False):
                if hasattr(rows, "read"):
                    cr.copy_expert(LOAD.code, rows)
                else:
                    self._copy_rows(rows)
        except psycopg2.DataError as error:
            raise UserError(
                self.env._(
                    "The values of score %(score)s cannot be read: %(error)s",
                    score=self.display_name,
                    error=(error.diag.context or str(error)).splitlines()[0],
                )
            ) from error
        # Without the index the first store of a score is quadratic: statistics still
        # say that the score has no values, so a nested loop looks cheap.
        cr.execute("CREATE INDEX ON pg_temp.crm_score_new (partner_id)")
        cr.execute("ANALYZE pg_temp.crm_score_new (partner_id)")

    def _copy_rows(self, rows):
        with tempfile.SpooledTemporaryFile(
            MEMORY_BYTES, mode="w+", encoding="utf-8", newline=""
        ) as file:
            writer = csv.writer(file)
            for partner_id, value, evidence in rows:
                text = json.dumps(evidence, allow_nan=False) if evidence else None
                writer.writerow((partner_id, value, text))
            file.seek(0)
            self.env.cr.copy_expert(LOAD.code, file)

    def _check_loaded(self):
        [(total, repeated, not_finite, unknown)] = self.env.execute_query(CHECK)
        if repeated:
            raise UserError(
                self.env._(
                    "Score %(score)s was given %(count)s customers twice. Nothing was "
                    "stored; each customer may have one value.",
                    score=self.display_name,
                    count=repeated,
                )
            )
        if not_finite is not None:
            raise UserError(
                self.env._(
                    "Score %(score)s of customer %(id)s is not a finite number. "
                    "Nothing was stored.",
                    score=self.display_name,
                    id=not_finite,
                )
            )
        return total, unknown
