"""Where personal data are, declared field by field.

A file of declarations is a CSV with the columns `model,fields,category,action`;
`fields` names one field or several, with spaces between. One line declares them all:

    crm.need,note,opinion,empty
    crm.need,priority state_id,none,

`subject` declares the field by which a row belongs to a person, and what happens to the
row when the person is erased.
"""

import csv
from collections.abc import Iterable
from dataclasses import dataclass

SUBJECT, NONE = "subject", "none"
CATEGORIES = {
    "identity": "Who the person is",
    "contact": "How to reach the person",
    "trait": "What the person is like",
    "behaviour": "What the person did",
    "opinion": "What others say or believe of the person",
    "financial": "Money and accounts",
    "technical": "Keys, addresses of machines, copies of rows",
    SUBJECT: "The field that says whose row it is",
    NONE: "Says nothing about a person",
}
# of a field: what becomes of its content
FIELD_ACTIONS = {"empty", "pseudonym", "keep"}
# of a row, told on its subject: it goes, stays, or forgets whose it was
ROW_ACTIONS = {"delete", "keep", "detach"}


class DeclarationError(ValueError):
    """A declaration that cannot be meant: told with its file and line."""


@dataclass(frozen=True, slots=True)
class Declared:
    """One field and what holds for it."""

    model: str
    field: str
    category: str
    action: str = ""

    def __post_init__(self):
        if self.category not in CATEGORIES:
            raise DeclarationError(
                f"{self}: category is one of {', '.join(CATEGORIES)}"
            )
        allowed = FIELD_ACTIONS
        if self.category == SUBJECT:
            allowed = ROW_ACTIONS
        elif self.category == NONE:
            allowed = {""}
        if self.action not in allowed:
            raise DeclarationError(
                f"{self}: action of category {self.category} is one of "
                f"{', '.join(sorted(allowed)) or 'nothing'}"
            )

    def __str__(self):
        return f"{self.model}.{self.field} ({self.category}, {self.action or '-'})"


def read(lines: Iterable[str], name: str = "declarations") -> list[Declared]:
    """The declarations of a CSV file.

    :param lines: of the file; empty ones and those that begin with # are left out
    :param name: of the file, for errors
    :raises DeclarationError: naming the file and the row
    """
    kept = [line for line in lines if line.strip() and not line.startswith("#")]
    rows = csv.DictReader(kept)
    declared = []
    for number, row in enumerate(rows, start=2):
        fields = (row.get("fields") or "").split()
        if None in row or not row.get("model") or not fields:
            raise DeclarationError(f"{name}, row {number}: {row}")
        for field in fields:
            try:
                declared.append(
                    Declared(
                        row["model"].strip(),
                        field,
                        (row.get("category") or "").strip(),
                        (row.get("action") or "").strip(),
                    )
                )
            except DeclarationError as error:
                raise DeclarationError(f"{name}, row {number}: {error}") from error
    return declared
