import re
from typing import NamedTuple

import psycopg2

from odoo import models
from odoo.exceptions import UserError
from odoo.tools import SQL, Query, groupby, mute_logger

# Differences between members and those who fit. Without `segment_id` the customer does
# not fit any more; without `id` the customer is no member yet.
CHANGE = """
    CREATE TEMPORARY TABLE crm_segment_change (
        id int, valid_from date, valid_to date, segment_id int, partner_id int,
        company_id int
    ) ON COMMIT DROP
"""
# One pass over customers answers for all segments together. A stay is told as one
# number, segment and company, so that a customer's stays are one array, and whoever has
# the same array as before costs nothing more. OFFSET 0 keeps the array from being
# computed twice.
TOGETHER = """
    INSERT INTO crm_segment_change
           (id, valid_from, valid_to, segment_id, partner_id, company_id)
    WITH stays AS (
        SELECT partner_id, array_agg(code) AS codes
          FROM (SELECT partner_id,
                       segment_id::bigint << 32 | COALESCE(company_id, 0) AS code
                  FROM crm_segment_member
                 WHERE segment_id IN %(ids)s AND valid_to IS NULL
                 ORDER BY 1, 2) member
         GROUP BY partner_id
    ), customer AS (
        SELECT res_partner.id, COALESCE(stays.codes, '{}') AS before,
               array_remove(ARRAY[%(codes)s]::bigint[], NULL) AS after
          FROM res_partner
          LEFT JOIN crm_segment_base base ON base.partner_id = res_partner.id
          LEFT JOIN stays ON stays.partner_id = res_partner.id
        OFFSET 0
    ), change AS (
        SELECT customer.id AS partner_id, code >> 32 AS segment_id,
               bool_or(fits) AS fits, max(code) FILTER (WHERE fits) AS code
          FROM customer CROSS JOIN LATERAL (
                   SELECT code, true AS fits FROM unnest(after) code
                    WHERE code <> ALL(before)
                    UNION ALL
                   SELECT code, false FROM unnest(before) code
                    WHERE code <> ALL(after)) difference
         WHERE customer.before <> customer.after
         GROUP BY 1, 2
    )
    SELECT m.id, m.valid_from, m.valid_to,
           CASE WHEN change.fits THEN change.segment_id END, change.partner_id,
           NULLIF(change.code & 4294967295, 0)
      FROM change
      LEFT JOIN crm_segment_member m
        ON m.segment_id = change.segment_id AND m.partner_id = change.partner_id
       AND (m.valid_to IS NULL OR m.valid_to = %(day)s)
"""
CODE = "CASE WHEN %(test)s THEN %(id)s::bigint << 32 | COALESCE(%(company)s, 0) END"

# A customer in `crm_segment_fit` is in the segment today. In an exclusive family the
# earlier segment has the customer, unless the two belong to different companies, which
# do not see each other's segments. Only such families are in the index.
FIT = """
    INSERT INTO crm_segment_fit (segment_id, family_id, scope, partner_id, company_id)
    %(population)s
"""
UNCLAIMED = """NOT EXISTS (
    SELECT FROM crm_segment_fit f
     WHERE f.family_id = %s AND f.partner_id = res_partner.id
       AND (f.scope IS NULL OR %s IS NULL OR f.scope = %s))"""
# A full join cannot be planned as a nested loop, which is what a table just filled,
# without statistics, invites.
ONE_BY_ONE = """
    INSERT INTO crm_segment_change
           (id, valid_from, valid_to, segment_id, partner_id, company_id)
    SELECT m.id, m.valid_from, m.valid_to, f.segment_id, f.partner_id, f.company_id
      FROM (SELECT * FROM crm_segment_member
             WHERE segment_id IN %(ids)s
               AND (valid_to IS NULL OR valid_to = %(day)s)) m
      FULL JOIN crm_segment_fit f
        ON f.segment_id = m.segment_id AND f.partner_id = m.partner_id
     WHERE m.id IS NULL
        OR f.segment_id IS NULL AND m.valid_to IS NULL
        OR f.segment_id IS NOT NULL
           AND (m.valid_to IS NOT NULL OR m.company_id IS DISTINCT FROM f.company_id)
"""
SUBQUERY = re.compile(r"\bselect\b", re.IGNORECASE)


class Fit(NamedTuple):
    """Who fits a segment, in which company that is shown, and the reason, as SQL."""

    query: Query
    company: SQL
    reason: SQL

    @property
    def is_plain(self):
        """Whether the test reads nothing but the customer and the scores beside it.

        A subquery is better joined than asked for each customer.
        """
        known = {*self.query._tables, *self.query._joins} <= {"res_partner", "base"}
        return known and not SUBQUERY.search(self.query.where_clause.code)


class CrmSegment(models.Model):
    """Who must enter, leave or stay, found for all segments in few passes."""

    _inherit = "crm.segment"

    def _find_changes(self, day, report=None):
        """Fill `crm_segment_change` for these segments.

        :return: the segments left alone because of a problem, which is noted; and the
            SQL reason of who enters, by segment id
        """
        self._create_tables()
        prepared = self._get_conditions()._prepare_values()
        groups = groupby(self, lambda s: s.exclusive and s.family_id or s)
        families = [self.browse([s.id for s in group]) for _key, group in groups]
        failed, fits = self.browse(), {}
        for family in families:
            if report:
                report(len(fits) + len(failed), len(self), family[0].name)
            found = family._get_fits(prepared)
            if found is None:
                failed |= family
            else:
                fits |= dict.fromkeys(family) | found
        plain = (self - failed).filtered(
            lambda s: not s.exclusive and (not fits[s] or fits[s].is_plain)
        )
        if not plain._find_changes_together(fits, day):
            plain = self.browse()  # one is to blame: trying each alone tells which
        for family in families:
            if family <= self - failed - plain and not family._fill(fits):
                failed |= family
        (self - failed - plain)._find_changes_one_by_one(day)
        self.env.cr.execute("ANALYZE pg_temp.crm_segment_change")
        (self - failed)._write_problem(None)
        return failed, {s.id: fit.reason for s, fit in fits.items() if fit}

    def _create_tables(self):
        cr = self.env.cr
        cr.execute("DROP TABLE IF EXISTS pg_temp.crm_segment_change")
        cr.execute(CHANGE)
        cr.execute("DROP TABLE IF EXISTS pg_temp.crm_segment_fit")
        cr.execute(
            "CREATE TEMPORARY TABLE crm_segment_fit (segment_id int NOT NULL, "
            "family_id int, scope int, partner_id int NOT NULL, company_id int) "
            "ON COMMIT DROP"
        )
        cr.execute(
            "CREATE INDEX ON crm_segment_fit (family_id, partner_id) "
            "WHERE family_id IS NOT NULL"
        )

    def _get_fits(self, prepared):
        """`Fit` of each segment in use; None, with the problem noted, if one cannot."""
        try:
            return {
                segment: segment._try(lambda s=segment: s._get_fit(prepared))
                for segment in self.filtered("active")
            }
        except UserError as error:  # AccessError is one: the author lost an access
            self._write_problem(str(error))
            return None

    def _get_fit(self, prepared):
        query, columns = self._get_population(prepared)
        companies = [SQL("%s::int", self.company_id.id or None)]
        companies += [company for _value, company in columns]
        companies.append(SQL("res_partner.company_id"))
        company = SQL("COALESCE(%s)", SQL(", ").join(companies))
        return Fit(query, company, self._get_reason(columns))

    # ------------------------------------------------------------------ together

    def _find_changes_together(self, fits, day):
        """False when the database refuses one of the tests; nothing is found then."""
        if not self:
            return True
        codes = [
            SQL(
                CODE,
                test=fits[segment].query.where_clause or SQL("TRUE"),
                id=segment.id,
                company=fits[segment].company,
            )
            for segment in self.sorted("id")
            if fits[segment]
        ]
        statement = SQL(
            TOGETHER,
            ids=tuple(self.ids),
            codes=SQL(", ").join(codes),
            day=SQL("%s::date", day),
        )
        cr = self.env.cr
        try:
            with cr.savepoint(flush=False), mute_logger("odoo.sql_db"):
                cr.execute(statement)
        except (
            psycopg2.DataError,
            psycopg2.ProgrammingError,
            psycopg2.errors.StatementTooComplex,
        ):
            return False
        return True

    # ------------------------------------------------------------------ one by one

    def _fill(self, fits):
        """Add who fits these segments, first come first served; all of them or none."""
        try:
            with self.env.cr.savepoint(flush=False):
                for segment in self.filtered(lambda s: fits[s]):
                    segment._try(lambda s=segment: s._fill_segment(fits[s]))
        except UserError as error:
            self._write_problem(str(error))
            return False
        return True

    def _fill_segment(self, fit):
        scope = self.company_id.id or None
        family = self.family_id.id if self.exclusive else None
        if family:
            fit.query.add_where(SQL(UNCLAIMED, family, SQL("%s::int", scope), scope))
        population = fit.query.select(
            SQL("%s", self.id),
            SQL("%s::int", family),
            SQL("%s::int", scope),
            SQL("res_partner.id"),
            fit.company,
        )
        self.env.execute_query(SQL(FIT, population=population))

    def _find_changes_one_by_one(self, day):
        if self:
            day = SQL("%s::date", day)
            self.env.cr.execute(SQL(ONE_BY_ONE, ids=tuple(self.ids), day=day))
