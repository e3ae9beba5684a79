from datetime import timedelta

from odoo import fields, models
from odoo.exceptions import UserError

from ...webhooks import signature

OVERLAP_HOURS = 24  # for which both secrets sign while rotating
MAX_OVERLAP_HOURS = 168


class ExchangeHookRotation(models.Model):
    """The secrets that sign: one, or two while the partner changes over.

    They are kept in columns that nobody can read through the ORM, and shown once.
    """

    _inherit = "crm.exchange.hook"

    def action_make_secret(self):
        """Give the hook its first secret, switch it on, and show the secret once."""
        self.ensure_one()
        self.check_access("write")
        if self.sudo().secret:
            raise UserError(
                self.env._("It has a secret. Rotate it to get another one.")
            )
        return self._show_secret(self._begin())

    def action_rotate(self):
        """A new secret, shown once; the old one signs beside it for a day."""
        self.ensure_one()
        self.check_access("write")
        return self._show_secret(self._rotate(OVERLAP_HOURS))

    def action_end_old_secret(self):
        """The old secret stops signing now, e.g. because it leaked."""
        self.check_access("write")
        self.sudo().write({"old_secret": False, "old_secret_until": False})
        return True

    def _show_secret(self, secret):
        return {
            "type": "ir.actions.act_window",
            "res_model": "crm.exchange.hook.secret",
            "name": self.env._("Secret of %(name)s", name=self.client_id.name),
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_secret": secret},
        }

    def _check_has_secret(self):
        self.ensure_one()
        if not self.sudo().secret:
            raise UserError(
                self.env._(
                    "Webhook of %(client)s: press Make Secret first and hand the "
                    "secret to the partner; without it no message can be signed.",
                    client=self.client_id.name,
                )
            )

    # ------------------------------------------------------------------ steps

    def _begin(self):
        """Give the first secret and tell of what changes from now on."""
        secret = signature.new_secret()
        epoch, head, _floor = self.env["crm.exchange.change"]._position()
        now = {"told_seq": head, "told_epoch": epoch}
        self.sudo().write({"secret": secret, "state": "on", **now})
        return secret

    def _rotate(self, overlap_hours):
        """The new secret. Two sign at most, so a second rotation waits for the first.

        :param int overlap_hours: for which the old secret signs as well; with 0 it
            stops at once, also in the middle of a rotation
        """
        self._check_has_secret()
        hook, now = self.sudo(), fields.Datetime.now()
        if overlap_hours and hook._is_rotating():
            raise UserError(
                self.env._(
                    "Webhook of %(client)s: two secrets sign already, the old one "
                    "until %(until)s UTC. Wait, or end the old secret first.",
                    client=hook.client_id.name,
                    until=hook.old_secret_until,
                )
            )
        secret = signature.new_secret()
        until = now + timedelta(hours=overlap_hours) if overlap_hours else False
        hook.write(
            {
                "old_secret": hook.secret if overlap_hours else False,
                "old_secret_until": until,
                "secret": secret,
            }
        )
        return secret

    def _is_rotating(self):
        until = self.sudo().old_secret_until
        return bool(self.sudo().old_secret and until and until > fields.Datetime.now())

    def _get_secrets(self):
        """Secrets that sign now, the newest first."""
        hook = self.sudo()
        return [hook.secret] + ([hook.old_secret] if hook._is_rotating() else [])
