import tempfile
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ..sources.purchase_lines import purchase_lines
from . import tracking_group_sql as group_sql
from . import tracking_sql as sql

YEARS = 10
VERSION = "tracking/1"
MEMORY_BYTES = 32 * 1024 * 1024
# code of the score: (its column, the columns told as evidence)
SCORES = {
    "loyalty": ("loyalty", ("purchase_days", "regularity", "risk")),
    "loyalty_tenure": ("tenure", ("first_date",)),
    "loyalty_regularity": ("regularity", ("purchase_days",)),
    "loyalty_lengthening": ("lengthening", ("waiting", "usual_interval")),
    "loyalty_breadth": ("breadth", ("breadth_before",)),
    "loyalty_price": ("price_share", ("price_share_before",)),
    "loyalty_satisfaction": ("satisfaction", ("satisfaction_before",)),
    "loyalty_engagement": ("engagement", ("contacts_in", "mail_opens")),
    "loyalty_referrals": ("referrals", ()),
    "loyalty_risk": ("risk", ("waiting", "usual_interval", "risk_source")),
}


class LoyaltyTrackRun(models.Model):
    """Measures the loyalty of all customers of a company, every night or when asked."""

    _name = "crm.loyalty.track.run"
    _inherit = "crm.run.mixin"
    _description = "Loyalty Tracking"
    _order = "id desc"

    name = fields.Char(compute="_compute_name")
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    as_of = fields.Date(
        help="Empty: the company's last purchase, today at the latest. Then a company "
        "whose history ends years ago is measured at its end."
    )
    contact_cost = fields.Monetary(
        string="Cost of a Contact",
        default=lambda self: self._get_last("contact_cost"),
        aggregator=None,
        help="What handling one call, mail or visit costs. 0: not stated, and the "
        "saving of service cost is not computed.",
    )
    margin_rate = fields.Float(
        string="Margin Where Cost Is Unknown (%)",
        default=lambda self: self._get_last("margin_rate"),
        aggregator=None,
        help="Used for profit where less than half of the amount has a known cost. "
        "0: not stated, and profit is not computed there.",
    )
    day = fields.Date(string="Measured On", readonly=True, copy=False)
    customers = fields.Integer(readonly=True, copy=False, aggregator=None)

    _rates = models.Constraint(
        "CHECK (margin_rate >= 0 AND margin_rate <= 100 AND contact_cost >= 0)",
        "A margin lies between 0% and 100%, and a contact costs 0 or more.",
    )

    @api.depends("create_date")
    def _compute_name(self):
        for run in self:
            run.name = self.env._("Tracking of %(day)s", day=run._get_day_made())

    @api.model
    def _get_last(self, name):
        """What was stated the last time stands until it is stated anew."""
        if not self.has_access("read"):
            return 0.0
        last = self.search([("company_id", "=", self.env.company.id)], limit=1)
        return last[name] if last else 0.0

    @api.model
    def _cron_track(self):
        """Queue tonight's tracking of each company; runs of the last month are kept."""
        old = fields.Datetime.now() - timedelta(days=30)
        runs = self.search([("create_date", "<", old)])
        companies = self.env["res.company"].search([])  # pylint: disable=no-search-all
        latest = self.browse()
        for company in companies:
            here = self.with_company(company)
            latest |= here.search([("company_id", "=", company.id)], limit=1)
            here.create({"company_id": company.id}).action_start()
        (runs - latest).unlink()

    # ------------------------------------------------------------------ the work

    def _execute(self):
        self = self.with_context(track_day=self._find_day())
        steps = (
            (self.env._("Reading purchases"), self._read_purchases),
            (self.env._("Reading what was said"), self._read_events),
            (self.env._("Measuring customers"), self._measure_customers),
            (self.env._("Comparing groups"), self._measure_groups),
            (self.env._("Splitting profit"), self._split_profit),
            (self.env._("Storing scores"), self._store_scores),
        )
        self.env.flush_all()
        for table in sql.TABLES:
            name = SQL.identifier(f"crm_track_{table}")
            self.env.cr.execute(SQL("DROP TABLE IF EXISTS pg_temp.%s", name))
        for done, (text, step) in enumerate(steps):
            self._report(done, len(steps), text)
            step()
        self.env.cr.execute("SELECT count(*) FROM crm_track_customer")
        for name in ("track", "group", "profit"):
            self.env[f"crm.loyalty.{name}"].invalidate_model(flush=False)
        return {
            "customers": self.env.cr.fetchone()[0],
            "day": self.env.context["track_day"],
        }

    # ------------------------------------------------------------------ private

    def _find_day(self):
        today = fields.Date.context_today(self)
        if self.as_of:
            return min(self.as_of, today)
        [(last,)] = self.env.execute_query(
            SQL(
                "SELECT max(date) FROM (%s) f WHERE company_id = %s AND date <= %s",
                purchase_lines(),
                self.company_id.id,
                today,
            )
        )
        return last or today

    def _ask(self, statement, *indexes, **parts):
        """Run one step; only the parts it names are given to it."""
        day = self.env.context["track_day"]
        known = {
            "company": self.company_id.id,
            "day": day,
            "year0": day - timedelta(days=365),
            "year1": day - timedelta(days=730),
            "shown": group_sql.QUARTERS - 1,
            "last": group_sql.QUARTERS + 3,
            "years": YEARS,
            **parts,
        }
        used = {k: v for k, v in known.items() if f"%({k})s" in statement}
        self.env.cr.execute(SQL(statement, **used))
        for table in indexes:
            name = SQL.identifier(f"crm_track_{table}")
            self.env.cr.execute(SQL("ANALYZE pg_temp.%s", name))

    def _read_purchases(self):
        self._ask(sql.LINES, "line", lines=purchase_lines())
        self._ask(sql.DAYS, "day")

    def _read_events(self):
        self._ask(sql.EVENTS, "event", referrals=self._get_referrals())

    def _get_referrals(self):
        """Customers brought, as SQL rows (who brought, day, 'brought', 1); may be none.

        Override to add other referrals.
        """
        if "crm.referral" not in self.env:
            return SQL("")
        return SQL(
            """UNION ALL
            SELECT referrer_id, bought_on, 'brought', 1 FROM crm_referral
             WHERE bought_on IS NOT NULL AND state NOT IN ('refused', 'expired')
               AND company_id = %s""",
            self.company_id.id,
        )

    def _measure_customers(self):
        self._ask(sql.CUSTOMERS, "customer")
        self.env.cr.execute(
            "DELETE FROM crm_loyalty_track WHERE company_id = %s", [self.company_id.id]
        )
        self._ask(sql.STORE)
        self.env.cr.execute("ANALYZE crm_loyalty_track")

    def _measure_groups(self):
        self._ask(group_sql.WINDOWS, "quarter")
        self._ask(group_sql.MEMBERS, "member")
        self.env.cr.execute(
            "DELETE FROM crm_loyalty_group WHERE company_id = %s", [self.company_id.id]
        )
        self._ask(group_sql.BREADTH, "breadth")
        self._ask(group_sql.TALKS, "talk")
        self._ask(group_sql.STORE)

    def _store_scores(self):
        scores = self.env["crm.score"].sudo().search([("code", "in", list(SCORES))])
        for score in scores:
            column, evidence = SCORES[score.code]
            with tempfile.SpooledTemporaryFile(MEMORY_BYTES) as file:
                self.env.cr.copy_expert(self._get_copy(column, evidence), file)
                file.seek(0)
                score._store(
                    file, self.env.context["track_day"], VERSION, self.company_id
                )

    def _get_copy(self, column, evidence):
        """COPY of a score's values; names are those of `SCORES`, never a user's."""
        fields_ = self.env["crm.loyalty.track"]._fields
        pairs = ", ".join(
            f"'{name}', round({name}::numeric, 1)"
            if fields_[name].type == "float"
            else f"'{name}', {name}"
            for name in evidence
        )
        told = (
            f"jsonb_strip_nulls(jsonb_build_object({pairs}))"
            if pairs
            else "NULL::jsonb"
        )
        return (
            f"COPY (SELECT partner_id, {column}, {told} FROM crm_loyalty_track"
            f" WHERE company_id = {int(self.company_id.id)} AND {column} IS NOT NULL)"
            " TO STDOUT WITH (FORMAT csv)"
        )
