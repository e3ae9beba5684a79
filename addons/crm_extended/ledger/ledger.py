"""Posting: each operation happens once, as a whole, or not at all.

Every operation takes a key of the caller's: repeated with the same content it answers
what it answered before, with another content it is refused. Each begins by updating the
account's row, so two on one card never both go on from the same state: the later fails
with a serialisation error (40001), and its transaction is to be done again.
"""

from datetime import datetime

from .allocation import available
from .errors import LedgerError
from .many import Many
from .once import text
from .rows import STATE, Account, check_amount, is_whole
from .transfers import Transfers


class Ledger(Many, Transfers):
    """Postings over one connection, in the caller's transaction."""

    # ------------------------------------------------------------------ operations

    def post(
        self,
        card: int,
        amount: int,
        key: str | None,
        *,
        expires_at: datetime | None = None,
        available_at: datetime | None = None,
        owe: bool = False,
        anyhow: bool = False,
        **about,
    ) -> dict:
        """Earn (`amount` above 0) or spend (below 0).

        :param available_at: points earned are pending until then
        :param owe: what is not there to spend is owed, as it was used already
        :param anyhow: spend also what is pending or expired, as a correction does
        :param about: `reason`, `document` (such as `sale.order,7`), `user_id`, `flow`,
            `event`
        :returns: ``{entry, seq, amount, balance}``
        :raises LedgerError: `invalid`, `unknown`, `insufficient`, `key_mismatch`
        """
        check_amount(abs(amount) if is_whole(amount) else amount)
        if amount < 0 and (expires_at or available_at):
            raise LedgerError("invalid", "Only points earned have dates.")
        dates = [text(expires_at), text(available_at)]
        asked = ["post", card, amount, *dates, about.get("document")]

        def work():
            account = self._lock(card)
            if amount > 0:
                lot = (amount, available_at, expires_at)
                answer = self._earn(card, account, lot, key, about)
                return self._pay_owed(card, account.owed, answer)
            if not owe:
                taken = self._take(card, account, -amount, anyhow)
                return self._use(card, account, "spend", taken, key, about)
            taken, short = self._take_or_owe(card, account, -amount, anyhow)
            answer = self._use(card, account, "spend", taken, key, about, short)
            return {**answer, "short": short}

        return self._once(key, asked, work)

    def reverse(
        self,
        entry: int,
        key: str | None,
        *,
        partial: bool = False,
        owe: bool = False,
        **about,
    ) -> dict:
        """Undo an entry, or what returns left of it, by a new one.

        Points spent return to their own lots.

        Undoing what was earned takes from its own lot first, then from others.

        :param partial: take what there is when not all of it is left; the answer's
            `short` says how much was not
        :param owe: that is owed then, and paid by what is earned next
        :returns: ``{entry, seq, amount, balance, short}``
        :raises LedgerError: also `already_reversed`
        """
        row = self._one(
            "SELECT card_id, kind, short FROM crm_loyalty_entry WHERE id = %s", [entry]
        )
        if not row:
            raise LedgerError("unknown", "There is no such entry.", entry=entry)
        card, kind, owed = row

        def work():
            account = self._lock(card)
            amount, is_reversed = self._rest_of(entry)
            if kind in ("reverse", "return") or is_reversed or not (amount or owed):
                raise LedgerError("already_reversed", "It is reversed.", entry=entry)
            named = {**about, "reverses_id": entry}
            if amount <= 0:
                back = [(lot, -part) for lot, part in self._left_uses(entry)]
                forgiven = min(max(owed, 0), account.owed)
                answer = self._use(
                    card, account, "reverse", back, key, named, -forgiven
                )
                return {**answer, "short": 0}
            taken = self._take_back(card, entry, amount, partial or owe, owe)
            short = amount - sum(part for _lot, part in taken)
            answer = self._use(
                card, account, "reverse", taken, key, named, short if owe else 0
            )
            return {**answer, "short": short}

        return self._once(key, ["reverse", entry, partial], work)

    def reserve(self, card: int, amount: int, key: str, until: datetime, **about):
        """Hold points for a while: nobody else uses them, nor do they expire.

        :returns: ``{reservation, amount, available}``
        """
        check_amount(amount)
        if until.replace(tzinfo=None) <= self.now:
            raise LedgerError("invalid", "The end of a reservation lies ahead.")

        def work():
            taken = self._take(card, self._lock(card), amount)
            [reservation] = self._one(
                """INSERT INTO crm_loyalty_reservation
                       (card_id, amount, expires_at, reason, document, at)
                   VALUES (%s, %s, %s, %s, %s, %s) RETURNING id""",
                [card, amount, until, about.get("reason"), about.get("document")]
                + [self.now],
            )
            for lot, part in taken:
                self._change_lot(lot, held=part)
                self.cr.execute(
                    "INSERT INTO crm_loyalty_hold VALUES (%s, %s, %s)",
                    [reservation, lot, part],
                )
            self._change_account(card, held=amount)
            left = available(self._lots(card), self.now)
            return {"reservation": reservation, "amount": amount, "available": left}

        return self._once(key, ["reserve", card, amount, text(until)], work)

    def capture(self, reservation: int, key: str, amount: int | None = None, **about):
        """Spend what was held, or less of it; the rest is free again.

        :returns: ``{entry, seq, amount, balance}``
        :raises LedgerError: `not_held` when it was settled before or its time is over
        """
        if amount is not None:
            check_amount(amount)
        card = self._card_of(reservation)

        def work():
            account = self._lock(card)
            held = self._held(reservation)
            wanted = held if amount is None else amount
            if wanted > held:
                raise LedgerError("invalid", "More than is held.", held=held)
            taken, left = [], wanted
            for lot, part in self._free(reservation):
                used = min(part, left)
                left -= used
                taken += [(lot, used)] if used else []
            self._change_account(card, held=-held)
            account = account._replace(held=account.held - held)
            named = {**about, "reservation_id": reservation}
            answer = self._use(card, account, "spend", taken, key, named)
            self._settle(reservation, "captured", answer["entry"])
            return answer

        return self._once(key, ["capture", reservation, amount], work)

    def release(self, reservation: int, key: str) -> dict:
        """Give back what was held.

        :returns: ``{reservation, amount}``
        """
        card = self._card_of(reservation)

        def work():
            self._lock(card)
            held = self._held(reservation)
            self._give_back(card, reservation, held, "released")
            return {"reservation": reservation, "amount": held}

        return self._once(key, ["release", reservation], work)

    def expire(self, card: int, key: str) -> dict:
        """Take what has expired, save what is held; nothing when there is none.

        :returns: ``{entry, seq, amount, balance}``, or ``{amount: 0}``
        """

        def work():
            account = self._lock(card)
            due = [
                (lot.id, lot.free)
                for lot in self._lots(card)
                if lot.expires_at and lot.expires_at <= self.now and lot.free
            ]
            if not due:
                return {"amount": 0}
            return self._use(card, account, "expire", due, key, {})

        return self._once(key, ["expire", card], work)

    def state(self, card: int) -> dict:
        """``{balance, held, pending, available}`` of a card now."""
        account = Account(*(self._one(STATE, [card]) or (0, 0, 0, 0, 0)))
        lots = self._lots(card)
        pending = sum(
            lot.free
            for lot in lots
            if lot.available_at is not None and lot.available_at > self.now
        )
        return {
            "balance": account.balance,
            "held": account.held,
            "pending": pending,
            "available": max(available(lots, self.now) - account.owed, 0),
        }
