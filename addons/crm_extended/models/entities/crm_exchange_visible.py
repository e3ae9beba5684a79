from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL


class ExchangeVisible(models.AbstractModel):
    """Which records a client may see: its company's, of its customers, in its scope."""

    _inherit = "crm.exchange"

    @api.model
    def _visible_domain(self, client, entity, scope):
        """Which records of `entity` the client may see, archived ones included.

        A method `_visible_<entity>(client)`, where there is one, narrows it further.
        """
        domain = Domain(entity.domain) & scope._record_domain()
        if self._company_path(entity):
            company = [client.company_id.id, False]
            domain &= Domain(entity.company, "in", company)
        if entity.model == "res.partner":
            domain &= self._customer_base(client)
            domain &= Domain("merged_into_id", "=", False)
            # a shell without personal data: partners are told to erase it, too
            domain &= Domain("erased_at", "=", False)
        for path in entity.owners:
            domain &= self._owned_domain(client, path)
        narrower = getattr(self, f"_visible_{entity.name}", None)
        return domain & narrower(client) if narrower else domain

    @api.model
    def _company_path(self, entity):
        return entity.company.split(".")[0] in self.env[entity.model]._fields

    @api.model
    def _customer_base(self, client):
        """Partners that are customers at all, and of this client's company."""
        return (
            Domain("company_id", "in", [client.company_id.id, False])
            # our own companies, staff and logins are partners in Odoo, not customers
            & Domain("partner_share", "=", True)
            & Domain("id", "not in", self._technical_partners())
        )

    @api.model
    def _customer_filter(self, client):
        """The client's record filter on customers; TRUE where it has none.

        It holds through relations: who may see the customers of Prague only is told of
        the orders of Prague only.
        """
        scope = client.scope_ids.filtered(lambda s: s.entity == "customer")
        return scope._record_domain() if scope else Domain.TRUE

    @api.model
    def _owned_domain(self, client, path):
        """Records whose partner at `path` belongs to a customer the client may see.

        What belongs to nobody is seen by clients without a filter only. Books of a
        customer that was merged or erased remain, so that does not matter here.
        """
        narrow = self._customer_filter(client)
        base = self._customer_base(client)
        if narrow.is_true():
            return Domain(path, "=", False) | _through(path, base)
        customer = Domain("commercial_partner_id", "any", narrow & base)
        return _through(path, base & customer)

    @api.model
    def _technical_partners(self):
        """Ids of partners that stand for ourselves: companies, visitors, machines."""
        public = self.env["ir.model.data"]._xmlid_to_res_id("base.group_public")
        template = self.env["ir.model.data"]._xmlid_to_res_id(
            "base.template_portal_user_id"
        )
        self.env.cr.execute(
            SQL(
                """SELECT u.partner_id FROM res_users u
                    WHERE u.id = %s
                       OR u.id IN (SELECT uid FROM res_groups_users_rel WHERE gid = %s)
                       OR u.id IN (SELECT user_id FROM crm_exchange_client)
                    UNION SELECT partner_id FROM res_company""",
                template or 0,
                public or 0,
            )
        )
        return [partner for (partner,) in self.env.cr.fetchall()]

    @api.model
    def _visible_ids(self, client, entity, scope, ids):
        ids = [i for i in ids if i]
        if not ids:
            return set()
        model = self.env[entity.model].sudo().with_context(active_test=False)
        domain = self._visible_domain(client, entity, scope)
        return set(model.search(domain & Domain("id", "in", ids)).ids)

    # ------------------------------------------------------------------ narrower

    @api.model
    def _visible_price_list(self, client):
        """Price lists of the customers it may see: other partners' are not its own."""
        if self._customer_filter(client).is_true():
            return Domain.TRUE
        partners = self.env["res.partner"].sudo().with_context(active_test=False)
        partners = partners.with_company(client.company_id)
        seen = self._customer_base(client) & self._customer_filter(client)
        groups = partners._read_group(
            seen & Domain("specific_property_product_pricelist", "!=", False),
            ["specific_property_product_pricelist"],
        )
        return Domain("id", "in", [price_list.id for (price_list,) in groups])

    @api.model
    def _visible_interaction(self, client):
        """Channels shown to everyone here; what a document hides stays hidden."""
        return Domain("channel", "in", self._marked_interaction(client))

    @api.model
    def _marked_interaction(self, client):
        """Another choice of channels makes clients load everything again."""
        rules = self.env["crm.interaction.rule"].sudo()
        return sorted(rules.search([("visibility", "=", "all")]).mapped("channel"))

    @api.model
    def _follows_customers(self, entity):
        """Whether changes of customers decide which of its records are seen."""
        return bool(entity.owners) or hasattr(self, f"_visible_{entity.name}")


def _through(path, domain):
    for name in reversed(path.split(".")):
        domain = Domain(name, "any", domain)
    return domain
