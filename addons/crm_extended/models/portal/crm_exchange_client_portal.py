from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ...exchange import manual

SHOWN = 20  # refusals


class ExchangeClient(models.Model):
    """What the people at the partner see of their own client, in the portal."""

    _inherit = "crm.exchange.client"

    portal_partner_ids = fields.Many2many(
        "res.partner",
        "crm_exchange_client_portal",
        string="People at the Partner",
        copy=False,
        help="They see this client's page in the portal: its state, keys, errors, the "
        "manual, and for a client for trying out the console. Give them access to the "
        "portal, too.",
    )
    portal_keys = fields.Boolean(
        string="They Manage Keys",
        copy=False,
        help="They may make and revoke keys themselves. A key opens what the scopes "
        "allow, so allow it to those only whom you would send a key.",
    )

    @api.model
    def _get_portal_domain(self, user):
        """Clients whose page this user may open: as a named contact only."""
        return [("portal_partner_ids", "in", user.partner_id.ids)]

    def _get_portal_values(self):
        """What the page of a client shows; the caller has checked who asks."""
        self.ensure_one()
        exchange = self.env["crm.exchange"]
        meter = exchange._meter(self)
        hooks = self.env["crm.exchange.hook"].search([("client_id", "=", self.id)])
        state = dict(hooks._fields["state"]._description_selection(self.env))
        return {
            "client": self,
            "health": self._get_portal_health(),
            "keys": self.credential_ids.sorted("id", reverse=True)[:SHOWN],
            "meter": meter,
            "refusals": self._read_refusals(),
            "hooks": [(hook, state.get(hook.state, hook.state)) for hook in hooks],
        }

    def _get_portal_health(self):
        """(word, colour of Bootstrap) for the state of the client."""
        now = fields.Datetime.now()
        if not self.active or not self.user_id.active:
            return self.env._("Switched off"), "danger"
        if self.expires_at and self.expires_at <= now:
            return self.env._("Expired"), "danger"
        if not self.last_seen:
            return self.env._("Never called"), "secondary"
        if self.last_seen < now - timedelta(days=1):
            return self.env._("Silent for a day"), "warning"
        return self.env._("Working"), "success"

    def _read_refusals(self):
        """The last refused calls: when, which method, why, and what to quote."""
        return self.env.execute_query_dict(
            SQL(
                """SELECT at, method, code, request_id FROM crm_exchange_audit
                    WHERE client_ref = %s AND code <> ''
                    ORDER BY id DESC LIMIT %s""",
                self.id,
                SHOWN,
            )
        )

    def _get_portal_manual(self):
        """Entities in the client's scope and all services, as they are declared."""
        self.ensure_one()
        exchange = self.env["crm.exchange"]
        scopes = {scope.entity: scope for scope in self.scope_ids}
        entities = []
        for entity in exchange._entities().values():
            scope = scopes.get(entity.name)
            verbs = [verb for verb in entity.verbs if scope and scope._may(verb)]
            if not verbs:
                continue
            readable = scope._readable_fields(entity) if "read" in verbs else ()
            writing = {"create", "update"} & set(verbs)
            writable = scope._writable_fields(entity) if writing else ()
            rows = [
                (field, field.name in readable, field.name in writable)
                for field in entity.fields
                if field.name in {*readable, *writable}
            ]
            entities.append((entity, verbs, rows))
        return {"client": self, "entities": entities, "methods": self._get_methods()}

    @api.model
    def _get_methods(self):
        """All services with their documentation, by name."""
        kind = type(self.env["crm.exchange"])
        found = []
        for name in sorted(dir(kind)):
            method = getattr(kind, name, None)
            if hasattr(method, "exchange_service"):
                told = manual.describe(name, method.__doc__, method.exchange_signature)
                found.append(told)
        return found
