from odoo import api, models

from .crm_access_count import WATCHED


class Base(models.AbstractModel):
    """Reading in bulk is counted, exporting is admitted and logged.

    Every way out passes here: lists, forms and RPC through `read` and `search_read`,
    the web's exports and RPC through `export_data`.
    """

    _inherit = "base"

    @api.readonly
    def read(self, fields=None, load="_classic_read"):
        found = super().read(fields, load)
        if self._name in WATCHED:
            self.env["crm.access.count"]._count(self.env, self._name, len(found))
        return found

    @api.model
    @api.readonly
    def search_read(
        self, domain=None, fields=None, offset=0, limit=None, order=None, **read_kwargs
    ):
        found = super().search_read(domain, fields, offset, limit, order, **read_kwargs)
        if self._name in WATCHED:
            self.env["crm.access.count"]._count(self.env, self._name, len(found))
        return found

    def export_data(self, fields_to_export):
        if not self.env.su:
            self.env["crm.export.log"]._admit_export(self, fields_to_export)
        return super().export_data(fields_to_export)
