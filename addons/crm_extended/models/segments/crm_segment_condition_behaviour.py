from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..interactions.crm_interaction import CHANNELS as CONTACT_CHANNELS
from ..sources.crm_purchase import CHANNELS as SALES_CHANNELS

LONGEST = 36500  # days; a hundred years are for ever
TIMES = [("least", "at least"), ("most", "at most"), ("never", "never")]

# Lines bought, once each: what was imported, what was invoiced, what was ordered and
# not invoiced yet. One purchase is one document, or one day at one source.
IMPORTED = """
    SELECT b.partner_id, b.date AS day, b.amount_company AS amount,
           'i' || b.date || '-' || COALESCE(b.source_id, 0) AS document
      FROM crm_purchase b
      LEFT JOIN product_product product ON product.id = b.product_id
      LEFT JOIN product_template template ON template.id = product.product_tmpl_id
     WHERE b.amount > 0 AND b.company_id IN %(companies)s AND %(what)s AND %(among)s
"""
INVOICED = """
    SELECT b.partner_id, b.invoice_date, -line.balance, 'm' || b.id
      FROM account_move b JOIN account_move_line line ON line.move_id = b.id
      LEFT JOIN product_product product ON product.id = line.product_id
      LEFT JOIN product_template template ON template.id = product.product_tmpl_id
     WHERE b.state = 'posted' AND b.move_type = 'out_invoice'
       AND line.display_type = 'product'
       AND b.company_id IN %(companies)s AND %(what)s AND %(among)s
"""
ORDERED = """
    SELECT b.partner_id, b.date_order::date,
           line.price_subtotal / COALESCE(NULLIF(b.currency_rate, 0), 1)::numeric,
           'o' || b.id
      FROM sale_order b JOIN sale_order_line line ON line.order_id = b.id
      LEFT JOIN product_product product ON product.id = line.product_id
      LEFT JOIN product_template template ON template.id = product.product_tmpl_id
     WHERE b.state = 'sale' AND line.display_type IS NULL
       AND COALESCE(line.qty_invoiced, 0) = 0 AND line.is_downpayment IS NOT TRUE
       AND b.company_id IN %(companies)s AND %(what)s AND %(among)s
"""
# What a contact bought, its company bought.
BOUGHT = """
    SELECT c.commercial_partner_id AS partner_id,
           count(DISTINCT x.document) || '× – ' || max(x.day) AS words
      FROM (%(lines)s) x JOIN res_partner c ON c.id = x.partner_id
     WHERE x.day <= %(today)s AND %(since)s
     GROUP BY c.commercial_partner_id
    HAVING count(DISTINCT x.document) >= %(times)s AND %(worth)s
"""
TOUCHED = """
    SELECT c.commercial_partner_id AS partner_id,
           count(*) || '× – ' || max(x.date)::date AS words
      FROM crm_interaction x JOIN res_partner c ON c.id = x.partner_id
     WHERE x.date < %(today)s::date + 1 AND %(since)s AND %(what)s AND %(among)s
       AND (x.company_id IS NULL OR x.company_id IN %(companies)s)
     GROUP BY c.commercial_partner_id
    HAVING count(*) >= %(times)s
"""


class CrmSegmentCondition(models.Model):
    """Looks at what the customer did: bought, or was in contact, how often, how lately.

    What a contact person does counts for the company.
    """

    _inherit = "crm.segment.condition"

    subject = fields.Selection(
        selection_add=[("purchase", "Purchases"), ("interaction", "Contacts")],
        ondelete={"purchase": "cascade", "interaction": "cascade"},
    )
    how_often = fields.Selection(TIMES, default="least")
    times = fields.Integer(default=1)
    days = fields.Integer(
        string="Within Days", help="Counted back from the day of refresh; 0: ever"
    )
    product_id = fields.Many2one(
        "product.product", index="btree_not_null", ondelete="cascade"
    )
    categ_id = fields.Many2one(
        "product.category",
        string="Product Category",
        index="btree_not_null",
        ondelete="cascade",
        help="With all categories below it",
    )
    amount = fields.Float(
        string="For at Least",
        help="Sum without tax in the currency of the company; 0: any",
    )
    sales_channel = fields.Selection(SALES_CHANNELS, string="Through")
    branch_id = fields.Many2one(
        "crm.branch", index="btree_not_null", ondelete="cascade"
    )
    source_id = fields.Many2one(
        "crm.source", index="btree_not_null", ondelete="cascade"
    )
    contact_channel = fields.Selection(CONTACT_CHANNELS, string="By")
    direction = fields.Selection([("in", "Incoming"), ("out", "Outgoing")])

    @api.model
    def _get_definition_names(self):
        return [
            *super()._get_definition_names(),
            *("how_often", "times", "days", "product_id", "categ_id", "amount"),
            *("sales_channel", "branch_id", "source_id", "contact_channel"),
            "direction",
        ]

    def _check_often(self):
        if not 0 <= self.days <= LONGEST:
            raise UserError(
                self.env._("Days are a number from 0 (ever) to %(most)s.", most=LONGEST)
            )
        if self.how_often != "never" and not 1 <= self.times < 2**31 - 1:
            raise UserError(self.env._("Say how many times, 1 or more."))

    def _count(self, plan, query, **parts):
        """Test by a query of those who did it as often as `times` says."""
        times = {"never": 1, "most": self.times + 1}.get(self.how_often, self.times)
        since = SQL("TRUE")
        if self.days:
            column = SQL.identifier(
                "x", "day" if self.subject == "purchase" else "date"
            )
            since = SQL("%s > %s::date - %s", column, plan.day, self.days)
        test = plan.contains(
            SQL(
                query,
                times=times,
                since=since,
                today=SQL("%s::date", plan.day),
                **parts,
            )
        )
        return test if self.how_often == "least" else SQL("(%s) IS NOT TRUE", test)

    def _describe_often(self):
        often = ""
        if self.how_often != "never" and (self.times, self.how_often) != (1, "least"):
            kinds = dict(self._fields["how_often"]._description_selection(self.env))
            often = self.env._(
                "%(kind)s %(times)s times", kind=kinds[self.how_often], times=self.times
            )
        within = ""
        if self.days:
            within = self.env._("within %(days)s days", days=self.days)
        return " ".join(filter(None, (often, within)))

    def _held_counted(self, plan, test):
        """How often and when last, of those who did it often enough."""
        if self.how_often != "least":
            return None
        did = self.env._("bought")
        if self.subject == "interaction":
            did = self.env._("contact")
        return SQL("%s || COALESCE(' ' || %s, '')", did, plan.words(test))

    # ------------------------------------------------------------------ purchases

    def _check_purchase(self):
        self._check_often()
        if not 0 <= self.amount < 1e15:
            raise UserError(self.env._("The amount is a number from 0 upwards."))

    def _test_purchase(self, plan):
        plan.reads |= {
            *("purchase", "order", "invoice", "customer.commercial_partner_id"),
        }
        companies = self.segment_id._get_company_ids()
        lines = []
        kinds = [(IMPORTED, "b")]
        if not (self.sales_channel or self.branch_id or self.source_id):
            kinds += [(INVOICED, "line"), (ORDERED, "line")]
        for lines_query, alias in kinds:
            lines.append(
                SQL(
                    lines_query,
                    companies=companies,
                    what=self._get_what(alias),
                    among=plan.among_families(SQL("b.partner_id")),
                )
            )
        worth = SQL("TRUE")
        if self.amount:
            worth = SQL("sum(x.amount) >= %s", self.amount)
        return self._count(
            plan, BOUGHT, lines=SQL(" UNION ALL ").join(lines), worth=worth
        )

    def _get_what(self, alias):
        """SQL test of a line: which article, through what."""
        tests = [SQL("TRUE")]
        if self.product_id:
            product = SQL.identifier(alias, "product_id")
            tests.append(SQL("%s = %s", product, self.product_id._origin.id))
        if self.categ_id:
            below = self.env["product.category"].search(
                [("id", "child_of", self.categ_id._origin.id)]
            )
            category = SQL("template.categ_id")
            if alias == "b":
                category = SQL("COALESCE(b.categ_id, template.categ_id)")
            tests.append(SQL("%s IN %s", category, tuple(below.ids)))
        if alias == "b":
            for column, value in (
                ("channel", self.sales_channel),
                ("branch_id", self.branch_id._origin.id),
                ("source_id", self.source_id._origin.id),
            ):
                if value:
                    tests.append(SQL("%s = %s", SQL.identifier("b", column), value))
        return SQL(" AND ").join(tests)

    def _held_purchase(self, plan, test):
        return self._held_counted(plan, test)

    def _describe_purchase(self):
        what = [
            self.product_id.display_name,
            self.categ_id.display_name,
        ]
        channels = dict(self._fields["sales_channel"]._description_selection(self.env))
        through = [
            channels.get(self.sales_channel),
            self.branch_id.name,
            self.source_id.name,
        ]
        did = self.env._("bought")
        if self.how_often == "never":
            did = self.env._("did not buy")
        told = [did, *what, self._describe_often()]
        if any(through):
            names = ", ".join(filter(None, through))
            told.append(self.env._("through %(names)s", names=names))
        if self.amount:
            told.append(self.env._("for %(amount)s or more", amount=f"{self.amount:g}"))
        return " ".join(filter(None, told))

    # ------------------------------------------------------------------ contacts

    def _check_interaction(self):
        self._check_often()

    def _test_interaction(self, plan):
        plan.reads |= {"interaction", "customer.commercial_partner_id"}
        tests = [SQL("TRUE")]
        if self.contact_channel:
            tests.append(SQL("x.channel = %s", self.contact_channel))
        if self.direction:
            tests.append(SQL("x.direction = %s", self.direction))
        return self._count(
            plan,
            TOUCHED,
            what=SQL(" AND ").join(tests),
            among=plan.among_families(SQL("x.partner_id")),
            companies=self.segment_id._get_company_ids(),
        )

    def _held_interaction(self, plan, test):
        return self._held_counted(plan, test)

    def _describe_interaction(self):
        channels = dict(
            self._fields["contact_channel"]._description_selection(self.env)
        )
        directions = dict(self._fields["direction"]._description_selection(self.env))
        did = self.env._("contact")
        if self.how_often == "never":
            did = self.env._("no contact")
        told = [did, directions.get(self.direction), channels.get(self.contact_channel)]
        return " ".join(filter(None, [*told, self._describe_often()]))
