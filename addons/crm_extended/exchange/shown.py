"""One record as a client sees it, kept as the text that its revision is of."""

import json
import re
from collections.abc import Sequence

from . import wire
from .revision import canonical, of_text

# what JSON escapes though a wire value may not hold it, and what it does not escape
_DOUBTFUL = re.compile(r"\\(?:u00|b|f)|[\x7f-\x9f\ufffe\uffff]")


class Shown:
    """A record with its data as canonical JSON; they become values when asked for.

    :param rev: revision of the data
    :param text: the data as `revision.canonical` writes them
    :param keys: the client's own keys of the record
    :param cut: names of fields whose text is longer than declared
    """

    __slots__ = ("id", "rev", "text", "keys", "cut", "_data")

    def __init__(
        self,
        res_id: int,
        rev: str,
        text: str,
        keys: Sequence[str] = (),
        cut: Sequence[str] = (),
    ):
        self.id, self.rev, self.text = res_id, rev, text
        self.keys, self.cut = list(keys), list(cut)
        self._data = None

    @classmethod
    def of(cls, res_id: int, data: dict, keys=(), cut=()) -> "Shown":
        """The record with these data, as they go over the wire."""
        text = canonical(data).decode()
        return cls(res_id, of_text(text), text, keys, cut)

    @property
    def data(self) -> dict:
        """Field -> value as it goes over the wire; an empty field is left out."""
        if self._data is None:
            self._data = json.loads(self.text)
        return self._data

    def as_dict(self) -> dict:
        """`{id, rev, data, keys?, cut?}`

        >>> Shown.of(7, {"name": "Ida"}, ["A-1"]).as_dict()["keys"]
        ['A-1']
        """
        told = {"id": self.id, "rev": self.rev, "data": self.data}
        if self.keys:
            told["keys"] = wire.outgoing(self.keys)
        if self.cut:
            told["cut"] = self.cut
        return told

    def packed(self, entity: str, seq: int) -> str:
        """The item of a page as one text of JSON.

        >>> Shown(7, "f00", '{"name":"Ida"}').packed("customer", 3)
        '{"entity":"customer","op":"upsert","id":7,"rev":"f00","data":{"name":"Ida"},"seq":"3"}'
        """
        keys = f',"keys":{_json(wire.outgoing(self.keys))}' if self.keys else ""
        cut = f',"cut":{_json(self.cut)}' if self.cut else ""
        return (
            f'{{"entity":"{entity}","op":"upsert","id":{self.id},"rev":"{self.rev}",'
            f'"data":{self.text}{keys}{cut},"seq":"{seq}"}}'
        )


def is_doubtful(text: str) -> bool:
    """Whether canonical JSON may hold a character that no wire value may hold.

    >>> is_doubtful('{"a":"Zdeněk"}'), is_doubtful('{"a":"\\\\u0001"}')
    (False, True)
    """
    if text.isprintable() and "\\" not in text:
        return False
    return bool(_DOUBTFUL.search(text))


def _json(value) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
