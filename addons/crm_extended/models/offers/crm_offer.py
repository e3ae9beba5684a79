from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

STATES = [
    ("proposed", "Proposed"),
    ("quoted", "Quoted"),
    ("accepted", "Accepted"),
    ("refused", "Refused"),
    ("expired", "Expired"),
]
OPEN = ("proposed", "quoted")
DAYS = 30


class CrmOffer(models.Model):
    """Products and conditions for one customer, with why; one click makes a quotation.

    Prices are those of the customer's price list when they are looked at; the quotation
    fixes them. What became of offers is kept, so each kind of reason can be judged.
    """

    _name = "crm.offer"
    _description = "Individual Offer"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "id desc"

    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    user_id = fields.Many2one(
        "res.users",
        string="Salesperson",
        index=True,
        tracking=True,
        default=lambda self: self.env.user,
    )
    state = fields.Selection(
        STATES,
        default="proposed",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
    )
    valid_until = fields.Date(
        default=lambda self: fields.Date.context_today(self) + timedelta(days=DAYS),
        required=True,
    )
    shared = fields.Boolean(
        string="Customer Sees It",
        help="The customer finds the offer on his own page and can ask for a quotation",
    )
    line_ids = fields.One2many("crm.offer.line", "offer_id", copy=True)
    discount = fields.Float(
        string="Discount (%)", tracking=True, help="On all products of the offer"
    )
    max_discount = fields.Float(
        compute="_compute_conditions", help="What the customer's policy allows"
    )
    has_max_discount = fields.Boolean(compute="_compute_conditions")
    pricelist_id = fields.Many2one("product.pricelist", compute="_compute_conditions")
    currency_id = fields.Many2one("res.currency", compute="_compute_conditions")
    order_id = fields.Many2one(
        "sale.order", string="Quotation", readonly=True, copy=False, index=True,
        ondelete="set null",
    )  # fmt: skip
    run_id = fields.Many2one(
        "crm.offer.run", readonly=True, copy=False, index=True, ondelete="set null"
    )
    decided_on = fields.Date(readonly=True, copy=False)
    refusal = fields.Char(string="Why Refused", copy=False, tracking=True)
    note = fields.Text(help="Words to the customer; printed on the quotation")

    _discount_bounds = models.Constraint(
        "CHECK (discount >= 0 AND discount <= 100)",
        "A discount lies between 0% and 100%.",
    )

    @api.depends("partner_id")
    def _compute_display_name(self):
        for offer in self:
            name = offer.partner_id.display_name or ""
            offer.display_name = self.env._("Offer for %(customer)s", customer=name)

    @api.depends("partner_id", "company_id")
    def _compute_conditions(self):
        for company, offers in self.grouped("company_id").items():
            conducts = self.env["crm.policy"]._conduct(offers.partner_id, company)
            for offer in offers.with_company(company):
                owner = offer.partner_id.commercial_partner_id
                decision = conducts.get(owner._origin.id, {}).get("max_discount")
                offer.has_max_discount = bool(decision and decision.value is not None)
                offer.max_discount = decision.value if offer.has_max_discount else 0.0
                offer.pricelist_id = offer.partner_id.property_product_pricelist
                offer.currency_id = (
                    offer.pricelist_id.currency_id or company.currency_id
                )

    @api.onchange("discount")
    def _onchange_discount(self):
        if self.has_max_discount and self.discount > self.max_discount:
            return {
                "warning": {
                    "title": self.env._("More Than the Policy Allows"),
                    "message": self.env._(
                        "The policy allows %(most)g%%. The quotation will need an "
                        "approval.",
                        most=self.max_discount,
                    ),
                }
            }
        return None

    @api.model_create_multi
    def create(self, vals_list):
        offers = super().create([self._without_kept(vals) for vals in vals_list])
        offers._tell_needs()
        return offers

    def write(self, vals):
        return super().write(self._without_kept(vals))

    def _without_kept(self, vals):
        """Only what happens decides an offer; nobody writes its outcome."""
        kept = {"state", "order_id", "decided_on", "run_id"} & vals.keys()
        if kept and not self.env.su:
            raise UserError(
                self.env._("The outcome of an offer follows from what is done with it.")
            )
        return vals

    def _tell_needs(self):
        """An open need that is answered by an offer is offered."""
        needs = self.line_ids.need_id.sudo().filtered(lambda n: n.state == "open")
        if needs:
            needs.write({"state": "offered"})

    # ------------------------------------------------------------------ buttons

    def action_make_quotation(self):
        """Make the quotation of this offer, or open the one it has."""
        self.ensure_one()
        self.check_access("write")
        order = self._make_quotation()
        return {
            "type": "ir.actions.act_window",
            "res_model": "sale.order",
            "res_id": order.id,
            "views": [(False, "form")],
        }

    def action_refuse(self):
        """The customer does not want it; the same is not proposed for a while."""
        self.check_access("write")
        self._decide("refused")

    def action_propose_again(self):
        """Look for reasons anew and replace the lines that no person entered."""
        self.check_access("write")
        for offer in self:
            if offer.state != "proposed":
                raise UserError(
                    self.env._("Only a proposed offer can be made anew. Copy it first.")
                )
            offer.line_ids.filtered(lambda line: line.source != "person").unlink()
            suggested = self._suggest(offer.partner_id, offer.company_id)
            own = offer.line_ids.product_id.ids
            lines = suggested.get(offer.partner_id.commercial_partner_id.id, [])
            offer.line_ids = [
                (0, 0, vals) for vals in lines if vals["product_id"] not in own
            ]
        self._tell_needs()

    # ------------------------------------------------------------------ outcome

    def _make_quotation(self):
        """The quotation of an open offer, made once.

        :raises UserError: it is over, or nothing is in it
        """
        self.ensure_one()
        if self.order_id:
            return self.order_id
        if self.state != "proposed" or self.valid_until < fields.Date.context_today(
            self
        ):
            raise UserError(
                self.env._("The offer is no longer valid. Set a later day, or copy it.")
            )
        lines = self.line_ids.filtered("is_chosen")
        if not lines:
            raise UserError(self.env._("Choose at least one product of the offer."))
        order = (
            self.env["sale.order"]
            .with_company(self.company_id)
            .create(
                {
                    "partner_id": self.partner_id.id,
                    "company_id": self.company_id.id,
                    "user_id": self.user_id.id,
                    "validity_date": self.valid_until,
                    "crm_offer_id": self.id,
                    "order_line": [
                        (0, 0, line._prepare_order_line()) for line in lines
                    ],
                    **({"note": self.note} if self.note else {}),
                }
            )
        )
        # sudo: the outcome is kept from hands, not from its own making
        self.sudo().write({"order_id": order.id, "state": "quoted"})
        return order

    def _decide(self, state):
        """Note an outcome on those still open."""
        open_offers = self.filtered(lambda offer: offer.state in OPEN)
        if open_offers:
            day = fields.Date.context_today(self)
            open_offers.sudo().write({"state": state, "decided_on": day})

    @api.model
    def _cron_expire(self):
        """Offers whose last day is over."""
        today = fields.Date.context_today(self)
        due = self.search([("state", "in", OPEN), ("valid_until", "<", today)])
        due._decide("expired")
