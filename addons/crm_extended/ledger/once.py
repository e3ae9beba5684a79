"""Each operation is answered once per key, as a whole or not at all."""

import hashlib
import json
from collections.abc import Callable

from .errors import LedgerError
from .rows import Rows

# Steps in between may differ: checked at the end of each operation. The transaction may
# have made all constraints immediate before, as pushes of the exchange do.
_NAMES = "crm_loyalty_account_balanced, crm_loyalty_lot_balanced"
DEFER = f"SET CONSTRAINTS {_NAMES} DEFERRED"
BEGIN = f"SAVEPOINT crm_loyalty; {DEFER}"
CHECK = f"SET CONSTRAINTS {_NAMES} IMMEDIATE; {DEFER}"


class Once(Rows):
    """Keys: the answer of before, a refusal, or the work done now."""

    def _once(self, key, asked, work: Callable[[], dict]) -> dict:
        """The answer to a key: what was answered before, or what `work` does now.

        :param key: None when the caller's own transaction tells a repetition, such as
            an order that is confirmed; the entry is then known by its number
        """
        if key is None:
            return self._whole(work)
        if not isinstance(key, str) or not 1 <= len(key) <= 200 or "\0" in key:
            raise LedgerError("invalid", "A key of 1 to 200 characters is needed.")
        fingerprint = make_fingerprint(asked)
        known = self._one(
            "SELECT fingerprint, result FROM crm_loyalty_key"
            " WHERE client = %s AND key = %s",
            [self.client, key],
        )
        if known:
            if known[0] != fingerprint:
                raise LedgerError(
                    "key_mismatch", "The key was used for something else.", key=key
                )
            return known[1]

        def keep():
            result = work()
            self._keep_key(key, fingerprint, result)
            return result

        return self._whole(keep)

    def _whole(self, work):
        self.cr.execute(BEGIN)
        try:
            result = work()
            # now, not at commit: nobody could try again then
            self.cr.execute(CHECK)
        except LedgerError:
            self.cr.execute("ROLLBACK TO SAVEPOINT crm_loyalty")
            raise
        self.cr.execute("RELEASE SAVEPOINT crm_loyalty")
        return result

    def _keep_key(self, key, fingerprint, result):
        """A racing call with this key fails here as 40001, not as a duplicate."""
        self.cr.execute(
            """INSERT INTO crm_loyalty_key (client, key, fingerprint, result, at)
               VALUES (%s, %s, %s, %s, %s) ON CONFLICT DO NOTHING""",
            [self.client, key, fingerprint, json.dumps(result), self.now],
        )
        if not self.cr.rowcount:
            raise LedgerError("key_mismatch", "The key is being used.", key=key)


def make_fingerprint(asked: list) -> str:
    """What a key was used for; the same key with another one is refused."""
    return hashlib.sha256(json.dumps(asked).encode()).hexdigest()


def text(moment):
    """A time within a fingerprint."""
    return moment and moment.isoformat()
