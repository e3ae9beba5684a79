from odoo import api, models

from .crm_access_count import WATCHED


class Base(models.AbstractModel):
    """Reading in bulk is counted, exporting is admitted and logged.

    Every way out passes here: lists, forms and RPC through `read` and `search_read`,
    groups and pivots by what names people, the web's exports and RPC through
    `export_data`.
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

    @api.model
    @api.readonly
    def formatted_read_group(self, domain, groupby=(), aggregates=(), *args, **kwargs):
        found = super().formatted_read_group(
            domain, groupby, aggregates, *args, **kwargs
        )
        self._count_groups(groupby, aggregates, found)
        return found

    @api.model
    @api.readonly
    def formatted_read_grouping_sets(
        self, domain, grouping_sets, aggregates=(), **kwargs
    ):
        found = super().formatted_read_grouping_sets(
            domain, grouping_sets, aggregates, **kwargs
        )
        for groupby, groups in zip(grouping_sets, found, strict=True):
            self._count_groups(groupby, aggregates, groups)
        return found

    @api.model
    def _count_groups(self, groupby, aggregates, groups):
        """A group by e-mail address is a list of addresses: it counts as read."""
        if self._name not in WATCHED:
            return
        rows = len(groups) if any(map(self._names_somebody, groupby)) else 0
        lists = [spec for spec in aggregates if "array_agg" in spec]
        listed = sum(len(group[spec] or ()) for group in groups for spec in lists[:1])
        self.env["crm.access.count"]._count(self.env, self._name, max(rows, listed))

    @api.model
    def _names_somebody(self, spec):
        field = self._fields.get(spec.partition(":")[0].partition(".")[0])
        return field is not None and (
            field.type in ("char", "text") or field.comodel_name == "res.partner"
        )

    def export_data(self, fields_to_export):
        if not self.env.su:
            self.env["crm.export.log"]._admit_export(self, fields_to_export)
        return super().export_data(fields_to_export)
