"""The manual of the services, read from their docstrings; nobody writes it twice."""

import inspect
import re
from dataclasses import dataclass

_FIELD = re.compile(r":(param(?:\s+(\w+))?\s+(\w+)|return|raises\s+(\w+)):\s*")
Words = list[tuple[bool, str]]


@dataclass(frozen=True, slots=True)
class Argument:
    """:param default: as written in a call; "" when it must be given"""

    name: str
    kind: str
    default: str
    text: Words


@dataclass(frozen=True, slots=True)
class Method:
    """:param summary: its first sentence
    :param text: paragraphs after it
    """

    name: str
    summary: Words
    text: list[Words]
    arguments: list[Argument]
    answer: Words


def describe(name: str, docstring: str, signature: inspect.Signature) -> Method:
    """One service as its docstring tells of it.

    >>> def ack(self, cursor, wait=0):
    ...     '''Confirm it.
    ...
    ...     :param str cursor: the ``last`` one
    ...     :return: ``{acked}``
    ...     '''
    >>> told = describe("ack", ack.__doc__, inspect.signature(ack))
    >>> told.summary, told.answer, [a.name for a in told.arguments]
    ([(False, 'Confirm it.')], [(True, '{acked}')], ['cursor', 'wait'])
    >>> told.arguments[0].text
    [(False, 'the '), (True, 'last'), (False, ' one')]
    """
    text = inspect.cleandoc(docstring or "")
    head, *fields = _split(text)
    paragraphs = [" ".join(part.split()) for part in head.split("\n\n") if part.strip()]
    told = {named: (kind, words) for kind, named, words in fields}
    arguments = [
        Argument(
            parameter.name,
            told.get(parameter.name, ("", ""))[0],
            "" if parameter.default is parameter.empty else repr(parameter.default),
            words(told.get(parameter.name, ("", ""))[1]),
        )
        for parameter in list(signature.parameters.values())[1:]
    ]
    return Method(
        name,
        words(paragraphs[0] if paragraphs else ""),
        [words(part) for part in paragraphs[1:]],
        arguments,
        words(told.get("", ("", ""))[1]),
    )


def words(text: str) -> Words:
    """Plain text and code in turn; code stands between backticks, one or two.

    >>> words("see `pull`")
    [(False, 'see '), (True, 'pull')]
    """
    parts = re.split("`{1,2}", text)
    return [(place % 2 == 1, part) for place, part in enumerate(parts) if part]


def _split(text):
    """The text before the first field, then (kind, argument or "" for the answer)."""
    found = list(_FIELD.finditer(text))
    yield text[: found[0].start()] if found else text
    for place, match in enumerate(found):
        end = found[place + 1].start() if place + 1 < len(found) else len(text)
        if not match[4]:
            body = " ".join(text[match.end() : end].split())
            yield match[2] or "", match[3] or "", body
