from odoo import api, models

from ...exchange import values


class ExchangePushShown(models.AbstractModel):
    """A client that may change what it reads is remembered with what it was shown.

    When it later names that revision, its change is merged with ours field by field,
    though the values of that time are gone.
    """

    _inherit = "crm.exchange"

    @api.model
    def _disclose(self, client, entity, scope, ids):
        result = super()._disclose(client, entity, scope, ids)
        if isinstance(ids, dict) and ids and scope._may("update"):
            shown = {
                res_id: (record.rev, self._push_canonical(entity, record.data))
                for res_id, record in ids.items()
            }
            with self._own_cursor() as cr:
                bases = self.env["crm.exchange.base"].with_env(self.env(cr=cr))
                bases._agree(client, entity, {}, shown)
        return result

    @api.model
    def _push_canonical(self, entity, data):
        by_name = entity.by_name
        return {n: values.canonical(by_name[n], v) for n, v in data.items()}
