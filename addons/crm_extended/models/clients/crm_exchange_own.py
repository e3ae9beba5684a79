from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL


class ExchangeOwn(models.AbstractModel):
    """Scopes that end at the client's own customers: those it has a key for."""

    _inherit = "crm.exchange"

    @api.model
    def _visible_domain(self, client, entity, scope):
        domain = super()._visible_domain(client, entity, scope)
        if scope._is_own_only():
            domain &= self._own_domain(client, entity)
        return domain

    @api.model
    def _customer_filter(self, client):
        """A key's narrower scope of customers holds through relations, too."""
        domain = super()._customer_filter(client)
        scope = self._scope_of(client).get("customer")
        if not scope:
            scope = client.scope_ids.filtered(lambda s: s.entity == "customer")
        if scope.credential_id:
            domain &= scope._record_domain()
        if scope and scope._is_own_only():
            domain &= Domain("id", "in", self._own_customers(client))
        return domain

    @api.model
    def _own_customers(self, client):
        """Subquery of the customers that the client has keys for."""
        self.env["crm.source.record"].flush_model(["source_id", "partner_id"])
        return SQL(
            """(SELECT partner_id FROM crm_source_record
                 WHERE source_id = %s AND partner_id IS NOT NULL)""",
            client.source_id.id or 0,
        )

    @api.model
    def _own_domain(self, client, entity):
        """Records that are, or belong to, customers known by the client's own keys.

        What belongs to no customer (products, price lists) is its own when the client
        has a key for it.
        """
        customers = self._own_customers(client)
        keyed = Domain(
            "id",
            "in",
            SQL(
                """(SELECT res_id FROM crm_exchange_key
                     WHERE source_id = %s AND entity = %s)""",
                client.source_id.id or 0,
                entity.name,
            ),
        )
        if entity.model == "res.partner":
            return (
                Domain("id", "in", customers)
                | Domain("commercial_partner_id", "in", customers)
                | keyed
            )
        if not entity.owners:
            return keyed
        owned = Domain.AND(
            Domain(f"{path}.commercial_partner_id", "in", customers)
            for path in entity.owners
        )
        return owned | keyed

    @api.model
    def _remember(self, client, entity, by_key):
        """A key makes a record the client's own, which it is told as a change."""
        result = super()._remember(client, entity, by_key)
        scopes = client.sudo().scope_ids | client.sudo().credential_ids.scope_ids
        if by_key and any(scope.own_only for scope in scopes):
            self._tell_own(self._declared(entity), list(set(by_key.values())))
        return result

    @api.model
    def _tell_own(self, entity, ids):
        names = [e.name for e in self._entities().values() if e.model == entity.model]
        if entity.model == "res.partner":
            partners = self.env["res.partner"].sudo().with_context(active_test=False)
            ids = partners.search([("commercial_partner_id", "in", ids)]).ids + ids
        self.env.cr.execute(
            SQL(
                """INSERT INTO crm_exchange_change (entity, res_id, op)
                   SELECT e, i, 'u' FROM unnest(%s) e, unnest(%s) i""",
                names,
                list(set(ids)),
            )
        )
