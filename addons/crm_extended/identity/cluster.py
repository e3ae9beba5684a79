"""Pairs gathered into clusters: who is one customer with whom."""

from collections import defaultdict
from collections.abc import Callable, Iterable


def clusters(
    pairs: Iterable[tuple[int, int]],
    apart: Iterable[tuple[int, int]] = (),
    scope: Callable[[int], object] = lambda record: None,
) -> dict[int, int]:
    """Record -> smallest record of its cluster.

    Connected components, but pairs are taken in their order, strongest first, and a
    pair that would bring together what must stay apart is left out. So one weak link
    never overrides a person's "not the same".

    :param apart: pairs that a person said are distinct
    :param scope: what a record belongs to, such as its company; two records of
        different scopes are never in one cluster, None goes with all

    >>> clusters([(1, 2), (2, 3)], apart=[(3, 1)])
    {1: 1, 2: 1}
    """
    root: dict[int, int] = {}
    scopes: dict[int, object] = {}
    enemies = defaultdict(set)
    for one, two in apart:
        enemies[one].add(two)
        enemies[two].add(one)

    def find(record):
        while root[record] != record:
            root[record] = root[root[record]]
            record = root[record]
        return record

    for pair in pairs:
        for record in pair:
            if record not in root:
                root[record] = record
                scopes[record] = scope(record)
        low, high = sorted(map(find, pair))
        if low == high:
            continue
        inside, outside = scopes[low], scopes[high]
        if inside is not None and outside is not None and inside != outside:
            continue
        if enemies and any(
            other in root and find(other) == low for other in enemies[high]
        ):
            continue
        root[high] = low
        scopes[low] = inside if inside is not None else outside
        if enemies:
            enemies[low] |= enemies.pop(high, set())
            for other in enemies[low]:
                enemies[other].add(low)
    sizes = defaultdict(int)
    for record in root:
        sizes[find(record)] += 1
    return {record: find(record) for record in root if sizes[find(record)] > 1}
