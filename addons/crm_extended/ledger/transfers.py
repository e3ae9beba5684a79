"""Parts of entries given back, and points that change cards with their lots."""

from .allocation import order
from .errors import LedgerError
from .once import Once
from .rows import check_amount


class Transfers(Once):
    """Returns and transfers; what is owed is paid from what is earned."""

    # ------------------------------------------------------------------ operations

    def give_back(self, entry: int, amount: int, key: str | None, **about) -> dict:
        """Undo a part of an entry, as many times as there is something left of it.

        Of points spent, the lot used last is filled first. Of points earned, what was
        used meanwhile is owed.

        :param amount: above 0, at most what is left of the entry
        :returns: ``{entry, seq, amount, balance, short}``
        :raises LedgerError: `unknown`, `invalid` when more than is left
        """
        check_amount(amount)
        row = self._one(
            "SELECT card_id, kind FROM crm_loyalty_entry WHERE id = %s", [entry]
        )
        if not row:
            raise LedgerError("unknown", "There is no such entry.", entry=entry)
        card, kind = row

        def work():
            account = self._lock(card)
            left, _is_reversed = self._rest_of(entry)
            if amount > abs(left) or kind in ("reverse", "return"):
                raise LedgerError(
                    "invalid", "More than is left of the entry.", left=abs(left)
                )
            named = {**about, "returns_id": entry}
            if left > 0:
                taken = self._take_back(card, entry, amount, True, True)
                short = amount - sum(part for _lot, part in taken)
                answer = self._use(card, account, "return", taken, key, named, short)
                return {**answer, "short": short}
            rest, back = amount, []
            for lot, part in reversed(self._left_uses(entry)):
                given = min(part, rest)
                rest -= given
                back += [(lot, -given)] if given else []
            answer = self._use(card, account, "return", back, key, named)
            return {**answer, "short": 0}

        return self._once(key, ["give_back", entry, amount], work)

    def transfer(
        self,
        card: int,
        to: int,
        amount: int | None,
        key: str,
        *,
        everything: bool = False,
        anyhow: bool = False,
        **about,
    ) -> dict:
        """Move points to another card of the programme; their lots keep their dates.

        :param amount: of what can be used; None with `everything`
        :param anyhow: also of what is pending or expired
        :param everything: also what is pending, held or expired, with what is owed;
            what was held is free again
        :returns: ``{amount, entries: [out, in...]}``
        :raises LedgerError: `invalid`, `insufficient`
        """
        if not everything:
            check_amount(amount)
        if card == to:
            raise LedgerError("invalid", "Two different cards are needed.")

        def work():
            first, second = sorted((card, to))
            accounts = {first: self._lock(first), second: self._lock(second)}
            if accounts[card].digits != accounts[to].digits:
                raise LedgerError("invalid", "The cards count in different units.")
            if everything:
                taken, owed = self._empty(card)
                accounts[card] = self._lock(card)
            else:
                taken, owed = self._take(card, accounts[card], amount, anyhow), 0
            if not taken and not owed:
                return {"amount": 0, "entries": []}
            named = {"flow": "transfer", **about}
            out = self._use(card, accounts[card], "spend", taken, None, named, -owed)
            entries = self._arrive(to, accounts[to], taken, named, owed)
            return {"amount": -out["amount"], "entries": [out["entry"], *entries]}

        return self._once(key, ["transfer", card, to, amount, everything], work)

    # ------------------------------------------------------------------ steps

    def _empty(self, card):
        """Every lot with what it has, its holds let go; and what is owed."""
        self.cr.execute(
            "SELECT id, amount FROM crm_loyalty_reservation"
            " WHERE card_id = %s AND state = 'held'",
            [card],
        )
        for reservation, held in self.cr.fetchall():
            self._give_back(card, reservation, held, "released")
        taken = [(lot.id, lot.remaining) for lot in order(self._lots(card))]
        return taken, self._lock(card).owed

    def _arrive(self, card, account, taken, about, owed):
        """One entry per lot, with its dates."""
        self.cr.execute(
            "SELECT id, available_at, expires_at FROM crm_loyalty_lot"
            " WHERE id = ANY(%s)",
            [[lot for lot, _part in taken]],
        )
        dates = {row[0]: row[1:] for row in self.cr.fetchall()}
        entries = []
        for lot, part in taken:
            answer = self._earn(card, account, (part, *dates[lot]), None, about)
            account = account._replace(seq=answer["seq"], balance=answer["balance"])
            entries.append(answer["entry"])
        if owed:
            answer = self._use(card, account, "spend", [], None, about, owed)
            entries.append(answer["entry"])
        self._pay_owed(card, account.owed + owed, answer)
        return entries

    def _rest_of(self, entry):
        """(what is left of its amount, is it reversed)"""
        return self._one(
            """SELECT e.amount + coalesce(sum(r.amount), 0)::bigint,
                      coalesce(bool_or(r.reverses_id IS NOT NULL), FALSE)
                 FROM crm_loyalty_entry e
                 LEFT JOIN crm_loyalty_entry r
                        ON r.returns_id = e.id OR r.reverses_id = e.id
                WHERE e.id = %s GROUP BY e.id""",
            [entry],
        )

    def _left_uses(self, entry):
        """[(lot, points)] that an entry took and that returns did not give back."""
        self.cr.execute(
            """SELECT u.lot_id, sum(u.amount)::bigint FROM crm_loyalty_use u
                 JOIN crm_loyalty_entry e ON e.id = u.entry_id
                 JOIN crm_loyalty_lot l ON l.id = u.lot_id
                WHERE e.id = %(entry)s OR e.returns_id = %(entry)s
                GROUP BY u.lot_id, l.expires_at HAVING sum(u.amount) <> 0
                ORDER BY l.expires_at NULLS LAST, u.lot_id""",
            {"entry": entry},
        )
        return self.cr.fetchall()

    def _pay_owed(self, card, owed, answer):
        """What is owed is taken from what has just come, as far as it is there."""
        if not owed:
            return answer
        account = self._lock(card)
        taken, short = self._take_or_owe(card, account._replace(owed=0), account.owed)
        paid = account.owed - short
        if not paid:
            return answer
        about = {"flow": "owed", "user_id": None}
        paying = self._use(card, account, "spend", taken, None, about, -paid)
        return {**answer, "balance": paying["balance"]}

    def _take_or_owe(self, card, account, amount, anyhow=False):
        """(lots, what they lack)"""
        try:
            return self._take(card, account, amount, anyhow), 0
        except LedgerError as error:
            there = error.facts["available"]
            taken = self._take(card, account, there, anyhow) if there else []
            return taken, amount - there
