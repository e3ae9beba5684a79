from odoo import api, fields, models
from odoo.exceptions import UserError

from ...ledger.errors import LedgerError
from ...ledger.ledger import Ledger

CLIENT = "odoo"  # whose keys those of our own flows are
UNIT = ["point_digits", "program_type", "currency_id"]  # of a programme
SHOWN = """points write_date available_points pending_points held_points owed_points
    points_display entry_ids lot_ids""".split()  # of a card, changed by postings


class LoyaltyLedger(models.AbstractModel):
    """Posting of points, for other parts of the suite; nothing here is for RPC.

    Amounts are whole numbers of the programme's smallest unit. Each posting has a key:
    repeated with the same content it is answered and not done again. What cannot be
    posted raises `UserError` with the `LedgerError` as its cause. A posting that meets
    another on the same card fails with 40001, which Odoo retries.
    """

    _name = "crm.loyalty.ledger"
    _description = "Points Ledger"

    @api.model
    def _post(self, card, amount, key, *, client=CLIENT, **about):
        """Earn (above 0) or spend (below 0); see `ledger.Ledger.post`.

        :param card: `loyalty.card`
        """
        about.setdefault("user_id", self.env.uid)
        return self._call(client, "post", card.id, amount, key, **about)

    @api.model
    def _reverse(self, entry, key, *, client=CLIENT, partial=False, **about):
        """:param entry: `crm.loyalty.entry` to undo"""
        about.setdefault("user_id", self.env.uid)
        return self._call(client, "reverse", entry.id, key, partial=partial, **about)

    @api.model
    def _reserve(self, card, amount, key, until, *, client=CLIENT, **about):
        """:param until: datetime, UTC, until which the points are held"""
        return self._call(client, "reserve", card.id, amount, key, until, **about)

    @api.model
    def _capture(self, reservation, key, amount=None, *, client=CLIENT, **about):
        """:param amount: of what is held, all when left out; the rest is free again"""
        about.setdefault("user_id", self.env.uid)
        return self._call(client, "capture", reservation.id, key, amount, **about)

    @api.model
    def _release(self, reservation, key, *, client=CLIENT):
        return self._call(client, "release", reservation.id, key)

    @api.model
    def _expire(self, card, key, *, client=CLIENT):
        return self._call(client, "expire", card.id, key)

    @api.model
    def _give_back(self, entry, amount, key, *, client=CLIENT, **about):
        """Undo a part of an entry; see `ledger.Transfers.give_back`."""
        about.setdefault("user_id", self.env.uid)
        return self._call(client, "give_back", entry.id, amount, key, **about)

    @api.model
    def _transfer(self, card, to, amount, key, *, client=CLIENT, **about):
        """Move points with their lots; see `ledger.Transfers.transfer`."""
        about.setdefault("user_id", self.env.uid)
        return self._call(client, "transfer", card.id, to.id, amount, key, **about)

    @api.model
    def _expire_due(self, limit=1000):
        """Expire what is due, of up to `limit` cards; returns how many there were.

        The key names the account's state, so that two jobs post it once.
        """
        self.env.cr.execute(
            """SELECT a.card_id, a.seq FROM crm_loyalty_account a
                WHERE EXISTS (SELECT FROM crm_loyalty_lot l
                               WHERE l.card_id = a.card_id AND l.remaining > l.held
                                 AND l.expires_at <= %s)
                ORDER BY a.card_id LIMIT %s""",
            [fields.Datetime.now(), limit],
        )
        due = self.env.cr.fetchall()
        for card, seq in due:
            self._call("expiry", "expire", card, f"{card}/{seq}")
        return len(due)

    @api.model
    def _get_state(self, card):
        """``{balance, held, pending, available}`` of a card now."""
        return self._call(CLIENT, "state", card.id)

    # ------------------------------------------------------------------ private

    @api.model
    def _call(self, client, name, *arguments, **named):
        self.env["loyalty.card"].flush_model(["points", "program_id"])
        self.env["loyalty.program"].flush_model(UNIT)
        ledger = Ledger(self.env.cr, client, fields.Datetime.now())
        try:
            answer = getattr(ledger, name)(*arguments, **named)
        except LedgerError as error:
            raise UserError(self._tell(error)) from error
        for model in ("entry", "lot", "reservation"):
            self.env[f"crm.loyalty.{model}"].invalidate_model()
        self.env["loyalty.card"].invalidate_model(SHOWN)
        return answer

    @api.model
    def _tell(self, error):
        texts = {
            "insufficient": self.env._(
                "There are not enough points: %(asked)s are needed, %(available)s can "
                "be used. Lower the amount, or wait until pending points are free.",
                asked=error.facts.get("asked"),
                available=error.facts.get("available"),
            ),
            "already_reversed": self.env._("The entry is reversed already."),
            "not_held": self.env._(
                "The points are not held any more. Reserve them again."
            ),
            "key_mismatch": self.env._(
                "The key %(key)s was used for another posting. Use a new one.",
                key=error.facts.get("key"),
            ),
            "unknown": self.env._("What the points are posted on does not exist."),
        }
        return texts.get(error.code) or self.env._(
            "The points cannot be posted: %(why)s", why=error.message
        )
