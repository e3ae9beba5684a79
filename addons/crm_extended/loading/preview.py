"""The first rows of a file, and the first problems, as tables for a person."""

from datetime import date
from decimal import Decimal
from itertools import islice

from markupsafe import Markup

from .run import make_mapper, open_table
from .wording import word

_ROWS = 20
_PROBLEMS = 50
_TABLE = Markup(
    '<div class="table-responsive"><table class="table table-sm table-bordered">'
    "<thead><tr>%s</tr></thead><tbody>%s</tbody></table></div>"
)


def make_preview(mapping, stream) -> Markup:
    """The first rows under our names; a bad cell is red and says what is wrong.

    :param stream: the file at its beginning
    :raises FileProblem: the file is not what the mapping says
    """
    env = mapping.env
    table = open_table(mapping, stream)
    mapper = make_mapper(mapping, table.header)
    lines = mapping._get_used_lines()
    labels = dict(lines._fields["target"]._description_selection(env))
    head = [Markup("<th>%s</th>") % env._("Row")]
    for line in lines:
        head.append(
            Markup('<th>%s<br/><small class="text-muted">%s</small></th>')
            % (labels[line.target], line.column or env._("default"))
        )
    head.append(Markup("<th>%s</th>") % env._("Problem"))
    rows = [_make_row(env, mapper.map(row), lines) for row in islice(table, _ROWS)]
    return _TABLE % (Markup().join(head), Markup().join(rows))


def _make_row(env, row, lines):
    bad = {problem.column for problem in row.problems}
    cells = [Markup('<td class="text-muted">%s</td>') % row.number]
    for line in lines:
        name = line.column or line.target
        is_bad = name in bad or line.target not in row.values
        style = "table-danger" if is_bad else ""
        text = _show(row, line.target)
        if is_bad:
            text = next((p.value for p in row.problems if p.column == name), text)
        cells.append(Markup('<td class="%s">%s</td>') % (style, text))
    told = [" ".join(word(env, p.code, p.details)) for p in row.problems]
    cells.append(Markup("<td>%s</td>") % Markup("<br/>").join(told))
    return Markup("<tr>%s</tr>") % Markup().join(cells)


def _show(row, target):
    value = row.values.get(target)
    if value is None:
        return ""
    if isinstance(value, (int, list)) and not isinstance(value, bool):
        return row.received.get(target) or ""  # a name says more than an id
    if isinstance(value, (date, Decimal)):
        return str(value)
    return "✓" if value is True else "" if value is False else value


def make_problem_list(env, problems) -> Markup:
    """The first problems of a run, one a line."""
    names = (env._("Row"), env._("Column"), env._("Value"))
    names += (env._("Problem"), env._("What to Do"))
    head = Markup().join(Markup("<th>%s</th>") % name for name in names)
    rows = []
    for number in sorted(problems.by_row)[:_PROBLEMS]:
        for p in problems.by_row[number]:
            wrong, remedy = word(env, p.code, p.details)
            cells = (p.row, p.column, p.value, wrong, remedy)
            rows.append(
                Markup("<tr>%s</tr>")
                % Markup().join(Markup("<td>%s</td>") % cell for cell in cells)
            )
    return _TABLE % (head, Markup().join(rows))
