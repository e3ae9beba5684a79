from dataclasses import replace

from odoo import api, models, tools

from ...exchange.entities import DECLARED


class ExchangeEntities(models.AbstractModel):
    """What is exchanged here: the declared entities whose models are installed."""

    _inherit = "crm.exchange"

    @api.model
    def _entities(self):
        return {**super()._entities(), **self._installed()}

    @api.model
    @tools.ormcache()
    def _installed(self):
        """{name: entity}, the same until an addon comes or goes."""
        return {e.name: self._fit(e) for e in DECLARED if e.model in self.env}

    @api.model
    def _fit(self, entity):
        """The entity without the optional fields that no installed addon brings."""
        known = self.env[entity.model]._fields
        if all(f.column in known for f in entity.fields if f.optional):
            return entity
        return replace(
            entity,
            fields=tuple(
                f for f in entity.fields if not f.optional or f.column in known
            ),
        )
