"""What can be wrong with a file, by code. Words for people: `loading.wording`."""

from dataclasses import dataclass, field


class FileProblem(ValueError):
    """The file as a whole cannot be read: nothing of it is taken.

    :param code: key into the wording
    :param details: values for the wording, for example `row` or `column`
    """

    def __init__(self, code: str, **details):
        super().__init__(f"{code} {details}" if details else code)
        self.code = code
        self.details = details


class CellProblem(ValueError):
    """One value cannot be taken: its row is skipped and reported."""

    def __init__(self, code: str, **details):
        super().__init__(f"{code} {details}" if details else code)
        self.code = code
        self.details = details


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in one row (1-based, as a spreadsheet program counts it)."""

    row: int
    column: str
    value: str
    code: str
    details: dict = field(default_factory=dict)
