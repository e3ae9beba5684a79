"""The walk down the tree of buckets, against a server of many records."""

import json

from crm_exchange_client.digest import bucket, hash_of, revision
from crm_exchange_client.verify import compare

DATA = {"name": "x"}
MOST = 1000  # records that the pretended server hashes in one call


class Held:
    """A server that holds records and answers digests as the real one does."""

    def __init__(self, records):
        self.records, self.asked = records, 0

    def pull(self, cursor, entities, limit):
        return {"items": [], "cursor": "c", "phase": "changes", "more": False}

    def ack(self, cursor):
        return {}

    def digest(self, entity, prefix, level):
        self.asked += 1
        inside = [
            (number, rev)
            for number, rev in sorted(self.records.items())
            if bucket(number, len(prefix)) == prefix
        ]
        if not level:
            items = [{"id": number, "rev": rev} for number, rev in inside]
            return {"items": items, "head": "1"}
        found = {}
        for number, rev in inside:
            found.setdefault(bucket(number, len(prefix) + level), []).append(
                (number, rev)
            )
        told = [{"prefix": name, "count": len(rows)} for name, rows in found.items()]
        for one in told if len(inside) <= MOST else ():
            one["hash"] = hash_of(found[one["prefix"]])
        return {"buckets": told, "head": "1"}


def hold(store, numbers):
    store.db.execute(
        "INSERT INTO feed VALUES ('[\"customer\"]', 'c', 'c', 0, 1, 'changes')"
    )
    store.db.executemany(
        "INSERT INTO record VALUES ('customer', ?, 'r', ?, 1)",
        [(number, json.dumps(DATA)) for number in numbers],
    )


def test_equal_copies_are_proved_without_naming_records(store):
    numbers = [*range(1, 3000), *range(70_000, 70_500), 2**31 - 1]
    with store.transaction():
        hold(store, numbers)
    server = Held(dict.fromkeys(numbers, revision(DATA)))
    found = compare(server, store, "customer")
    assert (found.equal, found.records) == (True, len(numbers))
    assert server.asked < 20


def test_every_difference_is_found_and_named(store):
    numbers = [*range(1, 3000), *range(70_000, 70_500)]
    with store.transaction():
        hold(store, numbers)
    theirs = dict.fromkeys(numbers, revision(DATA))
    theirs[17] = theirs[70_400] = "another"
    del theirs[2_999], theirs[70_001]
    theirs[5_000_000] = theirs[4_000] = "new"
    found = compare(Held(theirs), store, "customer")
    assert sorted(found.differences) == sorted(
        [
            "17 differs",
            "70400 differs",
            "2999 is not at the server",
            "70001 is not at the server",
            "4000 is missing here",
            "5000000 is missing here",
        ]
    )


def test_an_empty_copy_and_an_empty_server(store):
    with store.transaction():
        hold(store, [])
    assert compare(Held({}), store, "customer").equal
    assert len(compare(Held({9: "a"}), store, "customer").differences) == 1
