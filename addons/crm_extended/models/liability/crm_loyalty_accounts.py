from odoo import api, fields, models
from odoo.exceptions import ValidationError

LIABILITIES = [("account_type", "in", ("liability_current", "liability_non_current"))]
METHODS = [
    ("relative", "Share of the price paid (IFRS 15 / ASC 606)"),
    ("full", "Outstanding points at their value"),
]
BREAKAGES = [
    ("none", "None: all points may be redeemed"),
    ("stated", "As stated"),
    ("forecast", "Forecast from redemption so far"),
]


class LoyaltyAccounts(models.Model):
    """How a company books what it owes for points: accounts, method, breakage.

    The liability account is kept for this alone: at the end of a period its balance is
    brought to what is owed.
    """

    _name = "crm.loyalty.accounts"
    _description = "Accounting of Loyalty Points"
    _order = "company_id, sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, default=lambda self: self.env._("Loyalty points"))
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        default=lambda self: self.env.company,
        ondelete="cascade",
        index=True,
    )
    program_ids = fields.Many2many(
        "loyalty.program",
        "crm_loyalty_accounts_program_rel",
        string="Programmes",
        check_company=True,
        help="Empty: all programmes of the company that no other line names",
    )
    journal_id = fields.Many2one(
        "account.journal",
        required=True,
        check_company=True,
        domain="[('type', '=', 'general')]",
    )
    liability_account_id = fields.Many2one(
        "account.account",
        required=True,
        check_company=True,
        domain=LIABILITIES,
        help="Deferred revenue (contract liability) of loyalty points alone: each "
        "period brings its balance to what is owed",
    )
    income_account_id = fields.Many2one(
        "account.account",
        string="Revenue Account",
        required=True,
        check_company=True,
        domain="[('account_type', 'in', ('income', 'income_other', 'expense'))]",
        help="What is deferred is taken from here and comes back here when points are "
        "redeemed or expire",
    )
    method = fields.Selection(
        METHODS,
        required=True,
        default="relative",
        help="Share of the price: what customers paid is split between goods and "
        "points by what each would sell for alone, and kept per month of earning. "
        "Points given without a sale order stand at their full value. E-wallets and "
        "gift cards are money and always stand at their value.",
    )
    breakage = fields.Selection(
        BREAKAGES,
        required=True,
        default="forecast",
        help="Points that will never be redeemed. A forecast (chain ladder) needs 12 "
        "months of history; until then none is assumed.",
    )
    breakage_rate = fields.Float(
        string="Never Redeemed (%)",
        digits=(5, 2),
        aggregator=None,
        help="Of all points earned, where breakage is stated",
    )

    _liability_once = models.UniqueIndex(
        "(company_id, liability_account_id) WHERE active",
        "Another line uses this liability account; each line needs an account of its "
        "own, or its balance could not be checked.",
    )
    _breakage_range = models.Constraint(
        "CHECK (breakage_rate >= 0 AND breakage_rate <= 100)",
        "Between 0% and 100% of the points are never redeemed.",
    )

    @api.constrains("company_id", "program_ids", "active")
    def _check_programmes(self):
        """Each programme is booked once."""
        for company in self.company_id:
            rows = self.sudo().search([("company_id", "=", company.id)])
            if len(rows.filtered(lambda row: not row.program_ids)) > 1:
                raise ValidationError(
                    self.env._(
                        "Only one line of %(company)s may be for all other programmes. "
                        "Name the programmes of the others.",
                        company=company.name,
                    )
                )
            seen = self.env["loyalty.program"]
            for row in rows:
                if twice := row.program_ids & seen:
                    raise ValidationError(
                        self.env._(
                            "%(programs)s would be booked twice. Take it off one line.",
                            programs=", ".join(twice.mapped("name")),
                        )
                    )
                seen |= row.program_ids

    @api.model
    def _get_by_program(self, company):
        """{programme: the line that books it, or an empty one} of a company's own."""
        rows = self.sudo().search([("company_id", "=", company.id)])
        others = rows.filtered(lambda row: not row.program_ids)
        by_program = {program: row for row in rows for program in row.program_ids}
        programs = self.env["loyalty.program"].sudo().with_context(active_test=False)
        owed = programs.search(
            [
                ("crm_bearer_id", "=", company.id),
                ("program_type", "in", ("loyalty", "ewallet", "gift_card")),
            ]
        )
        return {program: by_program.get(program, others) for program in owed}
