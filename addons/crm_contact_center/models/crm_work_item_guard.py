from odoo import SUPERUSER_ID, api, models
from odoo.exceptions import AccessError

# Entered by hand when the item is made, changed later only by a transfer or an outcome
FIXED = frozenset({"queue_id", "channel", "disposition_id"})


class WorkItem(models.Model):
    """What people enter, and what only follows from their steps.

    Whoever has an item in hand, how long it waited and where the answer goes are facts
    of the contact: the buttons write them after their own checks, nobody else does.
    """

    _inherit = "crm.work.item"

    @api.model
    def _kept_fields(self):
        """Names of the fields nobody enters: all that are declared read-only."""
        return {name for name, field in self._fields.items() if field.readonly}

    @api.model
    def default_get(self, fields):
        """A client's context or saved defaults do not fill what nobody enters."""
        if self.env.su:
            return super().default_get(fields)
        kept = self._kept_fields()
        defaults = super().default_get([name for name in fields if name not in kept])
        if "state" in fields:
            defaults["state"] = "waiting"
        return defaults

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            names = self._kept_fields() | {"disposition_id"}
            for vals in vals_list:
                self._check_entered(vals, names)
            untouched = {"state": "waiting", "disposition_id": False}
            vals_list = [{**vals, **untouched} for vals in vals_list]
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su:
            self._check_entered(vals, self._kept_fields() | FIXED)
        return super().write(vals)

    @api.model
    def _check_entered(self, vals, names):
        """:raises AccessError: when `vals` hold a field that nobody may enter"""
        refused = [self._fields[name] for name in vals if name in names]
        if refused:
            labels = [field._description_string(self.env) for field in refused]
            raise AccessError(
                self.env._(
                    "%(fields)s of a work item cannot be entered. Use its buttons "
                    "instead, such as Take, Transfer or Done.",
                    fields=", ".join(labels),
                )
            )

    def message_post(self, **kwargs):
        """Only the gateway, which is nobody's session, posts what a customer wrote."""
        from_gateway = self.env.uid == SUPERUSER_ID
        if kwargs.get("message_type") == "email" and not from_gateway:
            raise AccessError(
                self.env._(
                    "A message of the customer comes in by mail only. Write a message "
                    "or an internal note."
                )
            )
        return super().message_post(**kwargs)
