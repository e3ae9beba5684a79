from odoo import api, models
from odoo.exceptions import AccessError


class KeptMixin(models.AbstractModel):
    """Facts that only follow from steps: the steps write them, nobody else does.

    A read-only field is read-only in a form, not for a caller of the API. Here it is
    for both: without `sudo`, create and write refuse it, and neither the context nor
    saved defaults fill it. A step checks what it must, then writes through the
    smallest `sudo()`.
    """

    _name = "crm.kept.mixin"
    _description = "Facts Kept by the System"

    @api.model
    def _get_kept_names(self, operation):
        """Names of the fields nobody enters; override to add to them.

        :param str operation: `create` or `write`
        """
        return {name for name, field in self._fields.items() if field.readonly}

    @api.model
    def _tell_kept(self, labels):
        """Override with what to do instead of entering the fields.

        :param str labels: the labels of the fields, with commas
        """
        raise NotImplementedError(self._name)

    @api.model
    def default_get(self, fields):
        """A kept field begins with the default of its declaration and no other."""
        if self.env.su:
            return super().default_get(fields)
        kept = self._get_kept_names("create").intersection(fields)
        declared = {name: self._fields[name].default for name in kept}
        fresh = {name: default(self) for name, default in declared.items() if default}
        entered = super().default_get([name for name in fields if name not in kept])
        return {**entered, **self._convert_to_write(fresh)}

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_entered(vals, "create")
        return super().create(vals_list)

    def write(self, vals):
        self._check_entered(vals, "write")
        return super().write(vals)

    @api.model
    def _check_entered(self, vals, operation):
        """:raises AccessError: when `vals` hold a field that nobody may enter"""
        if self.env.su:
            return
        if refused := sorted(vals.keys() & self._get_kept_names(operation)):
            labels = [
                self._fields[name]._description_string(self.env) for name in refused
            ]
            raise AccessError(self._tell_kept(", ".join(labels)))
