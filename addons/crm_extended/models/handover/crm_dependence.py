from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

MONTHS = "crm_extended.dependence_months"
MISSING = ("no_note", "no_need", "no_relation", "no_second")
WIDEST = 4096  # companies that the number of a row has room for

ROWS = """
    SELECT p.id::bigint * %(widest)s + place.company_id AS id,
           p.id AS partner_id, p.user_id, place.company_id,
           COALESCE(worth.value, 0) AS value, 1 AS customer_count,
           talk.own_count AS contact_count, talk.last_date, talk.other_count,
           (talk.other_count = 0) AS is_alone,
           (talk.other_count = 0)::int AS alone_count,
           CASE WHEN talk.other_count = 0 THEN COALESCE(worth.value, 0) ELSE 0 END
               AS alone_value,
           100.0 * worth.value / NULLIF(whole.value, 0) AS share,
           CASE WHEN talk.other_count = 0
                THEN 100.0 * worth.value / NULLIF(whole.value, 0) ELSE 0 END
               AS alone_share,
           lacks.*,
           lacks.no_note::int + lacks.no_need::int + lacks.no_relation::int
               + lacks.no_second::int AS missing_count
      FROM res_partner p
      JOIN res_users u ON u.id = p.user_id
      LEFT JOIN LATERAL (
          SELECT sold.company_id, sum(sold.amount) AS value
            FROM (SELECT c.company_id, c.amount_company AS amount
                    FROM res_partner f JOIN crm_purchase c ON c.partner_id = f.id
                   WHERE f.commercial_partner_id = p.id AND c.date > %(year)s
                   UNION ALL
                  SELECT m.company_id, m.amount_untaxed_signed
                    FROM account_move m
                   WHERE m.commercial_partner_id = p.id AND m.state = 'posted'
                     AND m.move_type IN ('out_invoice', 'out_refund')
                     AND m.invoice_date > %(year)s) sold
           GROUP BY sold.company_id) worth
        ON p.company_id IS NULL OR p.company_id = worth.company_id
      CROSS JOIN LATERAL (
          SELECT COALESCE(worth.company_id, p.company_id, u.company_id) AS company_id
      ) place
      CROSS JOIN LATERAL (
          SELECT count(*) FILTER (WHERE i.user_id = p.user_id) AS own_count,
                 count(DISTINCT i.user_id) FILTER (WHERE i.user_id != p.user_id)
                     AS other_count,
                 max(i.date) AS last_date
            FROM res_partner f JOIN crm_interaction i ON i.partner_id = f.id
           WHERE f.commercial_partner_id = p.id AND i.date > %(since)s
             AND i.date <= now() AT TIME ZONE 'UTC') talk
      CROSS JOIN LATERAL (
          SELECT COALESCE(btrim(regexp_replace(p.comment, '<[^>]*>', '', 'g')), '') = ''
                     AS no_note,
                 NOT EXISTS (SELECT FROM crm_need n JOIN res_partner f
                                 ON f.id = n.partner_id
                              WHERE f.commercial_partner_id = p.id) AS no_need,
                 NOT EXISTS (SELECT FROM res_partner_relation r
                              WHERE r.left_partner_id = p.id
                                 OR r.right_partner_id = p.id)
                     AS no_relation,
                 COALESCE(p.is_company, FALSE) AND
                     (SELECT count(*) FROM res_partner f
                       WHERE f.parent_id = p.id AND f.active AND f.type = 'contact') < 2
                     AS no_second) lacks
      LEFT JOIN (
          SELECT sold.company_id, sum(sold.amount) AS value
            FROM (SELECT company_id, amount_company AS amount FROM crm_purchase
                   WHERE date > %(year)s
                   UNION ALL
                  SELECT company_id, amount_untaxed_signed FROM account_move
                   WHERE state = 'posted' AND invoice_date > %(year)s
                     AND move_type IN ('out_invoice', 'out_refund')) sold
           GROUP BY sold.company_id) whole ON whole.company_id = place.company_id
     WHERE p.active AND p.partner_share AND p.commercial_partner_id = p.id
"""


class CrmDependence(models.Model):
    """How much of the company would leave with a person: one row per customer.

    Value is what the customer and its contacts bought in the last 12 months, purchases
    of past systems and posted invoices, in the company's currency. Knowledge is held
    alone when nobody but the salesperson had a contact with the customer in the months
    of the setting. A share is in percent of everything the company sold, so that the
    shares of a salesperson add up.

    Each row reads its own customer through indexes: a salesperson's rows do not read
    the whole base.
    """

    _name = "crm.dependence"
    _description = "Dependence on One Person"
    _auto = False
    _order = "alone_value desc, value desc, id"
    _rec_name = "partner_id"
    _depends = {
        "res.partner": [
            "user_id",
            "active",
            "partner_share",
            "commercial_partner_id",
            "company_id",
            "comment",
            "is_company",
            "parent_id",
            "type",
        ],
        "crm.purchase": ["partner_id", "date", "amount_company", "company_id"],
        "account.move": [
            "commercial_partner_id",
            "state",
            "move_type",
            "invoice_date",
            "amount_untaxed_signed",
        ],
        "crm.interaction": ["partner_id", "user_id", "date"],
        "crm.need": ["partner_id"],
        "res.partner.relation": ["left_partner_id", "right_partner_id"],
    }

    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    user_id = fields.Many2one("res.users", string="Salesperson", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    value = fields.Float(
        "Value of 12 Months", readonly=True, help="In the company's currency"
    )
    alone_value = fields.Float("Value Held Alone", readonly=True)
    share = fields.Float(
        "Share %", readonly=True, digits=(5, 1), help="Of all the company sold"
    )
    alone_share = fields.Float(
        "Share Held Alone %",
        readonly=True,
        digits=(5, 1),
        help="Of all the company sold; would leave with the salesperson",
    )
    customer_count = fields.Integer("Customers", readonly=True)
    alone_count = fields.Integer("Customers Held Alone", readonly=True)
    is_alone = fields.Boolean(
        "Held Alone", readonly=True, help="Nobody else spoke with the customer"
    )
    contact_count = fields.Integer("Contacts", readonly=True)
    other_count = fields.Integer(
        "Others Who Know", readonly=True, aggregator="avg", help="Colleagues who spoke"
    )
    last_date = fields.Datetime("Last Contact", readonly=True)
    no_note = fields.Boolean(readonly=True)
    no_need = fields.Boolean(readonly=True)
    no_relation = fields.Boolean(readonly=True)
    no_second = fields.Boolean("No Second Contact Person", readonly=True)
    missing_count = fields.Integer("Missing", readonly=True)
    missing = fields.Char("Write Down", compute="_compute_missing")

    @property
    def _table_query(self):
        today = fields.Date.context_today(self)
        months = self.env["ir.config_parameter"].sudo().get_param(MONTHS, "12")
        months = int(months) if months.isdigit() and 0 < int(months) < 1200 else 12
        return SQL(
            ROWS,
            widest=WIDEST,
            year=today - relativedelta(years=1),
            since=today - relativedelta(months=months),
        )

    @api.depends("no_note", "no_need", "no_relation", "no_second")
    def _compute_missing(self):
        words = {
            "no_note": self.env._("a note"),
            "no_need": self.env._("needs"),
            "no_relation": self.env._("relations"),
            "no_second": self.env._("a second contact person"),
        }
        for row in self:
            row.missing = ", ".join(words[name] for name in MISSING if row[name])

    def action_write_down(self):
        """An activity for each customer's salesperson: write down what only he knows.

        Customers that have such an activity open already get no second one.
        """
        self.check_access("read")
        rows = self.filtered("missing_count")
        kind = self.env.ref("crm_extended.activity_type_write_down")
        model = self.env["ir.model"]._get_id("res.partner")
        open_ones = self.env["mail.activity"].sudo()  # also those of others
        open_ones = open_ones.search(
            [
                ("res_model", "=", "res.partner"),
                ("res_id", "in", rows.partner_id.ids),
                ("activity_type_id", "=", kind.id),
            ]
        )
        asked = set(open_ones.mapped("res_id"))
        fresh = rows.filtered(lambda row: row.partner_id.id not in asked)
        fresh = fresh.grouped("partner_id").values()  # one per customer, not company
        if not fresh:
            raise UserError(
                self.env._("These customers lack nothing, or it was asked for already.")
            )
        deadline = fields.Date.add(fields.Date.context_today(self), days=14)
        quiet = self.env["mail.activity"].with_context(mail_activity_quick_update=True)
        quiet.create(
            [
                {
                    "res_model_id": model,
                    "res_id": found[0].partner_id.id,
                    "activity_type_id": kind.id,
                    "summary": self.env._(
                        "Write down: %(what)s", what=found[0].missing
                    ),
                    "date_deadline": deadline,
                    "user_id": found[0].user_id.id,
                }
                for found in fresh
            ]
        )
        message = self.env._("%(count)s activities were made.", count=len(fresh))
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {"type": "success", "message": message},
        }

    def action_open_partner(self):
        """Open the customer."""
        self.ensure_one()
        return self.partner_id.get_formview_action()

    def action_open_interactions(self):
        """Open the contacts behind the figure."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_extended.action_interaction"
        )
        domain = [("partner_id", "child_of", self.partner_id.id)]
        return {**action, "domain": domain, "context": {}}
