"""A question about customers' attributes in one line, as people type it."""

import re
from typing import NamedTuple

_QUESTION = re.compile(
    r"\s*(?P<name>[^:=<>!]{1,100}?)\s*(?P<mark>:|!=|>=|<=|=|>|<)\s*(?P<value>.*?)\s*",
    re.DOTALL,
)


class Question(NamedTuple):
    """:param name: code or name of the attribute; empty asks any of them
    :param mark: one of : = != < <= > >=
    """

    name: str
    mark: str
    value: str


def read_question(text: str) -> Question:
    """Take a line apart; without a mark the whole line is looked for anywhere.

    A colon looks for a part of the value, the other marks compare.

    >>> read_question("income_band = high")
    Question(name='income_band', mark='=', value='high')
    >>> read_question("Born: 1984")
    Question(name='Born', mark=':', value='1984')
    >>> read_question("violin")
    Question(name='', mark=':', value='violin')
    """
    text = text[:500]
    found = _QUESTION.fullmatch(text)
    if found:
        return Question(found["name"], found["mark"], found["value"])
    return Question("", ":", text.strip())
