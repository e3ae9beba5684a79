"""What went wrong, collected by row, and the file that tells it to people."""

import io

from odoo.exceptions import UserError

from ..intake.problems import Problem
from ..intake.safe_csv import SafeWriter
from .wording import word

MOST_PROBLEMS = 100_000


class Problems:
    """Problems by row. A row with any problem is not imported.

    Past `MOST_PROBLEMS` rows the file and the mapping do not belong together, and the
    run is refused before it fills the disk with complaints.
    """

    def __init__(self, env):
        self._env = env
        self.by_row = {}

    def __len__(self):
        """Rows with problems."""
        return len(self.by_row)

    def add(self, problems: list[Problem]) -> None:
        """Take the problems of one row."""
        self.by_row.setdefault(problems[0].row, []).extend(problems)
        if len(self.by_row) > MOST_PROBLEMS:
            first = self.first()
            wrong, remedy = word(self._env, first.code, first.details)
            raise UserError(
                self._env._(
                    "Over %(limit)s rows have problems: the mapping does not fit the "
                    "file. The first, row %(row)s, column %(column)s: %(wrong)s "
                    "%(remedy)s",
                    limit=MOST_PROBLEMS,
                    row=first.row,
                    column=first.column,
                    wrong=wrong,
                    remedy=remedy,
                )
            )

    def complain(self, row, code, column="", value="", **details) -> None:
        """Add one problem of a row, unless the row has one already."""
        if row not in self.by_row:
            self.add([Problem(row, column, str(value)[:200], code, details)])

    def first(self) -> Problem:
        return self.by_row[min(self.by_row)][0]


def write_report(env, problems: Problems, table) -> bytes:
    """CSV of the problems, each with its row as it stands in the file.

    :param table: the file opened anew, an `intake.reading.Table`
    :return: UTF-8 with a mark, as spreadsheet programs expect; no cell is a formula
    """
    text = io.StringIO()
    writer = SafeWriter(text)
    head = [env._("Row"), env._("Column"), env._("Value")]
    head += [env._("Problem"), env._("What to Do")]
    writer.write_row(head + (table.header or []))
    for row in table:
        for problem in problems.by_row.get(row.number, ()):
            wrong, remedy = word(env, problem.code, problem.details)
            cells = [problem.row, problem.column, problem.value, wrong, remedy]
            writer.write_row(cells + row.cells)
    return text.getvalue().encode("utf-8-sig", errors="replace")
