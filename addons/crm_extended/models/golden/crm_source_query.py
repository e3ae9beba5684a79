import tempfile
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from ...intake.problems import FileProblem
from ...intake.read_only import QueryRefused, check_query
from ...loading.preview import make_preview
from ...loading.wording import word
from ..sources.crm_import_file import ServerFile

INTERVALS = [("hours", "Every Hour"), ("days", "Every Day"), ("weeks", "Every Week")]
_PREVIEWED = 20


class SourceQuery(models.Model):
    """A table of another system, read by one SELECT through a mapping as a file is.

    Its rows are written to a CSV file on the way, so that trial, problems, counts and
    "the same twice changes nothing" are those of every import.
    """

    _name = "crm.source.query"
    _description = "Query of an External Database"
    _order = "name, id"
    _check_company_auto = True

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    connection_id = fields.Many2one(
        "crm.source.connection", required=True, ondelete="restrict", check_company=True
    )
    mapping_id = fields.Many2one(
        "crm.import.mapping",
        required=True,
        ondelete="restrict",
        check_company=True,
        help="Its columns are the names of the query's columns",
    )
    source_id = fields.Many2one(related="mapping_id.source_id")
    company_id = fields.Many2one(related="mapping_id.company_id", store=True)
    query = fields.Text(required=True, help="One SELECT, nothing else")
    seconds = fields.Integer(
        string="At Most Seconds",
        default=120,
        required=True,
        help="The other database is not kept busy longer than this",
    )
    interval = fields.Selection(INTERVALS, help="Empty: only when a person asks")
    next_at = fields.Datetime(string="Next Import")
    user_id = fields.Many2one(
        "res.users",
        string="In the Name of",
        required=True,
        default=lambda self: self.env.user,
        help="The scheduled import may do what this person may do",
    )
    import_ids = fields.One2many("crm.import", "query_id", string="Imports")
    preview = fields.Html(readonly=True, copy=False)

    _seconds_range = models.Constraint(
        "CHECK (seconds BETWEEN 1 AND 3600)", "Allow the query 1 to 3600 seconds."
    )

    @api.constrains("query")
    def _check_query(self):
        for query in self:
            query._get_checked()

    @api.constrains("mapping_id")
    def _check_mapping(self):
        for query in self:
            mapping = query.mapping_id
            if mapping.kind != "csv" or not mapping.has_header or mapping.skip_rows:
                raise ValidationError(
                    self.env._(
                        "The mapping %(name)s must be of separated text with a header "
                        "and no skipped rows: so the query's rows are handed over.",
                        name=mapping.name,
                    )
                )
            if mapping.encoding not in ("auto", "utf-8") or mapping.quote not in (
                '"',
                False,
            ):
                raise ValidationError(
                    self.env._(
                        "The mapping %(name)s must be in Unicode with double quotes.",
                        name=mapping.name,
                    )
                )

    @api.constrains("user_id")
    def _check_user(self):
        """Nobody lends himself another person's rights."""
        # a constraint runs as superuser, the user is still who asked
        may = self.env.uid == SUPERUSER_ID
        may = may or self.env.user.has_group("base.group_system")
        for query in self:
            if query.user_id != self.env.user and not may:
                raise ValidationError(
                    self.env._("Only an administrator lets it run in another's name.")
                )

    @api.onchange("interval")
    def _onchange_interval(self):
        if self.interval and not self.next_at:
            self.next_at = fields.Datetime.now() + timedelta(hours=1)

    def write(self, vals):
        """Who changes what is read answers for it: it runs in the own name again."""
        if (
            vals.keys() & {"query", "connection_id", "mapping_id"}
            and "user_id" not in vals
            and not self.env.su
        ):
            vals = {**vals, "user_id": self.env.uid}
        return super().write(vals)

    # ------------------------------------------------------------------ buttons

    def action_preview(self):
        """Show the first rows as they would be imported."""
        self.ensure_one()
        self.check_access("write")
        with self._fetch(limit=_PREVIEWED) as path, open(path, "rb") as stream:
            try:
                shown = make_preview(self.mapping_id, stream)
            except FileProblem as problem:
                told = word(self.env, problem.code, problem.details)
                raise UserError(" ".join(told)) from None
        self.sudo().preview = shown
        return True

    def action_try(self):
        """Import all and undo it: tells what the import would do."""
        return self._start(dry_run=True)

    def action_import(self):
        """Import for good; a run shows its progress."""
        return self._start(dry_run=False)

    def _start(self, dry_run):
        self.ensure_one()
        run = self._make_import()
        run.action_try() if dry_run else run.action_import()
        return run._get_records_action()

    def _make_import(self):
        self.check_access("write")
        run = self.env["crm.import"].create(
            {"mapping_id": self.mapping_id.id, "file_name": self.name}
        )
        run.sudo().query_id = self
        return run

    @api.model
    def _cron_import(self):
        """Start what is due, each in the name of its person."""
        now = fields.Datetime.now()
        due = self.search([("interval", "!=", False), ("next_at", "<=", now)])
        for query in due:
            step = timedelta(**{query.interval: 1})
            missed = (now - query.next_at) // step + 1
            query.next_at += step * missed
            own = query.with_user(query.user_id).with_company(query.company_id)
            try:
                if own.user_id.active:
                    own._make_import().action_import()
            except (UserError, AccessError) as error:
                run = (
                    self.env["crm.import"]
                    .sudo()
                    .create(
                        {"mapping_id": query.mapping_id.id, "file_name": query.name}
                    )
                )
                run.write(
                    {"state": "failed", "error": str(error), "query_id": query.id}
                )

    # ------------------------------------------------------------------ reading

    def _get_checked(self):
        try:
            return check_query(self.query or "")
        except QueryRefused as refused:
            raise ValidationError(self._word_refusal(refused)) from None

    def _word_refusal(self, refused):
        told = {
            "empty": self.env._("Write a SELECT."),
            "long": self.env._(
                "The query is too long. Let their side make a view of it."
            ),
            "open": self.env._("A quotation mark, bracket or comment is not closed."),
            "several": self.env._("Write one statement only, without a semicolon."),
            "not_select": self.env._(
                "It begins with %(word)s. Only a SELECT is allowed.", word=refused.word
            ),
            "barred": self.env._(
                "%(word)s is not allowed here: the query may only read. If it is the "
                "name of a column, let their side make a view with another name.",
                word=refused.word,
            ),
        }
        return told[refused.code]

    @contextmanager
    def _fetch(self, report=None, limit=None):
        """Yield the path of a CSV file with the rows; it goes when the block ends.

        :param report: called with the number of bytes read
        :raises UserError: with what to do about it
        """
        query = self._get_checked()
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "rows.csv")
            with self.connection_id._open(self.seconds) as connection:
                with connection.cursor() as cursor, open(path, "wb") as file:
                    self._check_remotely(cursor, query)
                    target = _Limited(self, file, report)
                    cursor.copy_expert(self._get_copy(query, limit), target)
            yield path

    def _check_remotely(self, cursor, query):
        """Let their parser open it as a cursor: it refuses all but one reading."""
        cursor.execute("SELECT query_to_xmlschema(%s, true, true, '')", [query])
        cursor.fetchone()

    def _get_copy(self, query, limit):
        # a comment at the query's end must not swallow the bracket
        limited = (
            f"SELECT * FROM (\n{query}\n) AS q LIMIT {int(limit)}" if limit else query
        )
        mark = self.mapping_id.delimiter
        mark = "\t" if mark == "tab" else mark if mark in (",", ";", "|") else ","
        return (
            f"COPY (\n{limited}\n) TO STDOUT WITH "
            f"(FORMAT csv, HEADER true, DELIMITER E'{mark}', ENCODING 'UTF8')"
        )


class _Limited:
    """A file that is not written past the limit of imports."""

    def __init__(self, query, file, report):
        self._query = query
        self._file = file
        self._report = report
        self._left = query.env["crm.import"]._get_most_bytes()
        self._size = 0

    def write(self, data):  # pylint: disable=method-required-super
        self._left -= len(data)
        self._size += len(data)
        if self._left < 0:
            raise UserError(
                self._query.env._("The query gives more than one import may hold.")
            )
        if self._report:
            self._report(self._size)
        return self._file.write(data)


class Import(models.Model):
    """An import may take its rows from a query in place of a file."""

    _inherit = "crm.import"

    query_id = fields.Many2one(
        "crm.source.query",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )

    def _has_file(self):
        return bool(self.query_id) or super()._has_file()

    @api.model
    def _get_most_bytes(self):
        text = self.env["ir.config_parameter"].sudo()
        text = text.get_param("crm_extended.import_max_megabytes", "100")
        return (int(text) if text.isdigit() else 100) * 2**20

    def _execute(self):
        if not self.query_id or self._get_server_file():
            return super()._execute()

        def tell(size):
            text = self.env._("%(size)s MB read", size=round(size / 2**20, 1))
            self._report(1, 100, text)

        with self.query_id._fetch(tell) as path:
            run = self.with_context(import_server_file=ServerFile(path))
            return super(Import, run)._execute()
