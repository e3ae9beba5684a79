from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

PHASES = [
    ("initial", "Getting to Know"),
    ("acquisition", "Deciding"),
    ("consumption", "Buying"),
    ("after_sales", "Cared For"),
    ("lost", "Lost"),
    ("won_back", "Won Back"),
]
ACTIVE_DAYS = 90  # a customer buys as long as the last purchase is not older
LOST_DAYS = 365  # a customer is lost when nothing was bought for so long

# Phases follow from the days of purchases alone (and, before the first one, from open
# offers), so the whole history is worked out anew at any time and never drifts.
HISTORY = """
    WITH bought AS (
        SELECT DISTINCT p.commercial_partner_id AS partner_id, x.company_id, x.day
          FROM (SELECT partner_id, company_id, date AS day
                  FROM crm_purchase WHERE amount > 0
                UNION ALL
                SELECT partner_id, company_id, date_order::date
                  FROM sale_order WHERE state = 'sale'
                UNION ALL
                SELECT partner_id, company_id, invoice_date FROM account_move
                 WHERE state = 'posted' AND move_type = 'out_invoice') x
          JOIN res_partner p ON p.id = x.partner_id
         WHERE p.partner_share AND x.day <= %(today)s AND %(chosen)s
    ), spaced AS (
        SELECT *, lag(day) OVER turns AS before, lead(day) OVER turns AS after
          FROM bought WINDOW turns AS (PARTITION BY partner_id, company_id ORDER BY day)
    ), asked AS (
        SELECT p.commercial_partner_id AS partner_id, x.company_id,
               min(x.day) AS day, bool_or(x.is_open) AS is_open, max(x.ended) AS ended
          FROM (SELECT l.partner_id, COALESCE(l.company_id, u.company_id) AS company_id,
                       l.create_date::date AS day, l.won_status = 'pending' AS is_open,
                       COALESCE(l.date_closed, l.write_date)::date AS ended
                  FROM crm_lead l LEFT JOIN res_users u ON u.id = l.user_id
                UNION ALL
                SELECT partner_id, company_id, create_date::date,
                       state IN ('draft', 'sent'), write_date::date FROM sale_order) x
          JOIN res_partner p ON p.id = x.partner_id
         WHERE p.partner_share AND x.company_id IS NOT NULL AND %(chosen)s
         GROUP BY p.commercial_partner_id, x.company_id
    ), first AS (
        SELECT partner_id, company_id, min(day) AS day FROM bought GROUP BY 1, 2
    ), events AS (
        SELECT partner_id, company_id, day, 3 AS rank, day - before AS gap,
               CASE WHEN before < day - %(lost)s THEN 'won_back'
                    ELSE 'consumption' END AS phase
          FROM spaced
        UNION ALL
        SELECT partner_id, company_id, day + %(active)s, 1, %(active)s, 'after_sales'
          FROM spaced WHERE after IS NULL OR after > day + %(active)s
        UNION ALL
        SELECT partner_id, company_id, day + %(lost)s, 2, %(lost)s, 'lost'
          FROM spaced WHERE after IS NULL OR after > day + %(lost)s
        UNION ALL
        SELECT a.partner_id, a.company_id, a.day, 0, NULL, 'acquisition'
          FROM asked a LEFT JOIN first f USING (partner_id, company_id)
         WHERE f.day IS NULL OR a.day < f.day
        UNION ALL
        SELECT a.partner_id, a.company_id, GREATEST(a.ended, a.day + 1), 2, NULL, 'lost'
          FROM asked a LEFT JOIN first f USING (partner_id, company_id)
         WHERE f.day IS NULL AND NOT a.is_open
    ), daily AS (
        SELECT DISTINCT ON (partner_id, company_id, day) * FROM events
         WHERE day <= %(today)s ORDER BY partner_id, company_id, day, rank DESC
    ), turned AS (
        SELECT *, lag(phase) OVER turns AS was
          FROM daily WINDOW turns AS (PARTITION BY partner_id, company_id ORDER BY day)
    )
    SELECT partner_id, company_id, phase, gap, day AS valid_from,
           lead(day) OVER (PARTITION BY partner_id, company_id ORDER BY day) AS valid_to
      FROM turned WHERE phase IS DISTINCT FROM was
"""
KEEP = """
    WITH fresh AS MATERIALIZED (%(history)s), gone AS (
        DELETE FROM crm_lifecycle s
         WHERE %(chosen_stays)s AND NOT EXISTS (
               SELECT FROM fresh f WHERE f.partner_id = s.partner_id
                  AND f.company_id = s.company_id AND f.valid_from = s.valid_from)
        RETURNING s.id
    ), kept AS (
        INSERT INTO crm_lifecycle AS s
               (partner_id, company_id, phase, gap, valid_from, valid_to)
        SELECT partner_id, company_id, phase, gap, valid_from, valid_to FROM fresh
        ON CONFLICT (partner_id, company_id, valid_from) DO UPDATE
           SET phase = EXCLUDED.phase, gap = EXCLUDED.gap, valid_to = EXCLUDED.valid_to
         WHERE ROW(s.phase, s.gap, s.valid_to)
               IS DISTINCT FROM ROW(EXCLUDED.phase, EXCLUDED.gap, EXCLUDED.valid_to)
        RETURNING s.id)
    SELECT (SELECT count(*) FROM kept), (SELECT count(*) FROM gone)
"""


class Lifecycle(models.Model):
    """One phase of a customer's life with a company: since when, until when and why.

    - Deciding: asked for an offer, has not bought yet; an offer or opportunity is open.
    - Buying: bought, and the last purchase is at most `ACTIVE_DAYS` old.
    - Cared For: bought nothing for longer, but not yet so long as to be lost.
    - Lost: nothing bought for `LOST_DAYS`; or every offer was declined.
    - Won Back: bought again after being lost; the next purchase makes it Buying.

    Whoever did neither is Getting to Know and has no row. Contacts of a company count
    for the company. Both limits are settings.
    """

    _name = "crm.lifecycle"
    _description = "Phase of a Customer"
    _order = "valid_from desc, id desc"
    _log_access = False

    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", required=True, ondelete="cascade")
    phase = fields.Selection(PHASES, required=True)
    valid_from = fields.Date(string="Since", required=True)
    valid_to = fields.Date(string="Until", help="Empty for the phase of today")
    gap = fields.Integer(
        string="Days Without Purchase", aggregator=None, help="Before this phase"
    )
    reason = fields.Char(compute="_compute_reason")

    _stay_uniq = models.Constraint(
        "UNIQUE (partner_id, company_id, valid_from)",
        "A customer enters one phase a day.",
    )
    _phase_idx = models.Index("(company_id, phase) WHERE valid_to IS NULL")

    def _compute_display_name(self):
        phases = dict(self._fields["phase"]._description_selection(self.env))
        for stay in self:
            stay.display_name = f"{stay.partner_id.display_name}: {phases[stay.phase]}"

    @api.depends("phase", "gap")
    @api.depends_context("lang")
    def _compute_reason(self):
        say = self.env._
        for stay in self:
            stay.reason = {
                "initial": say("Nothing bought, nothing asked"),
                "acquisition": say("Asked for an offer"),
                "consumption": say("Bought"),
                "after_sales": say("Nothing bought for %(days)s days", days=stay.gap),
                "lost": say("Nothing bought for %(days)s days", days=stay.gap)
                if stay.gap
                else say("Every offer was declined"),
                "won_back": say("Bought again after %(days)s days", days=stay.gap),
            }[stay.phase]

    # ------------------------------------------------------------------ private

    @api.model
    def _get_limits(self):
        """Days that a customer counts as buying, and after which as lost."""
        parameter = self.env["ir.config_parameter"].sudo()

        def days(name, default):
            value = parameter.get_param(f"crm_extended.{name}") or ""
            return (
                min(int(value), 36500) if value.isdecimal() and int(value) else default
            )

        active = days("lifecycle_active_days", ACTIVE_DAYS)
        return active, max(days("lifecycle_lost_days", LOST_DAYS), active + 1)

    @api.model
    def _refresh(self, partners=None):
        """Work out the history of all customers, or of some, in one statement.

        :param partners: commercial partners; all by default
        :return: number of phases written or removed
        """
        self.env.flush_all()
        active, lost = self._get_limits()
        ids = tuple(partners.ids) if partners is not None else None
        chosen, stays = SQL("TRUE"), SQL("TRUE")
        if ids is not None:
            if not ids:
                return 0
            chosen = SQL("p.commercial_partner_id IN %s", ids)
            stays = SQL("s.partner_id IN %s", ids)
        history = SQL(
            HISTORY,
            today=fields.Date.context_today(self),
            active=active,
            lost=lost,
            chosen=chosen,
        )
        self.env.cr.execute(SQL(KEEP, history=history, chosen_stays=stays))
        touched = sum(self.env.cr.fetchone())
        self.invalidate_model(flush=False)
        self.env["res.partner"].invalidate_model(["lifecycle_ids"], flush=False)
        return touched


class LifecycleRun(models.Model):
    """Works out in which phase each customer is, every night or when asked."""

    _name = "crm.lifecycle.run"
    _inherit = "crm.run.mixin"
    _description = "Refresh of Life Cycles"
    _order = "id desc"

    name = fields.Char(compute="_compute_name")
    touched = fields.Integer(
        readonly=True, copy=False, help="Phases written or removed"
    )

    @api.depends("create_date")
    def _compute_name(self):
        for run in self:
            run.name = self.env._("Refresh of %(day)s", day=run._get_day_made())

    def _execute(self):
        self._report(0, 1)
        return {"touched": self.env["crm.lifecycle"].sudo()._refresh()}

    @api.model
    def _cron_refresh(self):
        """Refresh tonight; runs of the last month are kept."""
        month_ago = fields.Datetime.now() - timedelta(days=30)
        self.search([("create_date", "<", month_ago)]).unlink()
        self.create({}).action_start()
