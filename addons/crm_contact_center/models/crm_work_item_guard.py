from odoo import SUPERUSER_ID, api, models
from odoo.exceptions import AccessError

# Entered by hand when the item is made, changed later only by a transfer or an outcome
FIXED = frozenset({"queue_id", "channel", "disposition_id"})


class WorkItem(models.Model):
    """What people enter, and what only follows from their steps.

    Whoever has an item in hand, how long it waited and where the answer goes are facts
    of the contact: the buttons write them after their own checks, nobody else does.
    """

    _name = "crm.work.item"
    # the guard goes before everything that the item's own steps do in create and write
    _inherit = ["crm.kept.mixin", "crm.work.item"]

    @api.model
    def _get_kept_names(self, operation):
        fixed = {"disposition_id"} if operation == "create" else FIXED
        return super()._get_kept_names(operation) | fixed

    @api.model
    def _tell_kept(self, labels):
        return self.env._(
            "%(fields)s of a work item cannot be entered. Use its buttons "
            "instead, such as Take, Transfer or Done.",
            fields=labels,
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
