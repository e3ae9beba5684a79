"""Names of files and folders that can be trusted: one folder, one file, no tricks."""

import fnmatch
import re

from .problems import TransferProblem

PLACES = ("client", "entity", "date", "time", "number", "kind")
PART = ".part"  # what we are still writing; hidden by the dot before it, too
SUM = ".sha256"
LONGEST = 200  # bytes; most file systems allow 255, and we add endings
_UNFINISHED = (PART, ".tmp", ".temp", ".filepart", ".crdownload", ".swp", "~")
_PLACE = re.compile(r"\{([^{}]*)\}")
_BAD = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|\u200b-\u200f\u202a-\u202e\u2060-\u2069]')


def file_name(pattern: str, values: dict[str, object]) -> str:
    """The name of a file to write.

    :param pattern: text with places such as ``{entity}-{date}.csv``
    :raises TransferProblem: `pattern_place`, `name_bad`

    >>> file_name("{entity}-{date}.csv", {"entity": "customer", "date": "2026-03-01"})
    'customer-2026-03-01.csv'
    """

    def fill(found):
        if found[1] not in values:
            known = ", ".join(f"{{{name}}}" for name in PLACES)
            raise TransferProblem("pattern_place", place=found[0], known=known)
        return str(values[found[1]])

    return check_name(_PLACE.sub(fill, pattern or ""))


def check_name(name: str) -> str:
    """The name of one file, refused if it could lead elsewhere or hide something."""
    if (
        not name
        or name != name.strip()
        or name.startswith(".")
        or _BAD.search(name)
        or len(name.encode("utf-8", "replace")) > LONGEST
        or not _is_text(name)
    ):
        raise TransferProblem("name_bad", name=shown(name))
    return name


def folder_parts(path: str) -> tuple[str, ...]:
    """The folders of a relative path, each a plain name.

    :raises TransferProblem: `path_bad` for absolute paths, `..` and what hides

    >>> folder_parts("harmonia/incoming/")
    ('harmonia', 'incoming')
    """
    path = (path or "").strip()
    if path.startswith(("/", "\\", "~")):
        raise TransferProblem("path_bad", path=shown(path))
    parts = [part for part in path.split("/") if part not in ("", ".")]
    try:
        return tuple(check_name(part) for part in parts)
    except TransferProblem:
        raise TransferProblem("path_bad", path=shown(path)) from None


def is_wanted(name: str, pattern: str) -> bool:
    """Whether a file in an incoming folder is one to take.

    Not those that are hidden, being written, our own results, or sums of others.

    >>> is_wanted("customers-1.csv", "customers*.csv"), is_wanted(".a.csv", "*")
    (True, False)
    """
    lower = name.lower()
    if lower.endswith((SUM, ".ready", *_UNFINISHED)) or ".result." in lower:
        return False
    try:
        check_name(name)
    except TransferProblem:
        return False
    return fnmatch.fnmatchcase(lower, (pattern or "*").lower())


def numbered(name: str, number: int) -> str:
    """Another name for a file whose name is taken.

    >>> numbered("orders.csv", 2)
    'orders-2.csv'
    """
    stem, dot, ending = name.rpartition(".")
    return f"{stem}-{number}.{ending}" if dot else f"{name}-{number}"


def result_name(name: str) -> str:
    """
    >>> result_name("orders.csv")
    'orders.result.csv'
    """
    stem, dot, ending = name.rpartition(".")
    return f"{stem}.result.{ending}" if dot else f"{name}.result"


def shown(name: str) -> str:
    """A name from outside in a form that no screen and no log is fooled by."""
    text = name.encode("utf-8", "backslashreplace").decode()
    text = _BAD.sub(lambda found: f"\\x{ord(found[0]):02x}", text)
    return text if len(text) <= 120 else text[:117] + "..."


def _is_text(name):
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
