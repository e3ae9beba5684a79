"""Where the command line finds the address and the key; never on the command line."""

from __future__ import annotations

import configparser
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from .errors import SettingsError
from .face import Login

FILE = "crm-exchange.ini"
_NAMES = ("url", "database", "login", "key")
_HELP = (
    "Write it into {file} (as `{name} = ...` below a line `[crm]`) "
    "or into the environment as CRM_EXCHANGE_{upper}."
)


@dataclass(frozen=True)
class Settings:
    """:ivar face: `json2` or `xmlrpc`"""

    login: Login
    face: str = "json2"
    store: str = "crm-exchange.db"
    insecure: bool = False


def load(
    file: str = "", environment: Mapping[str, str] | None = None
) -> tuple[Settings, list[str]]:
    """Settings, and warnings about them; the environment wins over the file.

    :param file: path of an INI file; `crm-exchange.ini` if there is one
    :raises SettingsError: naming what is missing and where to write it
    """
    given = os.environ if environment is None else environment
    path = Path(file or FILE)
    if file and not path.exists():
        raise SettingsError(f"{file} is not there")
    values, warnings = {}, []
    if path.exists():
        values = _read(path)
        if "key" in values and os.name == "posix" and _readable_by_others(path):
            warnings.append(f"others can read the key: chmod 600 {path}")
    for name in (*_NAMES, "face", "store", "insecure"):
        if value := given.get(f"CRM_EXCHANGE_{name.upper()}"):
            values[name] = value
    for name in _NAMES:
        if not values.get(name):
            told = _HELP.format(file=path, name=name, upper=name.upper())
            raise SettingsError(f"The {name} is missing. {told}")
    login = Login(*(values[name] for name in _NAMES))
    return Settings(
        login,
        values.get("face", "json2"),
        values.get("store", "crm-exchange.db"),
        values.get("insecure", "").lower() in ("1", "true", "yes"),
    ), warnings


def _read(path: Path) -> dict[str, str]:
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read(path, encoding="utf-8-sig")
        return dict(parser["crm"])
    except (configparser.Error, KeyError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} must begin with a line [crm]: {error}") from error


def _readable_by_others(path: Path) -> bool:
    return bool(path.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH))
