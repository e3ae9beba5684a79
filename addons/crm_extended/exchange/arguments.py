"""Checks of what a program passed to a method; the rules are those of `wire`."""

import inspect
from collections.abc import Callable, Mapping, Sequence

from . import wire
from .envelope import MAX_KEYS
from .errors import ExchangeError


def bind(method: Callable, args: Sequence, kwargs: Mapping) -> dict:
    """Arguments for `method`, all by name and each fit for the wire.

    :raises ExchangeError: `invalid_argument`, `unknown_argument` or those of `wire`
    """
    parameters = dict(list(inspect.signature(method).parameters.items())[1:])
    expected = ", ".join(parameters)
    if args:
        raise ExchangeError(
            "invalid_argument", "Pass all arguments by name.", expected=expected
        )
    for name in kwargs:
        if name not in parameters:
            raise ExchangeError(
                "unknown_argument",
                "The method has no such argument.",
                path=str(name),
                expected=expected,
            )
    for name, parameter in parameters.items():
        if parameter.default is parameter.empty and name not in kwargs:
            raise ExchangeError("invalid_argument", "Missing argument.", path=name)
    return {name: wire.incoming(value, name) for name, value in kwargs.items()}


def text(value: object, path: str) -> str:
    if not isinstance(value, str):
        raise _wrong(path, "text", value)
    return value


def texts(value: object, path: str) -> list[str]:
    if not isinstance(value, list | tuple):
        raise _wrong(path, "list of texts", value)
    return [text(item, f"{path}[{place}]") for place, item in enumerate(value)]


def whole(value: object, path: str, least: int, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise _wrong(path, "integer", value)
    if not least <= value <= most:
        raise _wrong(path, f"{least} to {most}", value)
    return value


def flag(value: object, path: str) -> bool:
    if not isinstance(value, bool):
        raise _wrong(path, "boolean", value)
    return value


def keys(value: object, source: str) -> list[int | str]:
    """Keys of records: ours as int, the client's own as text.

    :param source: the client's own source; only keys of this may be used
    """
    if not isinstance(value, list | tuple):
        raise _wrong("keys", "list of keys", value)
    if len(value) > MAX_KEYS:
        raise ExchangeError(
            "too_large",
            "Too many keys in one call.",
            path="keys",
            expected=f"{MAX_KEYS} at most",
            got=len(value),
        )
    return [_key(item, source, f"keys[{place}]") for place, item in enumerate(value)]


def _key(key, source, path):
    if isinstance(key, dict) and key.keys() == {"id"}:
        return whole(key["id"], f"{path}.id", 1, wire.MAX_INT)
    if isinstance(key, dict) and key.keys() == {"id", "source"}:
        if key["source"] != source:
            raise ExchangeError(
                "out_of_scope",
                "Only keys of your own source can be used.",
                path=f"{path}.source",
                expected=source,
                got=key["source"],
            )
        return wire.key(text(key["id"], f"{path}.id"), f"{path}.id")
    raise _wrong(path, '{"id": 7} or {"source": "...", "id": "..."}', key)


def _wrong(path, expected, got) -> ExchangeError:
    return ExchangeError(
        "invalid_argument",
        "The argument cannot be used.",
        path=path,
        expected=expected,
        got=got,
    )
