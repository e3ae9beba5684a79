"""A query of strangers' databases is one SELECT and nothing else, seen before it runs.

This is the first of four walls: the remote parser is asked as well, the transaction is
read-only, and the login must not be a superuser.
"""

import re

_TOKEN = re.compile(
    r"""
      (?P<comment>--[^\n]*)
    | (?P<block>/\*)
    | (?P<quoted>"(?:[^"]|"")*")
    | (?P<escaped>\b[eE]'(?:[^'\\]|''|\\.)*')
    | (?P<text>'(?:[^']|'')*')
    | (?P<dollar>\$(?P<tag>[A-Za-z_]\w*)?\$)
    | (?P<word>[^\W\d]\w*)
    | (?P<other>\S)
    """,
    re.VERBOSE | re.DOTALL,
)
_FIRST = {"select", "with", "values", "table"}
# words that a reading query has no use for; the transaction would refuse most of them
_BARRED = frozenset(
    "insert update delete merge truncate drop alter create grant revoke copy call do "
    "execute prepare deallocate listen notify unlisten lock vacuum analyze cluster "
    "reindex refresh discard reset set begin commit rollback savepoint into "
    "declare fetch move close load security reassign comment import".split()
)
# functions that wait, signal, read files or speak to other servers
_FUNCTIONS = re.compile(
    r"^(pg_(sleep|terminate|cancel|read|ls|stat_file|reload|rotate|advisory|"
    r"try_advisory|logical|replication|switch|promote|notify|logfile|export)|lo_|"
    r"dblink|query_to_|cursor_to_|database_to_|schema_to_|table_to_|set_config|"
    r"nextval|setval|currval|txid_|xml(parse)?$|pg_file|postgres_fdw)",
    re.IGNORECASE,
)


class QueryRefused(ValueError):
    """:param code: empty, long, open, several, not_select, barred; word: what it was"""

    def __init__(self, code: str, word: str = ""):
        super().__init__(code)
        self.code = code
        self.word = word


def check_query(text: str, limit: int = 20_000) -> str:
    """The query without its last semicolon, if it is one SELECT.

    :raises QueryRefused: several statements, one that is no SELECT, or a word in it
        that writes, waits or leaves the database

    >>> check_query("SELECT ';' AS a -- ; no\\n;")
    "SELECT ';' AS a -- ; no"
    """
    if len(text) > limit:
        raise QueryRefused("long")
    if "\0" in text:
        raise QueryRefused("open")
    tokens = list(_tokens(text))
    end = None
    if tokens and tokens[-1][0] == ";":
        end = tokens.pop()[1]
    if not tokens:
        raise QueryRefused("empty")
    depth = 0
    for token, _place in tokens:
        depth += {"(": 1, ")": -1}.get(token, 0)
        if token == ";" or depth < 0:
            raise QueryRefused("several", token)
        if token.casefold() in _BARRED or _FUNCTIONS.match(token):
            raise QueryRefused("barred", token)
    if depth:
        raise QueryRefused("open", "(")
    if tokens[0][0].casefold() not in _FIRST:
        raise QueryRefused("not_select", tokens[0][0][:30])
    return text[:end].strip() if end is not None else text.strip()


def _tokens(text):
    """(token, place) of all that is no comment; a text in quotes is the token ''."""
    place = 0
    while match := _TOKEN.search(text, place):
        place = match.end()
        kind = match.lastgroup
        if kind == "block":
            place = _skip_block(text, place)
        elif match["dollar"]:
            end = text.find(match["dollar"], place)
            if end < 0:
                raise QueryRefused("open", match["dollar"])
            place = end + len(match["dollar"])
            yield "''", match.start()
        elif kind in ("text", "escaped"):
            yield "''", match.start()
        elif match["quoted"]:
            # a quoted name may still be that of a function
            yield match["quoted"][1:-1].replace('""', '"') or '""', match.start()
        elif match["other"] in ("'", '"'):
            raise QueryRefused("open", match["other"])
        elif kind != "comment":
            yield match[0], match.start()


def _skip_block(text, place):
    """Past the end of a comment; PostgreSQL nests them."""
    depth = 1
    for mark in re.finditer(r"/\*|\*/", text[place:]):
        depth += 1 if mark[0] == "/*" else -1
        if not depth:
            return place + mark.end()
    raise QueryRefused("open", "/*")
