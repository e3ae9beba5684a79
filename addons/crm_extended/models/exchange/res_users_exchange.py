from odoo import api, models
from odoo.exceptions import AccessDenied, AccessError, ValidationError

from ...exchange.target import rpc_target
from .door import current_door

GROUP = "crm_extended.group_exchange_client"


class ResUsers(models.Model):
    """Logins of partners' systems can call the exchange and nothing else.

    Having no access rights is not enough: many public methods answer without asking for
    any. So such a login is refused at the door: no password, no web session, and over
    RPC only the exchange. What the door cannot recognise is refused too.
    """

    _inherit = "res.users"

    def _is_exchange_login(self):
        self.ensure_one()
        return self.has_group(GROUP)

    @api.model
    def _may_exchange_call(self, model, method):
        """Whether a partner's system may call this method of this model.

        The language and time zone of one's own login are what generic clients read
        first.
        """
        if model == "crm.exchange":
            service = getattr(type(self.env[model]), str(method), None)
            return method == "fields_get" or hasattr(service, "exchange_service")
        return (model, method) == ("res.users", "context_get")

    @api.constrains("group_ids")
    def _check_exchange_login(self):
        """A person with this group would be locked out; a system must not get more."""
        group = self.env.ref(GROUP, raise_if_not_found=False)
        for user in self.filtered(lambda u: group and group in u.all_group_ids):
            if user.all_group_ids != group.all_implied_ids:
                raise ValidationError(
                    self.env._(
                        "Login %(login)s: “%(group)s” is for partners' systems and "
                        "goes with no other group. Remove it or all others.",
                        login=user.login,
                        group=group.display_name,
                    )
                )

    def _rpc_api_keys_only(self):
        return self._is_exchange_login() or super()._rpc_api_keys_only()

    def _check_credentials(self, credential, env):
        if (env or {}).get("interactive", True) and self.env.user._is_exchange_login():
            raise AccessDenied()
        return super()._check_credentials(credential, env)

    @api.model
    def _check_uid_passwd(self, uid, passwd):
        """Also check, at every call, what Odoo's cache of passed logins would hide."""
        result = super()._check_uid_passwd(uid, passwd)
        user = self.browse(uid)
        if user._is_exchange_login():
            user._check_key_alive(passwd)
            if not self._may_exchange_call(*rpc_target.get()):
                raise AccessError(
                    self.env._("This login can call the exchange and nothing else.")
                )
        return result

    def _check_key_alive(self, key):
        """Refuse a key that was revoked or expired since this process first saw it.

        The key itself was verified then; its hash need not be computed again. Which
        key it was is noted, because it may have a narrower scope than its client.
        """
        found = self.env["crm.exchange.credential"].sudo()._find_live(self, key)
        if not found:
            raise AccessDenied()
        if door := current_door():
            door.credential = found
