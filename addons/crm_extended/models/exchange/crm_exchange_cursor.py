from odoo import api, fields, models
from odoo.tools import SQL

from ...exchange import arguments, cursor
from .crm_exchange import service


class ExchangeCursor(models.AbstractModel):
    """How far a client has come: its cursors are checked, and confirmed by `ack`."""

    _inherit = "crm.exchange"

    @service
    def ack(self, cursor):
        """Confirm that you have stored all that led to this cursor.

        :return: ``{acked}``, the number up to which you have confirmed
        """
        own = self._client()
        place = self._place(own, arguments.text(cursor, "cursor"))
        if place.phase == "changes":
            self.env.cr.execute(
                SQL(
                    """UPDATE crm_exchange_client
                          SET acked_seq = GREATEST(acked_seq, %(to)s),
                              acked_at = %(now)s
                        WHERE id = %(id)s""",
                    to=place.position,
                    now=fields.Datetime.now(),
                    id=own.id,
                )
            )
            own.invalidate_recordset(["acked_seq", "acked_at", "lag"])
        return {"acked": str(int(own.acked_seq))}

    @api.model
    def _secret(self):
        secret = self.env["ir.config_parameter"].sudo().get_param("database.secret")
        return secret.encode()

    @api.model
    def _place(self, client, token, head=0):
        """The place a cursor stands for, refused unless this client's and current.

        :param head: newest number known from elsewhere; a replica may be behind it
        """
        epoch, last, floor = self.env["crm.exchange.change"]._position()
        place = cursor.read(token, self._secret())
        scopes = [s for s in self._scopes(client) if s[0].name in place.entities]
        cursor.check(
            place,
            client=client.id,
            epoch=epoch,
            scope=self._fingerprint(client, scopes),
            head=max(last, head),
            floor=floor,
        )
        return place

    @api.model
    def _fingerprint(self, client, scopes):
        """Changes when the client may read other fields or records than before.

        Also when it may see other customers and reads what belongs to these, or when
        `_marked_<entity>(client)` says something else, where there is such a method.
        """
        marks = [scope._mark(entity) for entity, scope in scopes]
        if any(entity.owners for entity, _scope in scopes):
            marks.append(repr(self._customer_filter(client)))
        for entity, _scope in scopes:
            if marked := getattr(self, f"_marked_{entity.name}", None):
                marks.append(marked(client))
        return cursor.fingerprint(client.company_id.id, marks)
