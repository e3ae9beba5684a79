"""A many-to-many field whose pairs are read from an SQL view."""

from odoo import fields
from odoo.exceptions import UserError


class ViewMany2many(fields.Many2many):
    """Pairs that follow from other rows: searched and grouped, but never written.

    The ORM joins `relation` by name and does not care that it is a view. What it would
    do to a table of its own is left out: creating it, adding foreign keys (impossible
    on a view) and dropping it with the module (a view goes with the table below it). A
    simple view accepts INSERT in PostgreSQL, hence commands are refused here.
    """

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **{"readonly": True, "copy": False, **kwargs})

    def update_db(self, model, columns):
        return False

    def write_real(self, records_commands_list, create=False):
        if any(commands for _records, commands in records_commands_list):
            records, _commands = records_commands_list[0]
            label = self._description_string(records.env)
            raise UserError(
                records.env._(
                    "%(field)s cannot be written: it follows from the definitions "
                    "behind it. Change those and refresh.",
                    field=label,
                )
            )
