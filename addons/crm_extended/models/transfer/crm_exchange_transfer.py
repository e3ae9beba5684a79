from datetime import datetime, timedelta

import pytz

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...transfer import names
from ..runs.crm_run_mixin import STATES
from .wording import checked

DELIMITERS = [(",", "Comma"), (";", "Semicolon"), ("\t", "Tab"), ("|", "Bar")]
ENCODINGS = [
    ("utf-8", "UTF-8"),
    ("utf-8-sig", "UTF-8 for Excel (with a mark)"),
    ("cp1250", "Central European (cp1250)"),
    ("cp1251", "Cyrillic (cp1251)"),
    ("cp1252", "Western European (cp1252)"),
    ("iso-8859-2", "ISO 8859-2"),
]
PATTERNS = {"export": "{entity}-{date}-{number}.{kind}", "import": "*.{kind}"}


class ExchangeTransfer(models.Model):
    """Files of one kind of record, written for a client or read from it, by schedule.

    It is the client who acts: the same services, scopes and journal as over XML-RPC or
    JSON-2. This is only how a system takes part that can write files and no calls.
    """

    _name = "crm.exchange.transfer"
    _inherit = ["crm.kept.mixin"]
    _description = "File Transfer"
    _order = "sequence, name, id"
    _check_company_auto = True

    name = fields.Char(required=True, help="e.g. Customers for accounting, nightly")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    client_id = fields.Many2one(
        "crm.exchange.client",
        required=True,
        ondelete="cascade",
        index=True,
        help="Whose scopes decide what is written and what may be changed",
    )
    company_id = fields.Many2one(
        related="client_id.company_id", store=True, index=True, readonly=True
    )
    place_id = fields.Many2one(
        "crm.exchange.place",
        required=True,
        ondelete="restrict",
        check_company=True,
        index=True,
    )
    direction = fields.Selection(
        [("export", "We write for them"), ("import", "We read what they bring")],
        required=True,
        default="export",
    )
    entity = fields.Selection(
        selection="_selection_entity",
        required=True,
        default="customer",
        help="Kind of record",
    )
    kind = fields.Selection(
        [("csv", "CSV (table)"), ("jsonl", "JSON lines")],
        string="Format",
        required=True,
        default="csv",
    )
    delimiter = fields.Selection(DELIMITERS, required=True, default=";")
    encoding = fields.Selection(ENCODINGS, required=True, default="utf-8")
    guarded = fields.Boolean(
        string="Safe for Spreadsheets",
        default=True,
        help="A text that a spreadsheet program would calculate, such as =1+1 or "
        "+420 777, gets an apostrophe before it; reading takes it away again. Switch "
        "it off only for a program that takes cells as they are.",
    )
    folder = fields.Char(
        compute="_compute_folders",
        store=True,
        readonly=False,
        precompute=True,
        help="In the place: where files are written, or brought to us",
    )
    processed_folder = fields.Char(
        compute="_compute_folders", store=True, readonly=False, precompute=True
    )
    failed_folder = fields.Char(
        compute="_compute_folders", store=True, readonly=False, precompute=True
    )
    pattern = fields.Char(
        string="File Name",
        compute="_compute_pattern",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        help="Of files we write: text with {client}, {entity}, {date}, {time}, "
        "{number} and {kind}. Of files we read: which ones, with * and ?.",
    )
    max_mb = fields.Integer(
        string="Largest File", default=100, required=True, help="In megabytes"
    )

    # writing
    mode = fields.Selection(
        [
            ("changes", "What changed since the last file"),
            ("full", "Everything each time"),
        ],
        string="Content",
        required=True,
        default="changes",
        help="The first file holds everything in either case.",
    )
    write_empty = fields.Boolean(
        string="Also without Rows", help="Write a file when nothing has changed, too"
    )
    replace = fields.Boolean(
        string="Replace the Last",
        help="When a file of this name is there: write over it. Otherwise the new one "
        "gets a number.",
    )
    write_sum = fields.Boolean(
        string="With a Sum",
        default=True,
        help="Beside each file one named .sha256, by which the other side can see that "
        "it has the whole of it (sha256sum --check)",
    )
    position_at = fields.Datetime(
        string="Changes Written up to", compute="_compute_mark"
    )

    # reading
    clear_empty = fields.Boolean(
        string="Empty Cells Clear",
        help="An empty cell of a CSV file empties the field. Otherwise it leaves the "
        "field alone.",
    )
    settle_seconds = fields.Integer(
        string="Wait until Still",
        default=10,
        required=True,
        help="A file is taken when it has not grown for so many seconds",
    )
    is_trial = fields.Boolean(
        string="Only Try",
        help="Say in the result file what would happen, and change nothing",
    )

    # schedule
    interval_number = fields.Integer(string="Every", default=1, required=True)
    interval_type = fields.Selection(
        [
            ("minutes", "Minutes"),
            ("hours", "Hours"),
            ("days", "Days"),
            ("weeks", "Weeks"),
            ("never", "Only by hand"),
        ],
        required=True,
        default="days",
    )
    next_at = fields.Datetime(
        string="Next Time",
        copy=False,
        default=lambda self: self._get_night(),
        help="Moves on by itself. Empty: not until it is started by hand.",
    )
    run_ids = fields.One2many(
        "crm.exchange.transfer.run", "transfer_id", string="Runs", readonly=True
    )
    last_state = fields.Selection(
        STATES, compute="_compute_last_run", string="Last Outcome"
    )
    last_at = fields.Datetime(compute="_compute_last_run", string="Last Time")
    hint = fields.Char(compute="_compute_hint")

    _settle_range = models.Constraint(
        "CHECK (settle_seconds BETWEEN 0 AND 600)",
        "Wait until still: 0 to 600 seconds.",
    )
    _max_range = models.Constraint(
        "CHECK (max_mb BETWEEN 1 AND 10240)", "Largest file: 1 to 10240 MB."
    )
    _interval_positive = models.Constraint(
        "CHECK (interval_number > 0)", "Every: at least 1."
    )

    # ------------------------------------------------------------------ computed

    @api.model
    def _selection_entity(self):
        return self.env["crm.exchange.scope"]._selection_entity()

    @api.model
    def _get_night(self):
        """Two o'clock of the next night, by the calendar of who asks."""
        zone = pytz.timezone(
            self.env.user.tz or self.env.company.partner_id.tz or "UTC"
        )
        local = datetime.now(zone) + timedelta(days=1)
        night = local.replace(hour=2, minute=0, second=0, microsecond=0, tzinfo=None)
        return zone.localize(night).astimezone(pytz.utc).replace(tzinfo=None)

    @api.depends("direction", "client_id")
    def _compute_folders(self):
        for transfer in self:
            own = (transfer.client_id.code or "").lower()
            first = "outgoing" if transfer.direction == "export" else "incoming"
            transfer.folder = f"{own}/{first}"
            transfer.processed_folder = f"{own}/processed"
            transfer.failed_folder = f"{own}/failed"

    @api.depends("direction", "kind")
    def _compute_pattern(self):
        for transfer in self:
            pattern = PATTERNS.get(transfer.direction, "*")
            if transfer.direction == "import":
                pattern = pattern.replace("{kind}", transfer.kind or "csv")
            transfer.pattern = pattern

    @api.depends("run_ids.state", "run_ids.started_at")
    def _compute_last_run(self):
        runs = self.env["crm.exchange.transfer.run"]
        last = runs._read_group(
            [("transfer_id", "in", self.ids)], ["transfer_id"], ["id:max"]
        )
        by_transfer = {transfer.id: runs.browse(run) for transfer, run in last}
        for transfer in self:
            run = by_transfer.get(transfer._origin.id, runs)
            transfer.last_state = run.state
            transfer.last_at = run.started_at

    def _compute_mark(self):
        marks = self.env["crm.exchange.transfer.mark"]._read(self)
        for transfer in self:
            transfer.position_at = marks.get(transfer._origin.id, {}).get("at")

    @api.depends("client_id", "entity", "direction")
    def _compute_hint(self):
        """What would make it fail, said before it does."""
        for transfer in self:
            scopes = transfer.client_id.scope_ids
            scope = scopes.filtered(lambda s, t=transfer: s.entity == t.entity)
            verbs = ("read",) if transfer.direction == "export" else WRITING
            may = any(scope._may(verb) for verb in verbs) if scope else False
            transfer.hint = False
            if transfer.client_id and not may:
                transfer.hint = self.env._(
                    "The scopes of %(client)s do not allow this yet: open the client "
                    "and allow it there.",
                    client=transfer.client_id.name,
                )

    @api.constrains(
        "folder", "processed_folder", "failed_folder", "pattern", "direction"
    )
    def _check_names(self):
        for transfer in self:
            with checked(transfer):
                for path in (
                    transfer.folder,
                    transfer.processed_folder,
                    transfer.failed_folder,
                ):
                    names.folder_parts(path)
                if transfer.direction == "export":
                    transfer._get_file_name()
            taken = {transfer.processed_folder, transfer.failed_folder}
            if transfer.direction == "import" and transfer.folder in taken:
                raise ValidationError(
                    self.env._(
                        "%(name)s: what was read must go to another folder than it "
                        "came from, or it would be read for ever.",
                        name=transfer.name,
                    )
                )

    @api.model
    def _tell_kept(self, labels):
        return self.env._("%(fields)s: only a run moves this on.", fields=labels)

    # ------------------------------------------------------------------ work

    def _get_file_name(self, number=1):
        now = fields.Datetime.context_timestamp(
            self.with_context(tz=self._get_zone().zone), fields.Datetime.now()
        )
        return names.file_name(
            self.pattern,
            {
                "client": self.client_id.code.lower(),
                "entity": self.entity,
                "date": now.strftime("%Y%m%d"),
                "time": now.strftime("%H%M%S"),
                "number": f"{number:06d}",
                "kind": self.kind,
            },
        )


WRITING = ("create", "update", "delete")
