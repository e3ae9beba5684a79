"""Points for many cards at once, in statements over sets."""

import json
from collections import defaultdict

from .errors import LedgerError
from .once import BEGIN, CHECK, make_fingerprint, text
from .rows import MOST, OPENING, is_whole
from .transfers import Transfers

_COLUMNS = "client key flow event reason document user_id".split()


class Many(Transfers):
    """What `post` does with a card, for thousands of them; for earning only."""

    def earn_many(self, rows: list[dict]) -> int:
        """Earn on many cards; of a repeated key nothing is done.

        :param rows: dicts of `card`, `amount` (above 0) and `key`, and what else
            `post` takes
        :returns: how many of them were posted now
        :raises LedgerError: `invalid`, `unknown`, `key_mismatch`; nothing is posted
        """
        for row in rows:
            if not is_whole(row["amount"]) or not 1 <= row["amount"] <= MOST:
                raise LedgerError("invalid", "Points earned are above 0.")
        rows = self._new(rows)
        by_card = defaultdict(list)
        for row in rows:
            by_card[row["card"]].append(row)
        waiting = [by_card[card] for card in sorted(by_card)]
        self.cr.execute(BEGIN)
        try:
            self._open(sorted(by_card))
            while waiting:  # a card's second row goes on from its first
                self._earn_each([queue.pop(0) for queue in waiting])
                waiting = [queue for queue in waiting if queue]
            self.cr.execute(CHECK)
        except LedgerError:
            self.cr.execute("ROLLBACK TO SAVEPOINT crm_loyalty")
            raise
        self.cr.execute("RELEASE SAVEPOINT crm_loyalty")
        return len(rows)

    # ------------------------------------------------------------------ steps

    def _new(self, rows):
        """Rows whose key is new, each key once."""
        found = {}
        for row in rows:
            asked = ["post", row["card"], row["amount"], text(row.get("expires_at"))]
            asked += [text(row.get("available_at")), row.get("document")]
            row = {**row, "fingerprint": make_fingerprint(asked)}
            first = found.setdefault(row["key"], row)
            if first["fingerprint"] != row["fingerprint"]:
                raise LedgerError("key_mismatch", "Twice.", key=row["key"])
        self.cr.execute(
            "SELECT key, fingerprint FROM crm_loyalty_key"
            " WHERE client = %s AND key = ANY(%s)",
            [self.client, list(found)],
        )
        for key, fingerprint in self.cr.fetchall():
            if found.pop(key)["fingerprint"] != fingerprint:
                raise LedgerError(
                    "key_mismatch", "The key was used for something else.", key=key
                )
        return list(found.values())

    def _open(self, cards):
        self.cr.execute(OPENING, [cards])
        self.cr.execute(
            """SELECT DISTINCT card_id FROM crm_loyalty_reservation
                WHERE card_id = ANY(%s) AND state = 'held' AND expires_at <= %s""",
            [cards, self.now],
        )
        for [card] in self.cr.fetchall():
            self._lock(card)

    def _earn_each(self, rows):
        """One row per card. What is owed is paid card by card: it is rare."""
        self.cr.execute(
            """WITH asked AS (SELECT * FROM unnest(%s::int[], %s::bigint[])
                                       AS a(card, amount) ORDER BY card)
               UPDATE crm_loyalty_account a
                  SET seq = a.seq + 1, balance = a.balance + asked.amount
                 FROM asked WHERE a.card_id = asked.card
            RETURNING a.card_id, a.seq, a.balance, a.owed, a.digits""",
            [[row["card"] for row in rows], [row["amount"] for row in rows]],
        )
        accounts = {found[0]: found[1:] for found in self.cr.fetchall()}
        missing = [row["card"] for row in rows if row["card"] not in accounts]
        if missing:
            raise LedgerError("unknown", "There is no such card.", card=missing[0])
        entries = self._insert_entries(rows, accounts)
        self._insert(
            "crm_loyalty_lot (card_id, entry_id, amount, remaining, available_at,"
            " expires_at)",
            [
                (r["card"], entries[r["card"]], r["amount"], r["amount"])
                + (r.get("available_at"), r.get("expires_at"))
                for r in rows
            ],
        )
        told = [(b / 10**digits, c) for c, (_s, b, _o, digits) in accounts.items()]
        self.cr.execute(
            """UPDATE loyalty_card SET points = told.points,
                      write_date = now() AT TIME ZONE 'UTC'
                 FROM unnest(%s::float8[], %s::int[]) AS told(points, card)
                WHERE id = told.card
                  AND loyalty_card.points IS DISTINCT FROM told.points""",
            [[points for points, _card in told], [card for _points, card in told]],
        )
        self._keep_keys(rows, accounts, entries)
        for row in rows:
            self._pay_owed(row["card"], accounts[row["card"]][2], {})

    def _insert_entries(self, rows, accounts):
        values = [
            (r["card"], accounts[r["card"]][0], "earn", r["amount"])
            + (r["amount"] / 10 ** accounts[r["card"]][3],)
            + (accounts[r["card"]][1], self.now)
            + tuple({**r, "client": self.client}.get(name) for name in _COLUMNS)
            for r in rows
        ]
        return dict(
            self._insert(
                "crm_loyalty_entry (card_id, seq, kind, amount, points, balance_after,"
                " at, " + ", ".join(_COLUMNS) + ")",
                values,
                "ON CONFLICT (client, key) DO NOTHING RETURNING card_id, id",
            )
        )

    def _keep_keys(self, rows, accounts, entries):
        kept = []
        for row in rows:
            if row["card"] not in entries:
                raise LedgerError("key_mismatch", "It is being used.", key=row["key"])
            seq, balance, _owed, _digits = accounts[row["card"]]
            result = {"entry": entries[row["card"]], "seq": seq}
            result |= {"amount": row["amount"], "balance": balance}
            kept.append(
                (self.client, row["key"], row["fingerprint"])
                + (json.dumps(result), self.now)
            )
        self._insert("crm_loyalty_key (client, key, fingerprint, result, at)", kept)

    def _insert(self, into, values, after=""):
        """Rows of one INSERT, in the order of `values`."""
        found, width = [], len(values[0])
        row = "(" + ", ".join(["%s"] * width) + ")"
        for start in range(0, len(values), 1000):
            part = values[start : start + 1000]
            self.cr.execute(
                f"INSERT INTO {into} VALUES {', '.join([row] * len(part))} {after}",
                [value for line in part for value in line],
            )
            found += self.cr.fetchall() if after else []
        return found
