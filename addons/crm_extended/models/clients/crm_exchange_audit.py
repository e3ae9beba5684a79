from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

KEPT_DAYS = 90  # the database refuses to delete anything younger
DAYS = 400
BATCH = 10_000

_SCHEMA = """
CREATE TABLE IF NOT EXISTS crm_exchange_audit (
    id bigserial PRIMARY KEY,
    at timestamp NOT NULL DEFAULT (clock_timestamp() AT TIME ZONE 'UTC'),
    client_ref integer NOT NULL,
    number bigint NOT NULL,
    client varchar NOT NULL,
    company_id integer,
    credential varchar,
    request_id varchar,
    method varchar,
    verb varchar NOT NULL,
    entity varchar,
    field_names varchar,
    count integer NOT NULL DEFAULT 0,
    code varchar
);
CREATE UNIQUE INDEX IF NOT EXISTS crm_exchange_audit_number
    ON crm_exchange_audit (client_ref, number);
CREATE INDEX IF NOT EXISTS crm_exchange_audit_at ON crm_exchange_audit USING brin (at);
CREATE INDEX IF NOT EXISTS crm_exchange_audit_request
    ON crm_exchange_audit (request_id);
CREATE OR REPLACE FUNCTION crm_exchange_audit_keep() RETURNS trigger
LANGUAGE plpgsql AS $keep$
BEGIN
    IF TG_OP = 'DELETE' AND TG_LEVEL = 'ROW' THEN
        IF OLD.at < (now() AT TIME ZONE 'UTC') - interval '%(days)s days' THEN
            RETURN OLD;
        END IF;
    END IF;
    RAISE EXCEPTION 'crm_exchange_audit is append-only'
        USING ERRCODE = 'restrict_violation';
END
$keep$;
CREATE OR REPLACE TRIGGER crm_exchange_audit_keep
    BEFORE UPDATE OR DELETE ON crm_exchange_audit
    FOR EACH ROW EXECUTE FUNCTION crm_exchange_audit_keep();
CREATE OR REPLACE TRIGGER crm_exchange_audit_keep_all
    BEFORE TRUNCATE ON crm_exchange_audit
    FOR EACH STATEMENT EXECUTE FUNCTION crm_exchange_audit_keep();
"""


class ExchangeAudit(models.Model):
    """Who read or changed which fields of which kind of record, and when.

    Names of fields and numbers of records only: there is no personal data in it. Rows
    are written in a transaction of their own, just before that of the call ends: the
    journal may tell of a change that a crash then prevented, never miss one that
    happened. The database itself refuses to change rows, and to delete those younger
    than 90 days. A client that is deleted stays in here by its code.
    """

    _name = "crm.exchange.audit"
    _description = "Exchange Audit"
    _order = "id desc"
    _rec_name = "request_id"
    _auto = False  # ids of 64 bits, no foreign keys: the journal outlives what it names
    _log_access = False

    at = fields.Datetime(string="Time", readonly=True)
    client_ref = fields.Integer(string="Client Number", readonly=True, aggregator=None)
    number = fields.Integer(
        readonly=True,
        aggregator=None,
        help="Counts the lines of one client without gaps, so that a missing one shows",
    )
    client = fields.Char(readonly=True, help="Code of the client")
    company_id = fields.Many2one("res.company", readonly=True)
    credential = fields.Char("Key", readonly=True, help="Label of the key used")
    request_id = fields.Char(
        readonly=True,
        help="Told to the partner in the answer, and found in the server's log",
    )
    method = fields.Selection(
        lambda self: self.env["crm.exchange"]._label_methods(), readonly=True
    )
    verb = fields.Selection(
        lambda self: self.env["crm.exchange"]._label_verbs(),
        string="Did",
        readonly=True,
    )
    entity = fields.Selection(
        lambda self: self.env["crm.exchange"]._label_entities(),
        readonly=True,
        help="Kind of record",
    )
    field_names = fields.Char(
        string="Fields", readonly=True, help="Names of the fields read or changed"
    )
    count = fields.Integer(string="Records", readonly=True)
    code = fields.Char(
        string="Refusal",
        readonly=True,
        help="Why the call was refused. Empty: it was carried out.",
    )

    def init(self):
        schema = _SCHEMA.replace("%(days)s", str(KEPT_DAYS))  # no value of a user's
        self.env.cr.execute(schema)

    @api.model
    def _remove_keeper(self):
        """Let the table be emptied and dropped; for uninstalling only."""
        self.env.cr.execute("DROP FUNCTION IF EXISTS crm_exchange_audit_keep() CASCADE")

    @api.model
    def _get_days(self):
        """Days that rows are kept, by parameter; at least those of the database."""
        parameter = self.env["ir.config_parameter"].sudo()
        days = parameter.get_param("crm_extended.exchange_audit_days") or ""
        return max(int(days), KEPT_DAYS) if days.isdecimal() else DAYS

    @api.autovacuum
    def _gc_audit(self):
        limit = fields.Datetime.now() - timedelta(days=self._get_days())
        self.env.cr.execute(
            SQL(
                """DELETE FROM crm_exchange_audit WHERE id IN (
                       SELECT id FROM crm_exchange_audit WHERE at < %s
                        ORDER BY id LIMIT %s)""",
                limit,
                BATCH,
            )
        )
        return self.env.cr.rowcount, int(self.env.cr.rowcount == BATCH)
