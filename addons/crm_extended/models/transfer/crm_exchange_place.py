import io
import os
import re
from contextlib import contextmanager, suppress

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import config

from ...transfer import names, remote
from ...transfer.folder import Folder
from ...transfer.problems import TransferProblem
from .wording import checked, tell, told

MANAGER = "crm_extended.group_exchange_manager"
BASE = "CRM_EXCHANGE_FOLDER"  # environment variable: set by who runs the server
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.:-]*[A-Za-z0-9])?")
TEST_FILE = "exchange-test.txt"


class ExchangePlace(models.Model):
    """Where files of the exchange lie: a folder of this server, or an SFTP server.

    A folder is always below the one that the server's administrator gave to the
    exchange, in a part of its own for each database and company. An SFTP server must
    show the key that was pinned here.
    """

    _name = "crm.exchange.place"
    _inherit = ["crm.kept.mixin"]
    _description = "Place of Exchanged Files"
    _order = "name, id"
    _check_company_auto = True

    name = fields.Char(required=True, help="e.g. Accounting's folder")
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    kind = fields.Selection(
        [("folder", "Folder of this server"), ("sftp", "SFTP server")],
        required=True,
        default="folder",
    )
    path = fields.Char(
        string="Folder",
        help="Folder in which all lies. Of this server: below the folder given to the "
        "exchange. Of an SFTP server: from its root or from the login's home.",
    )
    root = fields.Char(
        string="On this Server",
        compute="_compute_root",
        help="Mount or share this folder with whoever brings and fetches the files",
    )
    host = fields.Char(string="Address", help="e.g. sftp.example.com")
    port = fields.Integer(default=22)
    login = fields.Char(string="Login Name", groups=MANAGER)
    password = fields.Char(
        groups=MANAGER, copy=False, help="Or the passphrase of the private key"
    )
    private_key = fields.Text(
        groups=MANAGER, copy=False, help="Instead of a password; whole, as in its file"
    )
    host_key = fields.Text(
        help="The key by which we know the server, as in a known_hosts file. Without "
        "it, or when the server shows another, nothing is sent."
    )
    fingerprint = fields.Char(compute="_compute_fingerprint")
    transfer_ids = fields.One2many("crm.exchange.transfer", "place_id", readonly=True)
    transfer_count = fields.Integer(compute="_compute_transfer_count")
    tested_at = fields.Datetime(readonly=True, copy=False)
    problem = fields.Char(
        readonly=True, copy=False, help="What the last test found wrong"
    )

    _port_range = models.Constraint(
        "CHECK (port BETWEEN 1 AND 65535)", "A port is a number from 1 to 65535."
    )

    @api.depends("kind", "path", "company_id")
    def _compute_root(self):
        for place in self:
            place.root = False
            if place.kind == "folder":
                with suppress(TransferProblem):
                    place.root = os.path.join(_get_base(), place._get_below())

    @api.depends("host_key")
    def _compute_fingerprint(self):
        for place in self:
            try:
                _kind, key = remote.parse_host_key(place.host_key)
                place.fingerprint = remote.fingerprint(key)
            except TransferProblem:
                place.fingerprint = False

    @api.depends("transfer_ids")
    def _compute_transfer_count(self):
        for place in self:
            place.transfer_count = len(place.transfer_ids)

    @api.constrains("kind", "path", "host", "host_key")
    def _check_place(self):
        for place in self:
            with checked(place):
                if place.kind == "folder":
                    names.folder_parts(place.path)
                else:
                    place._check_server()

    def _check_server(self):
        names.folder_parts((self.path or "").lstrip("/"))
        if self.host_key:
            remote.parse_host_key(self.host_key)
        if not re.fullmatch(
            r"[A-Za-z0-9]([A-Za-z0-9.:-]*[A-Za-z0-9])?", self.host or ""
        ):
            raise ValidationError(
                self.env._(
                    "%(name)s: “%(host)s” is no address of a server.",
                    name=self.name,
                    host=self.host or "",
                )
            )

    @api.model
    def _tell_kept(self, labels):
        return self.env._("%(fields)s: the test of the place says so.", fields=labels)

    # ------------------------------------------------------------------ opening

    @contextmanager
    def _opened(self):
        """The place, open; what goes wrong is raised as `TransferProblem`."""
        self.ensure_one()
        place = self.sudo()  # a run opens it for whoever started it
        if place.kind == "folder":
            os.makedirs(_get_base(), mode=0o770, exist_ok=True)
            opened = Folder(_get_base(), place._get_below())
        else:
            opened = remote.SftpFolder(
                host=place.host,
                port=place.port,
                user=place.login or "",
                password=place.password or "",
                private_key=place.private_key or "",
                pinned=place.host_key or "",
                root=place._get_server_root(),
            )
        try:
            yield opened
        finally:
            opened.close()

    def _get_below(self):
        """The part of this database and company, and in it the folder of the place."""
        own = names.check_name(self.env.cr.dbname), f"company-{self.company_id.id}"
        return "/".join([*own, *names.folder_parts(self.path)])

    def _get_server_root(self):
        path = "/".join(names.folder_parts((self.path or "").lstrip("/")))
        return f"/{path}" if (self.path or "").startswith("/") else path

    # ------------------------------------------------------------------ buttons

    def action_test(self):
        """Write, look at and remove a small file, and say what came of it."""
        self.ensure_one()
        self.check_access("write")
        problem = False
        try:
            with self._opened() as opened:
                opened.make("")
                opened.put("", TEST_FILE, io.BytesIO(), replace=True)
                seen = opened.look("", TEST_FILE)
                opened.remove("", TEST_FILE)
            if not seen:
                raise TransferProblem("missing", name=TEST_FILE)
        except TransferProblem as found:
            problem = tell(self.env, found)
        except OSError as error:
            problem = self.env._("The folder cannot be used: %s", error.strerror)
        self.sudo().write({"tested_at": fields.Datetime.now(), "problem": problem})
        return _notice(
            self.env._("It does not work") if problem else self.env._("It works"),
            problem or self.env._("A file was written, seen and removed again."),
            "danger" if problem else "success",
        )

    def action_read_host_key(self):
        """Ask the server for its key and pin it; a person must compare it."""
        self.ensure_one()
        self.check_access("write")
        self._check_server()
        with told(self.env):
            key = remote.host_key(self.host, self.port)
        if self.host_key and remote.parse_host_key(self.host_key) != (
            remote.parse_host_key(key)
        ):
            raise UserError(
                self.env._(
                    "The server shows another key now: %(now)s. Ask the partner "
                    "whether it is theirs, then empty the host key and read it again.",
                    now=remote.fingerprint(remote.parse_host_key(key)[1]),
                )
            )
        self.host_key = key
        return _notice(
            self.env._("Compare before you trust it"),
            self.env._(
                "The server shows %(fingerprint)s. Ask the partner on another way, "
                "such as by telephone, whether this is their key.",
                fingerprint=self.fingerprint,
            ),
            "warning",
            sticky=True,
        )

    def action_open_transfers(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_extended.action_exchange_transfer"
        )
        return {**action, "domain": [("place_id", "=", self.id)], "context": {}}


def _get_base():
    return os.environ.get(BASE) or os.path.join(config["data_dir"], "exchange")


def _notice(title, message, kind, sticky=False):
    return {
        "type": "ir.actions.client",
        "tag": "display_notification",
        "params": {
            "title": title,
            "message": message,
            "type": kind,
            "sticky": sticky,
            "next": {"type": "ir.actions.act_window_close"},
        },
    }
