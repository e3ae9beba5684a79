"""Columns that fill attributes of the profile, for the customers of one batch."""

from datetime import date

from ..intake.attribute_values import SEVERAL
from ..intake.targets import ATTRIBUTE


class Attributes:
    """Stores what a source says of attributes anew; what it said before is left alone.

    :param mapping: crm.import.mapping
    """

    def __init__(self, mapping):
        self._source = mapping.source_id
        self._env = mapping.env
        lines = mapping.line_ids.filtered(
            lambda line: line.target.startswith(ATTRIBUTE)
        )
        self._attributes = {line.target: line._get_attribute() for line in lines}

    def store(self, lines: list[dict], partner_ids: list[int]) -> None:
        """Store the attributes of customers that were just created or changed.

        :param lines: rows of the staging table with accepted and before
        :param partner_ids: the customers, in the order of the lines
        """
        if not self._attributes:
            return
        rows = []
        for line, partner_id in zip(lines, partner_ids, strict=True):
            accepted, before = line["accepted"], line["before"] or {}
            for target, attribute in self._attributes.items():
                value = accepted.get(target)
                if value != before.get(target):
                    rows.append((partner_id, attribute, _read(attribute.kind, value)))
        # sudo: the customers were just written in the user's own name
        self._env["crm.attribute.value"].sudo()._store(rows, self._source)


def _read(kind, value):
    """The typed values behind what was kept as JSON."""
    if value is None:
        return []
    if kind in SEVERAL:
        return list(value)
    if kind == "number":
        return [float(value)]
    if kind == "date":
        return [date.fromisoformat(value)]
    return [value]
