"""Names: shouted, whispered, or made up."""

import re
from functools import lru_cache

from .findings import Finding

_FAKE = frozenset(
    "test tester testing aaa aaaa abc asdf asdfgh qwerty qwertz xxx xxxx zzz unknown "
    "none null na n/a customer zakaznik neznamy nieznany foo bar dummy delete smazat "
    "- -- . .. ? ??".split()
)
_WORD = re.compile(r"[^\W\d_]+")


@lru_cache(maxsize=50_000)
def check_name(text: str, is_company: bool = False) -> tuple[Finding, ...]:
    """What is wrong with a name. Companies may write themselves as they like.

    >>> check_name("JAN NOVÁK")
    (Finding(code='name_case', field='name', proposal='Jan Novák'),)
    >>> check_name("asdf")
    (Finding(code='name_fake', field='name', proposal=''),)
    """
    plain = " ".join(text[:256].split())
    if plain.casefold() in _FAKE or (plain and not _WORD.search(plain)):
        return () if is_company and plain.isdigit() else (Finding("name_fake", "name"),)
    words = _WORD.findall(plain)
    if is_company or len(words) < 2 or not any(len(word) > 3 for word in words):
        return ()
    if plain.isupper() or plain.islower():
        wanted = _WORD.sub(lambda word: _capital(word[0]), plain)
        return (Finding("name_case", "name", wanted),)
    return ()


def _capital(word: str) -> str:
    small = word.lower()
    if small in {"van", "von", "de", "da", "der", "z", "la", "le"}:
        return small
    return small[:1].upper() + small[1:]
