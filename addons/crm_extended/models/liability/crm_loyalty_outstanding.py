from odoo import api, fields, models
from odoo.tools import SQL

AGES = [
    ("0", "Up to 3 months"),
    ("1", "3 to 6 months"),
    ("2", "6 to 12 months"),
    ("3", "1 to 2 years"),
    ("4", "Over 2 years"),
]

# A million lots become a few thousand rows: programme, month of earning, of expiry.
OUTSTANDING = """
    SELECT row_number() OVER (
               ORDER BY lots.program_id, lots.earned_on, lots.expires_on)::int AS id,
           lots.program_id, worth.bearer_id AS company_id, lots.earned_on,
           lots.expires_on, lots.points, lots.pending, lots.cards,
           lots.points * worth.value AS amount,
           CASE WHEN lots.earned_on > %(today)s::date - interval '3 months' THEN '0'
                WHEN lots.earned_on > %(today)s::date - interval '6 months' THEN '1'
                WHEN lots.earned_on > %(today)s::date - interval '12 months' THEN '2'
                WHEN lots.earned_on > %(today)s::date - interval '24 months' THEN '3'
                ELSE '4' END AS age,
           CASE WHEN lots.expires_on <= %(today)s::date + 31 THEN TRUE
                ELSE FALSE END AS is_soon
      FROM (SELECT c.program_id, date_trunc('month', e.at)::date AS earned_on,
                   date_trunc('month', l.expires_at)::date AS expires_on,
                   SUM(l.remaining / power(10::numeric, a.digits)) AS points,
                   SUM(CASE WHEN l.available_at > now() AT TIME ZONE 'UTC'
                            THEN l.remaining / power(10::numeric, a.digits)
                            ELSE 0 END) AS pending,
                   COUNT(DISTINCT l.card_id) AS cards
              FROM crm_loyalty_lot l
              JOIN crm_loyalty_entry e ON e.id = l.entry_id
              JOIN crm_loyalty_account a ON a.card_id = l.card_id
              JOIN loyalty_card c ON c.id = l.card_id
             WHERE l.remaining > 0
          GROUP BY 1, 2, 3) lots
      JOIN (VALUES %(worth)s) worth (program_id, bearer_id, value)
        ON worth.program_id = lots.program_id
"""


class LoyaltyOutstanding(models.Model):
    """Points that members hold now, by the month they were earned and will expire.

    Money is at today's value of a point, in the currency of the company that owes it,
    before any breakage.
    """

    _name = "crm.loyalty.outstanding"
    _description = "Outstanding Points"
    _auto = False
    _order = "expires_on, earned_on, program_id"
    _rec_name = "program_id"
    _depends = {
        "loyalty.program": ["crm_bearer_id", "currency_id", "program_type"],
        "crm.loyalty.point.value": ["value", "date_from", "company_id", "program_id"],
    }

    program_id = fields.Many2one("loyalty.program", string="Programme", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    earned_on = fields.Date(string="Earned In", readonly=True)
    expires_on = fields.Date(
        string="Expires In", readonly=True, help="Empty: the points never expire"
    )
    age = fields.Selection(AGES, readonly=True)
    points = fields.Float(digits=(20, 2), readonly=True)
    pending = fields.Float(
        digits=(20, 2), readonly=True, help="Of these, not usable yet"
    )
    cards = fields.Integer(string="Members", readonly=True, aggregator=None)
    amount = fields.Float(
        string="Money",
        digits=(20, 2),
        readonly=True,
        help="In the currency of the company",
    )
    is_soon = fields.Boolean(string="Expires Within a Month", readonly=True)

    @property
    def _table_query(self):
        return SQL(
            OUTSTANDING,
            today=fields.Date.context_today(self),
            worth=self._get_worth(),
        )

    @api.model
    def _get_worth(self):
        """(programme, bearer, money per point in the bearer's currency) as SQL rows."""
        # sudo: only sums of what the reader's own companies owe are shown, by rule
        programs = self.env["loyalty.program"].sudo()
        programs = programs.with_context(active_test=False).search([])  # pylint: disable=no-search-all
        today = fields.Date.context_today(self)
        rows = [SQL("(0, NULL::int, 0::numeric)")]
        for bearer, owed in programs.grouped("crm_bearer_id").items():
            company = bearer or self.env.company
            values = owed._get_point_values(company, today)
            for currency, same in owed.grouped("currency_id").items():
                rate = currency._get_conversion_rate(
                    currency, company.currency_id, company, today
                )
                rows += [
                    SQL(
                        "(%s, %s::int, %s::numeric)",
                        program.id,
                        bearer.id or None,
                        values[program.id] * rate,
                    )
                    for program in same
                ]
        return SQL(", ").join(rows)
