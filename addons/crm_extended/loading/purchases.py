"""Purchases of a file are stored by three statements, however many there are."""

import hashlib

from odoo.tools import SQL

from ..intake.mapping import canonical
from .staging import Staging

_SLICE = 50_000
_MOST = 10**12  # in company currency, as the largest number a mapping may believe
# target of the mapping -> column of crm_purchase and type
_COLUMNS = {
    "date": ("date", "date"),
    "product_code": ("product_id", "int"),
    "product_name": ("product_name", "text"),
    "category": ("categ_id", "int"),
    "quantity": ("quantity", "numeric"),
    "amount": ("amount", "numeric"),
    "cost": ("cost", "numeric"),
    "currency": ("currency_id", "int"),
    "branch": ("branch_id", "int"),
    "channel": ("channel", "text"),
    "payment_method": ("payment_method", "text"),
}


class Purchases:
    """Stages the purchases of a file, then inserts the new and updates the changed.

    An update touches only the columns that the mapping fills, and only when the source
    says something else than last time: a manager's correction stays.

    :param mapping: crm.import.mapping
    :param problems: a `report.Problems`
    """

    def __init__(self, mapping, problems):
        self._env = mapping.env
        self._mapping = mapping
        self._problems = problems
        self.created = self.updated = self.unchanged = 0
        self._targets = [t for t in _COLUMNS if t in mapping.line_ids.mapped("target")]
        columns = {"row": "int", "key": "text", "customer_key": "text", "hash": "text"}
        columns |= {_COLUMNS[t][0]: _COLUMNS[t][1] for t in self._targets}
        if "currency" not in self._targets:
            columns["currency_id"] = "int"
        self._stage = Staging(self._env.cr, "crm_import_purchase", columns)

    def add(self, row: int, key: str, values: dict) -> None:
        """Take the purchase of a row.

        :param values: target -> value, as the mapper gives them
        """
        currency = self._mapping.currency_id.id
        cells = [values.get(target) for target in self._targets]
        if "currency" in self._targets:
            place = self._targets.index("currency")
            cells[place] = cells[place] or currency
        else:
            cells.append(currency)
        if "quantity" in self._targets:
            place = self._targets.index("quantity")
            cells[place] = 1 if cells[place] is None else cells[place]
        content = "\x1f".join(canonical(cell) for cell in cells)
        content += "\x1f" + values["customer_key"]
        digest = hashlib.md5(content.encode(), usedforsecurity=False).hexdigest()[:16]
        self._stage.add(row, key, values["customer_key"], digest, *cells)

    # ------------------------------------------------------------------ storing

    def store(self, report) -> None:
        """Store what was staged.

        :param report: called with (done, total)
        """
        self._stage.close()
        self._env["crm.purchase"].flush_model()
        self._refuse_strangers()
        self._prepare_rates()
        self._refuse_absurd()
        cr = self._env.cr
        cr.execute("SELECT count(*), COALESCE(max(row), 0) FROM crm_import_purchase")
        [(total, last)] = cr.fetchall()
        for first in range(0, last + 1, _SLICE):
            cr.execute(self._get_upsert(first, first + _SLICE))
            [(created, updated)] = cr.fetchall()
            self.created += created
            self.updated += updated
            report(min(first + _SLICE, last), last)
        self.unchanged = total - self.created - self.updated
        self._env["crm.purchase"].invalidate_model()

    def _refuse_strangers(self):
        """A purchase needs a customer that the source sent and the user may see.

        A source may serve several companies: the customer of another is a stranger.
        """
        partners = self._env["res.partner"].with_context(active_test=False)
        companies = [False, *self._mapping.company_id.sudo().parent_ids.ids]
        rows = self._env.execute_query(
            SQL(
                """
                DELETE FROM crm_import_purchase t
                USING crm_import_purchase s LEFT JOIN crm_source_record r
                  ON r.source_id = %s AND r.key = s.customer_key
                WHERE t.ctid = s.ctid
                  AND (r.partner_id IS NULL OR r.partner_id NOT IN %s)
                RETURNING t.row, t.customer_key, r.partner_id
                """,
                self._mapping.source_id.id,
                partners._search([("company_id", "in", companies)]).subselect(),
            )
        )
        for row, key, partner in rows:
            code = "customer_forbidden" if partner else "customer_unknown"
            self._problems.complain(row, code, value=key)

    def _prepare_rates(self):
        """One factor per currency and day, the same as Odoo's `_get_rates` gives."""
        company = self._mapping.company_id
        self._env["res.currency.rate"].flush_model()
        self._env.cr.execute("DROP TABLE IF EXISTS crm_import_rate")
        self._env.cr.execute(
            SQL(
                """
                CREATE TEMPORARY TABLE crm_import_rate ON COMMIT DROP AS
                WITH days AS (
                    SELECT DISTINCT currency_id, date FROM crm_import_purchase
                )
                SELECT days.currency_id, days.date, c.rounding::numeric AS rounding,
                       CASE WHEN currency_id = %(own)s THEN 1.0
                            ELSE %(to_rate)s / NULLIF(%(from_rate)s, 0)
                       END::numeric AS factor
                FROM days JOIN res_currency c ON c.id = days.currency_id
                """,
                own=company.currency_id.id,
                to_rate=self._get_rate(SQL("%s", company.currency_id.id)),
                from_rate=self._get_rate(SQL("days.currency_id")),
            )
        )
        self._env.cr.execute("ANALYZE crm_import_rate")

    def _refuse_absurd(self):
        """A believable number times a mistyped rate would stop all sums over it."""
        columns = {line.target: line.column for line in self._mapping.line_ids}
        for target in ("amount", "cost"):
            if target not in self._targets:
                continue
            rows = self._env.execute_query(
                SQL(
                    """
                    DELETE FROM crm_import_purchase s USING crm_import_rate f
                    WHERE f.currency_id = s.currency_id AND f.date = s.date
                      AND abs(s.%(number)s * f.factor) > %(most)s
                    RETURNING s.row, s.%(number)s
                    """,
                    number=SQL.identifier(target),
                    most=_MOST,
                )
            )
            for row, number in rows:
                self._problems.complain(
                    row,
                    "converted_huge",
                    columns[target] or target,
                    f"{float(number):.15g}",
                    limit=_MOST,
                )

    def _get_rate(self, currency):
        rates = SQL(
            """SELECT rate FROM res_currency_rate
               WHERE currency_id = %s AND (company_id IS NULL OR company_id = %s)""",
            currency,
            self._mapping.company_id.root_id.id,
        )
        return SQL(
            """COALESCE(
                (%(rates)s AND name <= days.date
                 ORDER BY company_id, name DESC LIMIT 1),
                (%(rates)s ORDER BY company_id, name LIMIT 1), 1.0)""",
            rates=rates,
        )

    def _get_updates(self, columns):
        """What a purchase that its source changed takes over: mapped columns only."""
        mapped = [*columns, "partner_id", "amount_company", "payload_hash"]
        mapped += ["write_uid", "write_date"]
        mapped += ["cost_company"] if "cost" in self._targets else []
        return SQL(", ").join(
            SQL("%s = EXCLUDED.%s", SQL.identifier(name), SQL.identifier(name))
            for name in mapped
        )

    def _get_upsert(self, first, until):
        columns = [_COLUMNS[target][0] for target in self._targets]
        if "currency_id" not in columns:
            columns.append("currency_id")
        names = SQL(", ").join(SQL.identifier(name) for name in columns)
        own = self._mapping.company_id.currency_id.rounding
        return SQL(
            """
            WITH stored AS (
                INSERT INTO crm_purchase AS p
                    (source_id, key, company_id, partner_id, payload_hash,
                     create_uid, create_date, write_uid, write_date,
                     amount_company, cost_company, %(extra_names)s %(names)s)
                SELECT %(source)s, s.key, %(company)s, r.partner_id, s.hash,
                       %(user)s, %(now)s, %(user)s, %(now)s,
                       round(s.amount * f.factor / %(own)s) * %(own)s,
                       %(cost)s, %(extra)s %(values)s
                FROM crm_import_purchase s
                JOIN crm_source_record r
                  ON r.source_id = %(source)s AND r.key = s.customer_key
                JOIN crm_import_rate f
                  ON f.currency_id = s.currency_id AND f.date = s.date
                WHERE s.row >= %(first)s AND s.row < %(until)s
                ON CONFLICT (source_id, company_id, key) DO UPDATE SET %(updates)s
                WHERE p.payload_hash IS DISTINCT FROM EXCLUDED.payload_hash
                RETURNING (xmax = 0) AS is_new
            )
            SELECT count(*) FILTER (WHERE is_new), count(*) FILTER (WHERE NOT is_new)
            FROM stored
            """,
            names=names,
            values=SQL(", ").join(
                SQL("s.%s", SQL.identifier(name)) for name in columns
            ),
            extra_names=SQL("") if "quantity" in columns else SQL("quantity,"),
            extra=SQL("") if "quantity" in columns else SQL("1,"),
            cost=SQL("round(s.cost * f.factor / %s) * %s", own, own)
            if "cost" in self._targets
            else SQL("NULL"),
            updates=self._get_updates(columns),
            source=self._mapping.source_id.id,
            company=self._mapping.company_id.id,
            user=self._env.uid,
            now=self._env.cr.now(),
            own=own,
            first=first,
            until=until,
        )
