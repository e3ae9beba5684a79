"""Likeness of two texts, with the very results of DuckDB's functions of that name."""


def jaro_winkler(a: str, b: str) -> float:
    """0 (nothing in common) to 1 (equal); Winkler (1990), prefix of 4 weighing 0.1.

    >>> round(jaro_winkler("martha", "marhta"), 4)
    0.9611
    """
    jaro = _jaro(a, b)
    if jaro <= 0.7:
        return jaro
    prefix = 0
    for x, y in zip(a[:4], b[:4], strict=False):
        if x != y:
            break
        prefix += 1
    return jaro + 0.1 * prefix * (1 - jaro)


def _jaro(a: str, b: str) -> float:
    if a == b:
        return 1.0
    if not a or not b:
        return 0.0
    reach = max(max(len(a), len(b)) // 2 - 1, 0)
    taken = [False] * len(b)
    common = []
    for i, letter in enumerate(a):
        for j in range(max(0, i - reach), min(len(b), i + reach + 1)):
            if not taken[j] and b[j] == letter:
                taken[j] = True
                common.append(letter)
                break
    if not common:
        return 0.0
    others = [letter for letter, used in zip(b, taken, strict=True) if used]
    swaps = sum(x != y for x, y in zip(common, others, strict=True)) // 2
    size = len(common)
    return (size / len(a) + size / len(b) + (size - swaps) / size) / 3


def edits(a: str, b: str, most: int) -> bool:
    """Whether `most` edits make one the other: a letter in, out, changed, two swapped.

    Damerau (1964) without restriction, as in DuckDB.

    >>> edits("novak", "nvoak", 1), edits("novak", "nowack", 1)
    (True, False)
    """
    if a == b:
        return True
    return abs(len(a) - len(b)) <= most and _damerau(a, b) <= most


def _damerau(a: str, b: str) -> int:
    far = len(a) + len(b)
    seen: dict[str, int] = {}
    rows = [[far] * (len(b) + 2), [far, *range(len(b) + 1)]]
    for i, x in enumerate(a, 1):
        row, match = [far, i], 0
        for j, y in enumerate(b, 1):
            swap = rows[seen.get(y, 0)][match] + (i - seen.get(y, 0) - 1)
            swap += 1 + (j - match - 1)
            cost = 0 if x == y else 1
            row.append(min(rows[i][j] + cost, row[j] + 1, rows[i][j + 1] + 1, swap))
            if not cost:
                match = j
        rows.append(row)
        seen[x] = i
    return rows[-1][-1]
