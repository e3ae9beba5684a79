from contextlib import suppress

import psycopg2

from odoo import models
from odoo.exceptions import UserError
from odoo.tools import SQL, groupby, mute_logger

# Differences between members and those who fit. Without `segment_id` the customer does
# not fit any more; without `id` the customer is no member yet.
CHANGE = """
    CREATE TEMPORARY TABLE crm_segment_change (
        id int, valid_from date, valid_to date, segment_id int, partner_id int,
        company_id int, was_id int
    ) ON COMMIT DROP
"""
# One pass over customers answers for all segments together. A stay is told as one
# number, segment and company, so that a customer's stays are one array, and whoever has
# the same array as before costs nothing more: hence both are in the same order.
# OFFSET 0 keeps the array from being computed twice, and who left today from being
# looked up for those who leave now.
TOGETHER = """
    INSERT INTO crm_segment_change
           (id, valid_from, valid_to, segment_id, partner_id, company_id, was_id)
    WITH stays AS (
        SELECT partner_id, array_agg(code ORDER BY place, code) AS codes
          FROM (SELECT m.partner_id, s.place,
                       m.segment_id::bigint << 32 | COALESCE(m.company_id, 0) AS code
                  FROM crm_segment_member m
                  JOIN unnest(%(ids)s::int[], %(places)s::int[]) s (id, place)
                    ON s.id = m.segment_id
                 WHERE m.valid_to IS NULL AND %(among)s) member
         GROUP BY partner_id
    ), customer AS (
        SELECT res_partner.id, COALESCE(stays.codes, '{}') AS before,
               array_remove(ARRAY[%(codes)s]::bigint[], NULL) AS after
          FROM crm_segment_base base
          JOIN res_partner ON res_partner.id = base.partner_id
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
    SELECT COALESCE(m.id, b.id), COALESCE(m.valid_from, b.valid_from), b.valid_to,
           CASE WHEN change.fits THEN change.segment_id END, change.partner_id,
           NULLIF(change.code & 4294967295, 0), change.segment_id
      FROM change
      LEFT JOIN crm_segment_member m
        ON m.segment_id = change.segment_id AND m.partner_id = change.partner_id
       AND m.valid_to IS NULL
      LEFT JOIN LATERAL (
           SELECT b.id, b.valid_from, b.valid_to FROM crm_segment_member b
            WHERE change.fits AND m.id IS NULL AND b.segment_id = change.segment_id
              AND b.partner_id = change.partner_id AND b.valid_to = %(day)s
           OFFSET 0) b ON TRUE
"""
FITS = "WHEN %(test)s THEN %(id)s::bigint << 32 | COALESCE(%(company)s, 0)"

# A customer in `crm_segment_fit` is in the segment today. In an exclusive family the
# earlier segment has the customer, unless the two belong to different companies, which
# do not see each other's segments. Only such families are in the index.
FIT = """
    INSERT INTO crm_segment_fit (segment_id, family_id, scope, partner_id, company_id)
    SELECT %(id)s, %(family)s::int, %(scope)s::int, res_partner.id, %(company)s
      FROM crm_segment_base base
      JOIN res_partner ON res_partner.id = base.partner_id %(join)s
     WHERE %(test)s AND %(free)s %(limit)s
"""
UNCLAIMED = """NOT EXISTS (
    SELECT FROM crm_segment_fit f
     WHERE f.family_id = %s AND f.partner_id = res_partner.id
       AND (f.scope IS NULL OR %s IS NULL OR f.scope = %s))"""
# A full join cannot be planned as a nested loop, which is what a table just filled,
# without statistics, invites.
ONE_BY_ONE = """
    INSERT INTO crm_segment_change
           (id, valid_from, valid_to, segment_id, partner_id, company_id, was_id)
    SELECT m.id, m.valid_from, m.valid_to, f.segment_id,
           COALESCE(f.partner_id, m.partner_id), f.company_id,
           COALESCE(f.segment_id, m.segment_id)
      FROM (SELECT m.* FROM crm_segment_member m
             WHERE m.segment_id IN %(ids)s AND %(among)s
               AND (m.valid_to IS NULL OR m.valid_to = %(day)s)) m
      FULL JOIN (SELECT * FROM crm_segment_fit WHERE segment_id IN %(ids)s) f
        ON f.segment_id = m.segment_id AND f.partner_id = m.partner_id
     WHERE m.id IS NULL
        OR f.segment_id IS NULL AND m.valid_to IS NULL
        OR f.segment_id IS NOT NULL
           AND (m.valid_to IS NOT NULL OR m.company_id IS DISTINCT FROM f.company_id)
"""
BROKEN = (
    psycopg2.DataError,
    psycopg2.ProgrammingError,
    psycopg2.errors.StatementTooComplex,
)


class CrmSegment(models.Model):
    """Who must enter, leave or stay, found for all segments in few passes."""

    _inherit = "crm.segment"

    def _get_families(self):
        """These segments as lists that stand or fall together, in their order."""
        groups = groupby(self, lambda s: s.exclusive and s.family_id or s)
        families = [self.browse([s.id for s in group]) for _key, group in groups]
        return [family.with_prefetch(self._prefetch_ids) for family in families]

    def _compile(self, plan):
        """Test of each of these segments, as `Fit`; of an archived one None.

        :return: ({segment: fit}, segments that cannot be used, with the problem noted)
        """
        # A savepoint for each would take longer than the definitions; when one is to
        # blame, trying each alone tells which.
        with suppress(
            UserError, *BROKEN, ValueError, TypeError, KeyError, RecursionError
        ):
            with self.env.cr.savepoint(flush=False), mute_logger("odoo.sql_db"):
                fits = {s: s._get_fit(plan) if s.active else None for s in self}
                return fits, self.browse()
        fits, failed = {}, self.browse()
        for family in self._get_families():
            try:
                found = {
                    segment: segment._try(lambda s=segment: s._get_fit(plan))
                    for segment in family.filtered("active")
                }
            except UserError as error:  # AccessError is one: the author lost an access
                family._write_problem(str(error))
                failed |= family
                continue
            fits |= dict.fromkeys(family) | found
        return fits, failed

    def _find_changes(self, plan, fits, day, report=None):
        """Fill `crm_segment_change` for these segments.

        :param fits: of `_compile`, with the same plan
        :return: the segments left alone because of a problem, which is noted
        """
        self._create_tables()
        failed = self._lay_out(plan, fits, report)
        families = (self - failed)._get_families()
        together = self.browse().union(*(f for f in families if f._is_plain()))
        if not together._find_changes_together(plan, fits, day):
            together = self.browse()  # one is to blame: trying each alone tells which
        for family in families:
            if not family <= together and not family._fill(fits):
                failed |= family
        (self - failed - together)._find_changes_one_by_one(plan, day)
        self.env.cr.execute("ANALYZE pg_temp.crm_segment_change")
        (self - failed)._write_problem(None)
        return failed

    def _is_plain(self):
        """Whether one expression tells in which of these segments a customer is."""
        return len(set(self.mapped("company_id.id"))) <= 1 and not any(
            segment._is_limited() for segment in self
        )

    def _create_tables(self):
        cr = self.env.cr
        for table in ("change", "fit", "set", "base"):
            cr.execute(
                SQL("DROP TABLE IF EXISTS pg_temp.%s", SQL(f"crm_segment_{table}"))
            )
        cr.execute(CHANGE)
        cr.execute(
            "CREATE TEMPORARY TABLE crm_segment_fit (segment_id int NOT NULL, "
            "family_id int, scope int, partner_id int NOT NULL, company_id int) "
            "ON COMMIT DROP"
        )
        cr.execute(
            "CREATE INDEX ON crm_segment_fit (family_id, partner_id) "
            "WHERE family_id IS NOT NULL"
        )
        cr.execute(
            "CREATE TEMPORARY TABLE crm_segment_set (number int NOT NULL, "
            "partner_id int NOT NULL, words varchar) ON COMMIT DROP"
        )

    # ------------------------------------------------------------------ layout

    def _lay_out(self, plan, fits, report=None):
        """Lay what the tests read beside the customers, a customer a row.

        Each test then reads one narrow table instead of joining millions of score
        values, or asking who bought, again.

        :return: the segments that cannot be used, with the problem noted
        """
        failed = self.browse()
        used = {number for s in self if fits[s] for number in fits[s].sets}
        for done, number in enumerate(sorted(used)):
            readers = self.filtered(lambda s, n=number: fits[s] and n in fits[s].sets)
            if report:
                report(done, len(used), readers[0].name)
            try:
                readers[0]._try(lambda n=number: self._fill_set(n, plan.sets[n]))
            except UserError as error:
                for family in self._get_families():
                    if family & readers:
                        family._write_problem(str(error))
                        failed |= family
        self.env.cr.execute(
            "CREATE INDEX ON pg_temp.crm_segment_set (number, partner_id) "
            "WHERE words IS NOT NULL"
        )
        self._fill_base(plan)
        return failed

    def _fill_set(self, number, query):
        self.env.execute_query(
            SQL(
                "INSERT INTO crm_segment_set (number, partner_id, words) "
                "SELECT %s, q.partner_id, q.words FROM (%s) q",
                number,
                query,
            )
        )

    def _fill_base(self, plan):
        selected, joins = [SQL("p.id AS partner_id"), SQL("h.sets")], []
        for key, values in plan.values.items():
            value, company = (SQL.identifier(name) for name in plan.names(key))
            selected.append(SQL("%s.value AS %s", table := value, value))
            selected.append(SQL("%s.company_id AS %s", table, company))
            joins.append(
                SQL("LEFT JOIN %s AS %s ON %s.partner_id = p.id", values, table, table)
            )
        candidates = SQL()
        if plan.some:
            candidates = SQL("JOIN crm_segment_candidate c ON c.partner_id = p.id")
        self.env.cr.execute(
            SQL(
                """CREATE TEMPORARY TABLE crm_segment_base ON COMMIT DROP AS
                   SELECT %s FROM res_partner p %s
                     LEFT JOIN (SELECT partner_id, array_agg(number) AS sets
                                  FROM crm_segment_set GROUP BY partner_id) h
                            ON h.partner_id = p.id %s""",
                SQL(", ").join(selected),
                candidates,
                SQL(" ").join(joins),
            )
        )
        self.env.cr.execute("ANALYZE pg_temp.crm_segment_base")

    # ------------------------------------------------------------------ together

    def _find_changes_together(self, plan, fits, day):
        """False when the database refuses one of the tests; nothing is found then."""
        if not self:
            return True
        families = [f for f in self._get_families() if len(f) > 1]
        alone = self - self.browse().union(*families)
        places = dict.fromkeys(self.ids, 0)
        groups = [segment for segment in alone.sorted("id")]
        for place, family in enumerate(families, 1):
            places |= dict.fromkeys(family.ids, place)
            groups.append(family)
        codes = [
            SQL("CASE %s END", SQL(" ").join(cases))
            for group in groups
            if (cases := [s._get_case(fits[s]) for s in group if fits[s]])
        ]
        statement = SQL(
            TOGETHER,
            ids=list(places),
            places=list(places.values()),
            among=plan.among(SQL("m.partner_id")),
            codes=SQL(", ").join(codes),
            day=SQL("%s::date", day),
        )
        cr = self.env.cr
        try:
            with cr.savepoint(flush=False), mute_logger("odoo.sql_db"):
                cr.execute(statement)
        except BROKEN:
            return False
        return True

    def _get_case(self, fit):
        return SQL(FITS, test=fit.test, id=self.id, company=fit.company)

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
        free = SQL("TRUE")
        if family:
            free = SQL(UNCLAIMED, family, SQL("%s::int", scope), scope)
        join, limit = self._get_limit()
        self.env.execute_query(
            SQL(
                FIT,
                id=self.id,
                family=family,
                scope=scope,
                company=fit.company,
                join=join,
                test=SQL("(%s)", fit.test),
                free=free,
                limit=limit,
            )
        )

    def _find_changes_one_by_one(self, plan, day):
        if self:
            self.env.cr.execute(
                SQL(
                    ONE_BY_ONE,
                    ids=tuple(self.ids),
                    among=plan.among(SQL("m.partner_id")),
                    day=SQL("%s::date", day),
                )
            )
