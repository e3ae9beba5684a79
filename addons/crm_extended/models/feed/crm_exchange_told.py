from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

# changes of these may move a partner out of, or into, a client's sight
_DECIDING = {
    "commercial_partner_id",
    "company_id",
    "is_company",
    "parent_id",
    "partner_share",
    "specific_property_product_pricelist",
}

_CASCADE = """
    INSERT INTO crm_exchange_feed (entity, res_id, op, changed, client_id)
    SELECT %(entity)s, found.id, 'u', 'res_partner', %(client)s
      FROM (SELECT seen.id FROM (%(visible)s) seen (id)
             WHERE NOT EXISTS (
                   SELECT FROM crm_exchange_disclosed d
                    WHERE d.client_id = %(client)s AND d.entity = %(entity)s
                      AND d.res_id = seen.id AND d.here)
             UNION
            SELECT d.res_id FROM crm_exchange_disclosed d
             WHERE d.client_id = %(client)s AND d.entity = %(entity)s AND d.here
               AND d.res_id IN (%(theirs)s) AND d.res_id NOT IN (%(visible)s)) found
     WHERE NOT EXISTS (
           SELECT FROM crm_exchange_feed c
            WHERE c.client_id = %(client)s AND c.entity = %(entity)s
              AND c.res_id = found.id
              AND (c.seq IS NULL OR c.seq > %(position)s))
"""


class ExchangeTold(models.AbstractModel):
    """What a client was told of, and has to be told when a customer comes or goes."""

    _inherit = "crm.exchange"

    @api.model
    def _disclose(self, client, entity, scope, ids):
        """Remember which records a client has been told of.

        Only of those it may be told that they left, were deleted or merged: otherwise
        the feed would betray the existence of records that were never its business.
        That holds for clients without a filter too: other companies' customers, staff
        and logins are never theirs.
        """
        if not ids:
            return
        with self._own_cursor() as cr:
            cr.execute(
                SQL(
                    """INSERT INTO crm_exchange_disclosed AS d
                              (client_id, entity, res_id)
                       SELECT %s, %s, unnest(%s)
                           ON CONFLICT (client_id, entity, res_id) DO UPDATE
                          SET here = true WHERE NOT d.here""",
                    client.id,
                    entity.name,
                    sorted(ids),
                )
            )

    @api.model
    def _disclosed(self, client, entity, scope, ids):
        """Those of `ids` that the client may be told to be gone.

        Read where it is written: a replica may not know yet what the client does.
        """
        if not ids:
            return set()
        with self._own_cursor() as cr:
            cr.execute(
                SQL(
                    """SELECT res_id FROM crm_exchange_disclosed
                        WHERE client_id = %s AND entity = %s AND res_id = ANY(%s)""",
                    client.id,
                    entity.name,
                    list(ids),
                )
            )
            return {res_id for (res_id,) in cr.fetchall()}

    @api.model
    def _leave(self, client, entity, ids):
        """Remember that the client is told that these are gone from its sight."""
        if not ids:
            return
        with self._own_cursor() as cr:
            cr.execute(
                SQL(
                    """UPDATE crm_exchange_disclosed SET here = false
                        WHERE client_id = %s AND entity = %s AND res_id = ANY(%s)
                          AND here""",
                    client.id,
                    entity.name,
                    sorted(ids),
                )
            )

    # ------------------------------------------------------------------ cascade

    @api.model
    def _cascade(self, client, place, rows):
        """Note, for this client, the records that come or go with their customers.

        A customer that moves out of its sight takes its orders along, and brings them
        when it moves in. What was told is compared with what is visible now, in one
        statement per entity; the differences are changes of the feed like any other,
        which only this client is given.

        :param rows: changes of the page: (seq, entity, id, op, columns changed)
        :return: whether anything was noted
        """
        partners = self._moved_partners(client, rows)
        if not partners:
            return False
        noted = 0
        for entity, scope in self._scopes(client):
            if entity.name in place.entities and self._follows_customers(entity):
                theirs = Domain.OR(
                    Domain(path, "in", partners)
                    | Domain(f"{path}.commercial_partner_id", "in", partners)
                    for path in entity.owners
                )
                if not entity.owners:  # few records, compared as a whole
                    theirs = Domain.TRUE
                noted += self._cascade_to(client, entity, scope, theirs, place)
        return noted > 0

    @api.model
    def _cascade_to(self, client, entity, scope, theirs, place):
        model = self._reading_model(client, entity.model)
        seen = theirs & self._visible_domain(client, entity, scope)
        with self._own_cursor() as cr:
            cr.execute(
                SQL(
                    _CASCADE,
                    entity=entity.name,
                    client=client.id,
                    visible=model._search(seen).select(),
                    theirs=model._search(theirs).select(),
                    position=place.position,
                )
            )
            return cr.rowcount

    @api.model
    def _moved_partners(self, client, rows):
        """Ids of partners on the page whose change may move them in or out of sight."""
        entities = self._entities()
        deciding = _DECIDING | {
            condition.field_expr.split(".")[0]
            for condition in self._customer_filter(client).iter_conditions()
        }
        return sorted(
            {
                res_id
                for _seq, name, res_id, op, changed in rows
                if op == "u"
                and entities[name].model == "res.partner"
                and not deciding.isdisjoint((changed or "").split(","))
            }
        )
