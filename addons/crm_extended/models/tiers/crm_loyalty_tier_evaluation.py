from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from . import measures

# Whoever takes part, and whoever is on a level without taking part any more
AUDIENCE = """
    SELECT p.id AS partner_id
      FROM res_partner p
     WHERE p.active AND p.id = p.commercial_partner_id
       AND COALESCE(p.company_id, %(company)s) = %(company)s
       AND %(audience)s AND %(segment)s AND %(chosen)s
"""
HOLDERS = """
    p.id IN (SELECT h.commercial_partner_id FROM loyalty_card c
               JOIN res_partner h ON h.id = c.partner_id
              WHERE c.program_id = %(program)s AND c.active)
"""
VALUES = """
    SELECT a.partner_id, %(columns)s
      FROM (%(audience)s) a %(joins)s
"""
# The step of `tiers.step`, said once more in SQL: up at once; down when the day to keep
# and the days of grace are over, by one level where the landing is soft.
CHANGES = """
    CREATE TEMPORARY TABLE crm_tier_change ON COMMIT DROP AS
    WITH known AS (
        SELECT COALESCE(v.partner_id, m.partner_id) AS partner_id, m.id, m.valid_from,
               m.level_id, m.keep_until, COALESCE(r.rank, 0) AS rank,
               COALESCE(v.fits, 0) AS fits,
               v.partner_id IS NULL AS outside,
               m.keep_until IS NOT NULL
                   AND m.keep_until + %(grace)s < %(day)s AS late
          FROM (SELECT * FROM crm_tier_value) v
          FULL JOIN (SELECT * FROM crm_loyalty_tier_member m
                      WHERE m.tier_id = %(tier)s AND m.valid_to IS NULL
                        AND %(chosen)s) m
            ON m.partner_id = v.partner_id
     LEFT JOIN crm_tier_rank r ON r.level_id = m.level_id
    ), stepped AS (
        SELECT *, CASE
               WHEN outside OR (fits = 0 AND rank = 0 AND id IS NOT NULL) THEN 'left'
               WHEN fits > rank AND id IS NULL THEN 'joined'
               WHEN fits > rank AND rank = 0 THEN 'lowered'  -- the level is archived
               WHEN fits > rank THEN 'promoted'
               WHEN fits = rank AND id IS NULL THEN 'none'
               WHEN fits = rank THEN 'stays'
               WHEN NOT late THEN 'kept'
               WHEN %(soft)s AND rank - 1 > fits THEN 'landed'
               WHEN fits > 0 THEN 'lowered'
               ELSE 'left' END AS code
          FROM known
    ), ranked AS (
        SELECT *, CASE code WHEN 'left' THEN 0 WHEN 'kept' THEN rank
                            WHEN 'landed' THEN rank - 1 ELSE fits END AS next
          FROM stepped
    )
    SELECT k.partner_id, k.id, k.valid_from, k.level_id, k.fits, k.code,
           n.level_id AS next_level_id, k.rank, k.next,
           CASE WHEN n.is_base THEN NULL
                WHEN k.code = 'kept' THEN COALESCE(k.keep_until, %(keep)s)
                ELSE GREATEST(k.keep_until, %(keep)s) END AS keep_until,
           k.keep_until AS kept_until
      FROM ranked k LEFT JOIN crm_tier_rank n ON n.rank = k.next
     WHERE k.code <> 'none'
"""
# A new level begins a new time to keep; the old one must not lengthen it
FRESH = """
    UPDATE crm_tier_change c SET keep_until = %(keep)s
      FROM crm_tier_rank n
     WHERE n.level_id = c.next_level_id AND NOT n.is_base
       AND c.next <> c.rank
"""
KEEP = """
    UPDATE crm_loyalty_tier_member m
       SET keep_until = c.keep_until, notice = NULL
      FROM crm_tier_change c
     WHERE c.id = m.id AND c.next_level_id = c.level_id
       AND m.keep_until IS DISTINCT FROM c.keep_until
"""
# Changed twice on a day: what was in between did not last
FORGET = """
    DELETE FROM crm_loyalty_tier_member m USING crm_tier_change c
     WHERE c.id = m.id AND c.next_level_id IS NULL AND c.valid_from >= %(day)s
"""
AMEND = """
    UPDATE crm_loyalty_tier_member m
       SET level_id = c.next_level_id, keep_until = c.keep_until, code = c.code,
           reason = %(reason)s, notice = NULL
      FROM crm_tier_change c JOIN crm_tier_rank n ON n.level_id = c.next_level_id
 LEFT JOIN crm_tier_value v ON v.partner_id = c.partner_id
     WHERE c.id = m.id AND c.next_level_id <> c.level_id AND c.valid_from >= %(day)s
"""
CLOSE = """
    UPDATE crm_loyalty_tier_member m SET valid_to = %(day)s
      FROM crm_tier_change c
     WHERE c.id = m.id AND c.next_level_id IS DISTINCT FROM c.level_id
       AND c.valid_from < %(day)s
"""
ENTER = """
    INSERT INTO crm_loyalty_tier_member
           (tier_id, level_id, previous_level_id, partner_id, company_id, valid_from,
            keep_until, code, reason)
    SELECT %(tier)s, c.next_level_id, c.level_id, c.partner_id, %(company)s, %(day)s,
           c.keep_until, c.code, %(reason)s
      FROM crm_tier_change c JOIN crm_tier_rank n ON n.level_id = c.next_level_id
 LEFT JOIN crm_tier_value v ON v.partner_id = c.partner_id
     WHERE c.next_level_id IS DISTINCT FROM c.level_id
       AND (c.id IS NULL OR c.valid_from < %(day)s)
     ORDER BY c.next_level_id, c.partner_id
"""
COUNTS = """
    SELECT level_id, next_level_id, count(*), (array_agg(partner_id))[1:80]
      FROM crm_tier_change
     WHERE level_id IS DISTINCT FROM next_level_id GROUP BY 1, 2
"""
MANY = 10000  # changes after which statistics are made at once


class LoyaltyTier(models.Model):
    """Levels brought up to date, by a handful of statements for all members."""

    _inherit = "crm.loyalty.tier"

    def _evaluate(self, on_date=None, partners=None, preview=False):
        """Let members of one ladder go up, keep, go down, join and leave on a day.

        Repeated on the same day it changes nothing. Each rule is one SELECT over the
        customers' rows, all joined by one statement; the other statements touch only
        members that change.

        :param date on_date: today by default
        :param partners: `res.partner` to look at alone; their commercial entities count
        :param bool preview: find the changes and store none
        :return: dict: counts of `joined`, `promoted`, `lowered`, `left`; `moves`: list
            of (level id or None, next level id or None, count, some partner ids);
            `risen`: ids of the members' rows that got a higher level
        :raises UserError: memberships of a later day are known already
        """
        self.ensure_one()
        tier = self.sudo().with_context(lang=self._get_lang())
        day = fields.Date.to_date(on_date) or fields.Date.context_today(tier)
        chosen = None
        if partners is not None:
            chosen = tuple(partners.sudo().commercial_partner_id.ids)
        tier._lock_for_evaluation(day)
        tier._find_values(day, chosen)
        tier._find_changes(day, chosen)
        moves = self.env.execute_query(SQL(COUNTS))
        result = {"moves": moves, **tier._count_moves(moves), "risen": []}
        if not preview:
            result["risen"] = tier._apply_changes(day)
            if chosen is None:
                tier._write_evaluated()
        self.env.cr.execute("DROP TABLE crm_tier_value, crm_tier_rank, crm_tier_change")
        return result

    def _get_lang(self):
        """Reasons are stored once, hence in one language: that of the company."""
        return self.sudo().company_id.partner_id.lang or self.env.lang or "en_US"

    def _lock_for_evaluation(self, day):
        """Keep other evaluations of the ladder out until this one ends."""
        self.env.flush_all()
        self.env.cr.execute(
            "SELECT FROM crm_loyalty_tier WHERE id = %s FOR NO KEY UPDATE", [self.id]
        )
        self.env.cr.execute(
            "DROP TABLE IF EXISTS pg_temp.crm_tier_value, pg_temp.crm_tier_rank, "
            "pg_temp.crm_tier_change"
        )
        [(latest,)] = self.env.execute_query(
            SQL(
                "SELECT max(GREATEST(valid_from, valid_to)) "
                "FROM crm_loyalty_tier_member WHERE tier_id = %s",
                self.id,
            )
        )
        if latest and latest > day:
            raise UserError(
                self.env._(
                    "“%(tier)s” cannot be evaluated for %(day)s: changes of %(latest)s "
                    "are known already. Choose that day or a later one.",
                    tier=self.name,
                    day=day,
                    latest=latest,
                )
            )

    # ------------------------------------------------------------------ numbers

    def _get_scope(self, day, partners=None):
        since, _last = self._get_period().window(day)
        return measures.Scope(
            self.company_id.id, since, day, partners, self.program_id.id or None
        )

    def _find_values(self, day, chosen):
        """The numbers of the audience and the level they fit, in `crm_tier_value`."""
        values = self._get_values(day, chosen)
        # How many rows a measure has is guessed far too low: for everybody a loop over
        # its rows per customer would be quadratic, for a few the index is right
        if chosen is None:
            self.env.cr.execute("SET LOCAL enable_nestloop = off")
        self.env.cr.execute(
            SQL("CREATE TEMPORARY TABLE crm_tier_value ON COMMIT DROP AS %s", values)
        )
        self.env.cr.execute("SET LOCAL enable_nestloop = on")
        self.env.cr.execute("ANALYZE crm_tier_value")
        self._make_ranks(self._get_ranked())

    def _get_values(self, day, chosen):
        """SELECT of `partner_id`, a column `r<rule id>` per rule, and rank `fits`."""
        scope = self._get_scope(day, chosen)
        levels = self._get_ranked()
        columns, joins = [], []
        for rule in levels.rule_ids:
            alias = SQL.identifier(f"r{rule.id}")
            value = SQL.identifier(f"r{rule.id}", "value")
            columns.append(SQL("COALESCE(%s, 0) AS %s", value, alias))
            joins.append(
                SQL(
                    "LEFT JOIN (%s) %s ON %s = a.partner_id",
                    rule._get_measure(scope),
                    alias,
                    SQL.identifier(f"r{rule.id}", "partner_id"),
                )
            )
        fits = SQL("CASE %s ELSE 0 END", SQL(" ").join(self._get_tests(levels)))
        return SQL(
            VALUES,
            columns=SQL(", ").join([*columns, SQL("%s AS fits", fits)]),
            audience=self._get_audience(day, chosen),
            joins=SQL(" ").join(joins),
        )

    def _get_tests(self, levels):
        """WHEN parts from the highest level down; one without rules takes the rest."""
        for rank, level in reversed(list(enumerate(levels, start=1))):
            glue = SQL(" AND ") if level.match == "all" else SQL(" OR ")
            tests = [
                SQL(
                    "COALESCE(%s, 0) >= %s",
                    SQL.identifier(f"r{rule.id}", "value"),
                    1 if rule.kind == "segment" else rule.minimum,
                )
                for rule in level.rule_ids
            ]
            yield SQL("WHEN (%s) THEN %s", glue.join(tests) or SQL("TRUE"), rank)
        if not levels:
            yield SQL("WHEN TRUE THEN 0")

    def _get_audience(self, day, chosen):
        audience = SQL("p.partner_share")
        if self.audience == "card":
            audience = SQL(HOLDERS, program=self.program_id.id)
        segment = SQL("TRUE")
        if self.segment_id:
            members = measures.segment(self._get_scope(day, chosen), self.segment_id.id)
            segment = SQL("p.id IN (SELECT s.partner_id FROM (%s) s)", members)
        return SQL(
            AUDIENCE,
            company=self.company_id.id,
            audience=audience,
            segment=segment,
            chosen=_among("p.id", chosen),
        )

    def _make_ranks(self, levels):
        """The levels with rank and the SQL text of what decided, `crm_tier_rank`."""
        self.env.cr.execute(
            "CREATE TEMPORARY TABLE crm_tier_rank "
            "(level_id int, rank int, is_base bool) ON COMMIT DROP"
        )
        for rank, level in enumerate(levels, start=1):
            self.env.cr.execute(
                "INSERT INTO crm_tier_rank VALUES (%s, %s, %s)",
                [level.id, rank, rank == 1 and not level.rule_ids],
            )

    # ------------------------------------------------------------------ changes

    def _get_keep(self, day):
        return self._get_period().keep_until(day, self.keep_more)

    def _find_changes(self, day, chosen):
        self.env.cr.execute(
            SQL(
                CHANGES,
                tier=self.id,
                day=day,
                grace=self.grace_days,
                soft=self.soft_landing,
                keep=SQL("%s::date", self._get_keep(day)),
                chosen=_among("m.partner_id", chosen),
            )
        )
        keep = SQL("%s::date", self._get_keep(day))
        self.env.cr.execute(SQL(FRESH, keep=keep))

    def _count_moves(self, moves):
        ranks = {level.id: rank for rank, level in enumerate(self._get_ranked(), 1)}
        counts = dict.fromkeys(("joined", "promoted", "lowered", "left"), 0)
        for before, after, count, _some in moves:
            if not before:
                counts["joined"] += count
            elif not after:
                counts["left"] += count
            elif ranks.get(after, 0) > ranks.get(before, 0):
                counts["promoted"] += count
            else:
                counts["lowered"] += count
        return counts

    def _apply_changes(self, day):
        """Let stays follow `crm_tier_change`.

        :return: ids of the stays on a higher level than before, or a first one
        """
        parts = {
            "tier": self.id,
            "company": self.company_id.id,
            "day": SQL("%s::date", day),
            "reason": self._get_reason(),
        }
        changed = 0
        for statement in (KEEP, FORGET, AMEND, CLOSE, ENTER):
            used = {k: v for k, v in parts.items() if f"%({k})s" in statement}
            self.env.cr.execute(SQL(statement, **used))
            changed += self.env.cr.rowcount
        if changed > MANY:
            self.env.cr.execute("ANALYZE crm_loyalty_tier_member")
        self.env["crm.loyalty.tier.member"].invalidate_model(flush=False)
        names = ["loyalty_tier_ids", "loyalty_tier_id", "loyalty_tier_member_ids"]
        self.env["res.partner"].invalidate_model(names, flush=False)
        rows = self.env.execute_query(
            SQL(
                """SELECT m.id FROM crm_loyalty_tier_member m
                     JOIN crm_tier_change c ON c.partner_id = m.partner_id
                    WHERE m.tier_id = %s AND m.valid_to IS NULL
                      AND c.code IN ('joined', 'promoted')
                    ORDER BY m.id""",
                self.id,
            )
        )
        return [id_ for (id_,) in rows]

    def _get_reason(self):
        """SQL text of why: the rules of the new level with the member's numbers."""
        texts = {
            "landed": self.env._("Soft landing, one level down"),
            "lowered": self.env._("The time to keep is over"),
        }
        words = [SQL("WHEN c.code = %s THEN %s", *item) for item in texts.items()]
        for level in self._get_ranked():
            parts = [rule._get_words() for rule in level.rule_ids]
            told = SQL("concat_ws(', ', %s)", SQL(", ").join(parts)) if parts else None
            words.append(
                SQL(
                    "WHEN n.level_id = %s THEN %s",
                    level.id,
                    told or self.env._("Takes part"),
                )
            )
        return SQL("CASE %s END", SQL(" ").join(words))

    # An evaluation is no edit: who changed the rules last must stay readable.

    def _write_evaluated(self):
        self.env.cr.execute(
            "UPDATE crm_loyalty_tier SET evaluated_at = now() AT TIME ZONE 'UTC' "
            "WHERE id = %s",
            [self.id],
        )
        self.invalidate_recordset(["evaluated_at"], flush=False)


class LoyaltyTierRule(models.Model):
    _inherit = "crm.loyalty.tier.rule"

    @api.private
    def _get_measure(self, scope):
        """The rule's number of each customer, see `measures`."""
        self.ensure_one()
        if self.kind == "segment":
            return measures.segment(scope, self.segment_id.id)
        if self.span == "ever":
            scope = scope.ever()
        return getattr(measures, self.kind)(scope)

    def _get_words(self):
        """SQL text of a member's number: 1,250 of 1,000.00 € spent"""
        self.ensure_one()
        if self.kind == "segment":
            return SQL("%s", self._describe())
        digits = "FM999G999G999G990D00" if self.kind == "spend" else "FM999G999G999G990"
        mark = "\x00"
        before, after = self.env._(
            "%(value)s of %(needed)s", value=mark, needed=self._describe()
        ).split(mark)
        return SQL(
            "%s || to_char(trunc(%s, 2), %s) || %s",
            before,
            SQL.identifier("v", f"r{self.id}"),
            digits,
            after,
        )


def _among(column, chosen):
    if chosen is None:
        return SQL("TRUE")
    return SQL("%s = ANY(%s)", SQL.identifier(*column.split(".")), list(chosen))
