from odoo import api, fields, models
from odoo.fields import Domain

MOST = 2**31 - 1
OFFERS = 5
ORDERS = 5
PRODUCTS = 20
LONGEST = 80
REASON = 200


class CustomerPage(models.AbstractModel):
    """What a customer sees and does on the own page of the portal.

    All of it begins with a user's partner and is found by a domain that names it: an
    id from outside only narrows such a domain. What is not the customer's is not found.
    """

    _name = "crm.customer.page"
    _description = "Customer's Own Page"

    @api.model
    def _clean(self, text, most=LONGEST):
        """One line of visible characters, whatever was sent."""
        text = text if isinstance(text, str) else ""
        seen = "".join(c if c.isprintable() else " " for c in text[: 4 * most])
        return " ".join(seen.split())[:most]

    @api.model
    def _read_id(self, text):
        """The id that a form names, 0 for anything else."""
        text = str(text)
        known = text.isascii() and text.isdigit() and len(text) <= 10
        return int(text) if known and int(text) <= MOST else 0

    # ------------------------------------------------------------------ overview

    @api.model
    def _get_overview(self, user):
        """Everything on the first page, in a number of queries that data do not add to.

        :return: values of the template
        """
        partner = user.partner_id
        return {
            "partner": partner,
            "offers": self._get_offers(partner),
            "loyalty": self._get_loyalty(partner),
            **self._get_papers(partner),
            **self._get_cases(partner),
        }

    @api.model
    def _get_papers(self, partner):
        """The last orders, and what is to be paid; by the user's own rights."""
        owner = [("partner_id", "child_of", partner.commercial_partner_id.ids)]
        orders = self.env["sale.order"]
        sold = [*owner, ("state", "=", "sale")]
        due = Domain(owner) & Domain(
            [
                ("state", "=", "posted"),
                ("move_type", "in", ("out_invoice", "out_receipt")),
                ("payment_state", "in", ("not_paid", "partial")),
            ]
        )
        today = fields.Date.context_today(self)
        late = due & Domain("invoice_date_due", "<", today)
        return {
            "orders": orders.search(sold, limit=ORDERS, order="date_order desc"),
            "order_count": orders.search_count(sold),
            "quotation_count": orders.search_count([*owner, ("state", "=", "sent")]),
            "has_delivery": "delivery_status" in orders._fields,
            "due": self._sum_due(due),
            "late": self._sum_due(late),
        }

    @api.model
    def _sum_due(self, domain):
        """[(currency, amount, number of invoices)]"""
        return self.env["account.move"]._read_group(
            domain, ["currency_id"], ["amount_residual:sum", "__count"]
        )

    @api.model
    def _get_cases(self, partner):
        if "helpdesk.ticket" not in self.env:
            return {"case_count": None}
        # sudo: only counted, and only the customer's
        cases = self.env["helpdesk.ticket"].sudo()
        own = [("partner_id", "child_of", partner.commercial_partner_id.ids)]
        return {"case_count": cases.search_count(own)}

    # ------------------------------------------------------------------ prices

    @api.model
    def _get_prices(self, user, text=""):
        """Products on sale with the customer's price for one piece.

        :param text: part of a name or code; empty: the first ones
        """
        company, partner = self.env.company, user.partner_id
        # sudo: names and prices of what is on sale are told, nothing else
        products = self.env["product.product"].sudo().with_company(company)
        domain = Domain("sale_ok", "=", True)
        domain &= Domain("company_id", "in", [False, company.id])
        if "is_published" in products._fields:
            domain &= Domain("is_published", "=", True)
        if words := self._clean(text):
            domain &= Domain("name", "ilike", words) | Domain(
                "default_code", "ilike", words
            )
        found = products.search(domain, limit=PRODUCTS + 1, order="name, id")
        prices = partner.sudo().with_company(company).property_product_pricelist
        shown = found[:PRODUCTS]
        if prices:
            told = prices._get_products_price(shown, 1.0, customer=partner)
        else:
            told = {product.id: product.lst_price for product in shown}
        return {
            "rows": [(p, told[p.id]) for p in shown],
            "more": len(found) > PRODUCTS,
            "pricelist": prices,
            "currency": prices.currency_id or company.currency_id,
            "search": words,
        }

    # ------------------------------------------------------------------ offers

    @api.model
    def _get_offer_domain(self, partner):
        """Offers that the customer may see: shared with him, open, not over."""
        owner = partner.commercial_partner_id
        return [
            ("partner_id.commercial_partner_id", "=", owner.id),
            ("company_id", "in", self.env.user.company_ids.ids),
            ("shared", "=", True),
            ("state", "in", ("proposed", "quoted")),
            ("valid_until", ">=", fields.Date.context_today(self)),
        ]

    @api.model
    def _get_offers(self, partner):
        # sudo: the domain says which; customers have no right to the model
        offers = self.env["crm.offer"].sudo()
        return offers.search(self._get_offer_domain(partner), limit=OFFERS)

    @api.model
    def _find_offer(self, user, offer_id):
        """The offer with this id if the customer may still decide it, else empty."""
        domain = self._get_offer_domain(user.partner_id)
        domain += [("id", "=", offer_id), ("state", "=", "proposed")]
        return self.env["crm.offer"].sudo().search(domain)

    @api.model
    def _ask_quotation(self, user, offer):
        """Make the quotation once, and tell the salesperson to send it.

        :raises UserError: nothing is in the offer
        """
        # in the language of who reads it
        offer = offer.with_context(lang=offer.user_id.lang or self.env.lang)
        offer._make_quotation()
        offer.activity_schedule(
            "mail.mail_activity_data_todo",
            user_id=offer.user_id.id or self.env.ref("base.user_admin").id,
            summary=offer.env._("The customer asks for the quotation: check and send"),
        )
        offer.message_post(
            body=offer.env._("Asked for on the customer's page."),
            author_id=user.partner_id.id,
        )

    @api.model
    def _refuse_offer(self, user, offer, reason):
        offer = offer.with_context(lang=offer.user_id.lang or self.env.lang)
        offer.refusal = self._clean(reason, REASON) or False
        offer._decide("refused")
        offer.message_post(
            body=offer.env._("Refused on the customer's page."),
            author_id=user.partner_id.id,
        )
