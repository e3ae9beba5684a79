import base64
from contextlib import suppress

from odoo import api, fields, models
from odoo.exceptions import LockError, UserError

from ...loading.preview import make_preview, make_problem_list
from ...loading.report import write_report
from ...loading.run import Run, open_table
from .crm_import_file import ServerFile

STEPS = [
    ("file", "1. Choose"),
    ("preview", "2. Check"),
    ("tried", "3. Try"),
    ("imported", "4. Import"),
]
COUNTS = [
    f"{name}_{outcome}"
    for name in ("customer", "purchase")
    for outcome in ("created", "updated", "unchanged")
]


class _Undo(Exception):
    """The work was only a trial: back to the state before."""


class Import(models.Model):
    """One file read in through a mapping: looked at, tried, imported, reported.

    The file is read as a stream and stored in sets. The same file twice changes
    nothing. Rows with problems are left out and told in a file to download.
    """

    _name = "crm.import"
    _description = "Import"
    _inherit = ["crm.run.mixin", "crm.import.file.mixin"]
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char(compute="_compute_name", store=True)
    mapping_id = fields.Many2one(
        "crm.import.mapping", ondelete="restrict", check_company=True
    )
    source_id = fields.Many2one(related="mapping_id.source_id", store=True)
    company_id = fields.Many2one(
        "res.company",
        compute="_compute_company_id",
        store=True,
        required=True,
        precompute=True,
        index=True,
    )
    user_id = fields.Many2one(
        "res.users",
        string="Imported by",
        readonly=True,
        default=lambda self: self.env.user,
        copy=False,
    )
    step = fields.Selection(
        STEPS, default="file", required=True, readonly=True, copy=False
    )
    dry_run = fields.Boolean(readonly=True, copy=False, help="Only tried, not imported")
    row_count = fields.Integer(string="Rows", readonly=True, copy=False)
    customer_created = fields.Integer(string="New Customers", readonly=True, copy=False)
    customer_updated = fields.Integer(
        string="Changed Customers", readonly=True, copy=False
    )
    customer_unchanged = fields.Integer(
        string="Customers as Before", readonly=True, copy=False
    )
    purchase_created = fields.Integer(string="New Purchases", readonly=True, copy=False)
    purchase_updated = fields.Integer(
        string="Changed Purchases", readonly=True, copy=False
    )
    purchase_unchanged = fields.Integer(
        string="Purchases as Before", readonly=True, copy=False
    )
    error_count = fields.Integer(string="Rows with Problems", readonly=True, copy=False)
    preview = fields.Html(readonly=True, copy=False)
    problems = fields.Html(readonly=True, copy=False)
    error_file = fields.Binary(
        string="Problems to Download", attachment=True, readonly=True, copy=False
    )
    error_file_name = fields.Char(compute="_compute_error_file_name")

    @api.depends("mapping_id.company_id")
    def _compute_company_id(self):
        for run in self:
            run.company_id = run.mapping_id.company_id or self.env.company

    @api.depends("mapping_id.name", "file_name")
    def _compute_name(self):
        for run in self:
            parts = [run.mapping_id.name or "", run.file_name or ""]
            run.name = ": ".join(part for part in parts if part)

    @api.depends("file_name")
    def _compute_error_file_name(self):
        for run in self:
            stem = (run.file_name or "import").rpartition(".")[0] or run.file_name
            run.error_file_name = self.env._("%(file)s problems.csv", file=stem or "")

    @api.onchange("file", "mapping_id")
    def _onchange_file(self):
        self.update(self._get_fresh_values())

    def write(self, vals):
        """A new file or mapping begins at the first step, unless the old one runs."""
        if vals.keys() & {"file", "mapping_id"}:
            self._check_idle()
            self.check_access("write")
            self.sudo().write({**self._get_fresh_values(), "state": "draft"})
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_running(self):
        self._check_idle()

    def _check_idle(self):
        if any(run.state in ("queued", "running") for run in self):
            raise UserError(
                self.env._("This import is at work. Press Stop first, or wait for it.")
            )

    def _get_fresh_values(self):
        emptied = dict.fromkeys([*COUNTS, "row_count", "error_count"], 0)
        texts = ("preview", "problems", "error_file", "error")
        return {"step": "file", **emptied, **dict.fromkeys(texts, False)}

    # ------------------------------------------------------------------ steps

    def action_preview(self):
        """Show the first rows as they would be imported, each bad cell marked."""
        self.ensure_one()
        self.check_access("write")
        self._check_startable()
        self._check_idle()
        with self._problems_in_words(), self._open_file() as stream:
            preview = make_preview(self.mapping_id, stream)
        self.sudo().write({"preview": preview, "step": "preview"})
        return True

    def action_try(self):
        """Do everything and undo it: tells what the import would do."""
        return self._start(dry_run=True)

    def action_import(self):
        """Import for good."""
        return self._start(dry_run=False)

    def _start(self, dry_run):
        self.check_access("write")
        self._check_idle()
        self.sudo().write({"dry_run": dry_run})
        return self.action_start()

    def action_open_customers(self):
        """Open the customers that the mapping's source has sent."""
        self.ensure_one()
        return self.source_id.action_open_records()

    def action_open_purchases(self):
        """Open the purchases that the mapping's source has sent."""
        self.ensure_one()
        return self.source_id.action_open_purchases()

    def _check_startable(self):
        self._check_file()
        if not all(run.mapping_id for run in self):
            raise UserError(
                self.env._("Choose a mapping, or let one be proposed from the file.")
            )
        for run in self:
            source = run.mapping_id.source_id.sudo()
            if not source.active:
                raise UserError(
                    self.env._(
                        "The source %(name)s is archived or withdrawn. Choose a "
                        "mapping of another source, or bring this one back first.",
                        name=source.display_name,
                    )
                )

    # ------------------------------------------------------------------ the work

    def _execute(self):
        self._lock_source()
        mapping = self.mapping_id.with_company(self.company_id)
        run = None
        with self._problems_in_words():
            with suppress(_Undo), self.env.cr.savepoint():
                run = Run(mapping)
                self._load(run)
                if self.dry_run or (mapping.all_or_nothing and run.problems):
                    raise _Undo
            vals = {**run.get_counts(), **self._tell_problems(run.problems)}
        if mapping.all_or_nothing and run.problems and not self.dry_run:
            # counts of what was not done would be untrue
            return {
                **vals,
                **dict.fromkeys(COUNTS, 0),
                "state": "failed",
                "error": self.env._(
                    "%(count)s rows have problems, and this mapping imports all or "
                    "nothing. Nothing was imported. Mend the rows listed below.",
                    count=len(run.problems),
                ),
            }
        if not self.dry_run:
            mapping.source_id.sudo().last_received_at = fields.Datetime.now()
        return {**vals, "step": "tried" if self.dry_run else "imported"}

    def _load(self, run):
        """Reading is a third of the progress bar, storing the rest."""

        def tell(share, part):
            start, weight = (0, 30) if part == "read" else (30, 70)
            done = start + weight * share
            text = self.env._(
                "%(rows)s rows read, %(problems)s with problems",
                rows=run.rows,
                problems=len(run.problems),
            )
            self._report(done, 100.001, text)  # the end is told by the state

        with self._open_file() as stream:
            run.stage(stream, lambda share: tell(share, "read"))
        run.store(lambda share: tell(share, "store"))

    def _lock_source(self):
        """Two imports of one source at once would create its customers twice."""
        try:
            source = self.mapping_id.source_id.sudo()
            source.lock_for_update(allow_referencing=True)
        except LockError:
            raise UserError(
                self.env._(
                    "Another import from %(name)s is at work. Start when it ends.",
                    name=self.mapping_id.source_id.display_name,
                )
            ) from None

    def _tell_problems(self, problems):
        """The first problems for the form, all of them for the download."""
        if not problems:
            return {"problems": False, "error_file": False}
        with self._open_file() as stream:
            report = write_report(
                self.env, problems, open_table(self.mapping_id, stream)
            )
        return {
            "problems": make_problem_list(self.env, problems),
            "error_file": base64.b64encode(report),
        }

    def _report(self, done, total, text=None):
        given = self._get_server_file()
        if given and given.on_progress:
            given.on_progress(min(done, 100.0), text)
        return super()._report(done, total, text)

    @api.model
    def _run_file(self, mapping, path, dry_run=False, on_progress=None):
        """Import a file that lies on the server; for commands and tests.

        :param mapping: crm.import.mapping
        :param path: of the file
        :param on_progress: called with (percent, text)
        :return: the crm.import with its counts, state and error
        """
        given = ServerFile(path, on_progress)
        name = str(path).rpartition("/")[2]
        run = self.create({"mapping_id": mapping.id, "file_name": name})
        run.sudo().dry_run = dry_run
        run.with_context(import_server_file=given)._run()
        return run
