import secrets

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, email_normalize, ormcache

from ...privacy.suppression import fingerprint, plain_email, plain_phone

SECRET = "crm_extended.suppression_secret"


class Suppression(models.Model):
    """Somebody who asked to be forgotten, known by a keyed hash and nothing else.

    The next import of an old list would bring the person back. The hash tells that it
    is the same address, but not which: without the secret of this database the list is
    worth nothing.
    """

    _name = "crm.suppression"
    _description = "Forgotten Person"
    _order = "id desc"
    _log_access = False
    _rec_name = "kind"

    kind = fields.Selection(
        [("email", "E-mail Address"), ("phone", "Phone Number")],
        required=True,
        readonly=True,
    )
    digest = fields.Char(required=True, readonly=True, groups=fields.NO_ACCESS)
    date = fields.Date(string="Forgotten On", required=True, readonly=True)
    erasure_id = fields.Many2one("crm.erasure", readonly=True, ondelete="set null")
    hit_ids = fields.One2many("crm.suppression.hit", "suppression_id", readonly=True)

    _digest_uniq = models.UniqueIndex("(digest)", "This person is forgotten already.")

    # ------------------------------------------------------------------ hashing

    @api.model
    def _get_secret(self):
        """The key of this database, made when first needed; never shown."""
        parameters = self.env["ir.config_parameter"].sudo()
        secret = parameters.get_param(SECRET)
        if not secret:
            secret = secrets.token_hex(32)
            parameters.set_param(SECRET, secret)
        return bytes.fromhex(secret)

    @api.model
    def _digest(self, secret, kind, value):
        if kind == "email":
            plain = email_normalize(value or "") or plain_email(value)
        else:
            plain = plain_phone(value)
        return fingerprint(secret, kind, plain)

    @api.model
    def _add(self, addresses, erasure=None):
        """Remember addresses by their hashes.

        :param addresses: iterable of `(kind, value)`, kind `email` or `phone`
        :return: number of new ones
        """
        secret = self._get_secret()
        digests = {
            (kind, digest)
            for kind, value in addresses
            if (digest := self._digest(secret, kind, value))
        }
        if not digests:
            return 0
        kinds, values = zip(*sorted(digests), strict=True)
        self.env.cr.execute(
            SQL(
                """INSERT INTO crm_suppression (kind, digest, date, erasure_id)
                   SELECT k, d, %s, %s FROM unnest(%s, %s) AS t(k, d)
                   ON CONFLICT (digest) DO NOTHING""",
                fields.Date.context_today(self),
                erasure.id if erasure else None,
                list(kinds),
                list(values),
            )
        )
        added = self.env.cr.rowcount
        self.invalidate_model()
        self.env.registry.clear_cache()
        return added

    @api.model
    @ormcache()
    def _is_empty(self):
        """Nobody was forgotten yet; true in most databases, where it costs nothing."""
        rows = self.env.execute_query(SQL("SELECT FROM crm_suppression LIMIT 1"))
        return not rows

    @api.model
    def _find(self, people):
        """Who of these people was forgotten; two queries at most, one when nobody was.

        :param dict people: {key: (e-mail or None, phone or None)}
        :return: {key: id of the suppression}
        """
        if not people or self._is_empty():
            return {}
        secret = self._get_secret()
        keys = {}
        for key, (email, phone) in people.items():
            for kind, value in (("email", email), ("phone", phone)):
                if digest := self._digest(secret, kind, value):
                    keys.setdefault(digest, []).append(key)
        rows = self.env.execute_query(
            SQL(
                "SELECT id, digest FROM crm_suppression WHERE digest = ANY(%s)",
                list(keys),
            )
        )
        return {key: id_ for id_, digest in rows for key in keys[digest]}


class SuppressionHit(models.Model):
    """A forgotten person who is among the customers again, until somebody decides.

    While open, nobody addresses the customer for anything but a contract or the law.
    """

    _name = "crm.suppression.hit"
    _inherit = ["crm.kept.mixin"]
    _description = "Return of a Forgotten Person"
    _order = "id desc"
    _rec_name = "partner_id"

    suppression_id = fields.Many2one(
        "crm.suppression", required=True, readonly=True, ondelete="cascade"
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    forgotten_on = fields.Date(related="suppression_id.date")
    state = fields.Selection(
        [
            ("open", "To Decide"),
            ("welcome", "Came Back by Own Will"),
            ("erased", "Erased Again"),
        ],
        required=True,
        readonly=True,
        default="open",
    )
    decided_by_id = fields.Many2one("res.users", readonly=True)
    decided_at = fields.Datetime(string="Decided On", readonly=True)
    note = fields.Char(help="How it is known that the person came back")
    company_id = fields.Many2one(
        related="partner_id.company_id", store=True, precompute=True, readonly=True
    )

    _partner_idx = models.Index("(partner_id) WHERE state = 'open'")

    @api.model
    def _tell_kept(self, labels):
        return self.env._("These follow from steps: %(fields)s.", fields=labels)

    def action_welcome(self):
        """The person came back by own will; the old hash is no reason any more."""
        self._decide("welcome")
        return True

    def action_erase(self):
        """Open an erasure of the customers, to be looked at before it starts."""
        self.check_access("write")
        erasure = self.env["crm.erasure"].create(
            {"partner_ids": self.partner_id.ids, "reason": "returned"}
        )
        return {
            "type": "ir.actions.act_window",
            "res_model": "crm.erasure",
            "res_id": erasure.id,
            "view_mode": "form",
        }

    def _decide(self, state):
        self.check_access("write")
        if self.filtered(lambda hit: hit.state != "open"):
            raise UserError(self.env._("Somebody has decided this already."))
        self.sudo().write(
            {
                "state": state,
                "decided_by_id": self.env.uid,
                "decided_at": fields.Datetime.now(),
            }
        )
