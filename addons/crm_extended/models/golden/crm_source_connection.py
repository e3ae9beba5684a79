import re
from contextlib import contextmanager

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.:_-]{0,253})")
_NAME = re.compile(r"[^\s=\0/\\]{1,63}")
_CONNECT_SECONDS = 10


class SourceConnection(models.Model):
    """Another system's PostgreSQL, reached with a login that may only read.

    OCA's `base_external_dbsource` was judged and not taken: its `execute` may be called
    by RPC with any statement, reads all rows into memory, and shows the password.
    Here the password goes in and never comes out, the session is read-only and timed,
    and neither a superuser nor Odoo's own database is accepted.
    """

    _name = "crm.source.connection"
    _description = "Connection to an External Database"
    _order = "name, id"

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", index="btree_not_null", default=lambda self: self.env.company
    )
    host = fields.Char(
        required=True, groups="base.group_system", help="Name or address in the network"
    )
    port = fields.Integer(default=5432, required=True, groups="base.group_system")
    database = fields.Char(required=True, groups="base.group_system")
    login = fields.Char(
        required=True,
        groups="base.group_system",
        help="A login that may only read the tables in question, and is no superuser",
    )
    password = fields.Char(
        compute="_compute_password",
        inverse="_inverse_password",
        groups="base.group_system",
        help="It is kept and never shown again",
    )
    password_kept = fields.Char(groups=fields.NO_ACCESS, copy=False)
    ssl = fields.Selection(
        [("prefer", "If Possible"), ("require", "Always"), ("disable", "Never")],
        string="Encrypted",
        default="prefer",
        required=True,
        groups="base.group_system",
    )

    _port_range = models.Constraint(
        "CHECK (port BETWEEN 1 AND 65535)", "A port is a number from 1 to 65535."
    )

    def _compute_password(self):
        """Never shown, not even as stars of the right number."""
        self.password = False

    def _inverse_password(self):
        for connection in self:
            if connection.password:
                connection.sudo().password_kept = connection.password

    @api.constrains("host", "database", "login")
    def _check_address(self):
        """No file path, no connection string: only what stands in these fields."""
        for connection in self.sudo():
            if not _HOST.fullmatch(connection.host or ""):
                raise ValidationError(
                    self.env._("Write the host as a name or address, as db.shop.local.")
                )
            for value in (connection.database, connection.login):
                if not _NAME.fullmatch(value or ""):
                    raise ValidationError(
                        self.env._("Database and login are plain names without blanks.")
                    )

    def action_test(self):
        """Connect, look at the login, and say that all is well.

        :raises UserError: with what the other server said
        """
        self.ensure_one()
        self.check_access("write")
        with self._open(seconds=_CONNECT_SECONDS):
            pass
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("The connection works and can only read."),
            },
        }

    # ------------------------------------------------------------------ private

    def _get_parameters(self):
        """What `psycopg2.connect` takes, as single values and never as one string."""
        self.ensure_one()
        # sudo: the password is for the connection alone
        own = self.sudo()
        if not own.password_kept:
            raise UserError(
                self.env._("%(name)s has no password yet.", name=self.display_name)
            )
        return {
            "host": own.host,
            "port": own.port,
            "dbname": own.database,
            "user": own.login,
            "password": own.password_kept,
            "sslmode": own.ssl,
        }

    @contextmanager
    def _open(self, seconds):
        """Yield a connection that can only read, for so many seconds a statement.

        :raises UserError: no connection, or a login that might do harm
        """
        try:
            connection = psycopg2.connect(
                **self._get_parameters(),
                connect_timeout=_CONNECT_SECONDS,
                application_name="odoo customer import",
                client_encoding="UTF8",
                options=f"-c statement_timeout={int(seconds * 1000)} "
                "-c lock_timeout=5000 -c default_transaction_read_only=on "
                "-c idle_in_transaction_session_timeout=600000",
            )
        except (psycopg2.Error, UnicodeError) as error:
            raise UserError(
                self.env._("No connection: %(reason)s", reason=_first_line(error))
            ) from None
        try:
            connection.set_session(readonly=True, autocommit=False)
            self._check_login(connection)
            yield connection
        except psycopg2.errors.QueryCanceled:
            raise UserError(
                self.env._(
                    "The query took longer than %(seconds)s seconds and was stopped. "
                    "Ask for less, or allow it more time.",
                    seconds=seconds,
                )
            ) from None
        except psycopg2.Error as error:
            raise UserError(
                self.env._(
                    "The other database refused: %(reason)s", reason=_first_line(error)
                )
            ) from None
        finally:
            connection.close()

    def _check_login(self, connection):
        """A superuser could read files and write past every guard; we serve nobody
        our own tables, where logins' secrets are.
        """
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT rolsuper OR rolreplication FROM pg_roles "
                "WHERE rolname = current_user"
            )
            if cursor.fetchone()[0]:
                raise UserError(
                    self.env._(
                        "This login is a superuser of the other database. Use one that "
                        "may only read the tables in question."
                    )
                )
            cursor.execute(
                "SELECT current_database(), pg_postmaster_start_time()::text"
            )
            theirs = cursor.fetchone()
            cursor.execute("SELECT current_setting('transaction_read_only')")
            if cursor.fetchone()[0] != "on":
                raise UserError(self.env._("The session could not be made read-only."))
        self.env.cr.execute(
            "SELECT current_database(), pg_postmaster_start_time()::text"
        )
        if theirs == self.env.cr.fetchone():
            raise UserError(
                self.env._("This is Odoo's own database: its data are here already.")
            )


def _first_line(error):
    return str(error).strip().partition("\n")[0][:300] or type(error).__name__
