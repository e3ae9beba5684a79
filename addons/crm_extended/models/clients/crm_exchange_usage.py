from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

DAYS = 35
BATCH = 10_000

_SCHEMA = """
CREATE TABLE IF NOT EXISTS crm_exchange_usage (
    id bigserial PRIMARY KEY,
    client_id integer NOT NULL REFERENCES crm_exchange_client ON DELETE CASCADE,
    company_id integer,
    minute timestamp NOT NULL,
    method varchar NOT NULL,
    code varchar NOT NULL DEFAULT '',
    calls integer NOT NULL DEFAULT 0,
    records bigint NOT NULL DEFAULT 0,
    seconds double precision NOT NULL DEFAULT 0,
    UNIQUE (client_id, minute, method, code)
);
CREATE INDEX IF NOT EXISTS crm_exchange_usage_minute
    ON crm_exchange_usage (minute);
CREATE TABLE IF NOT EXISTS crm_exchange_meter (
    client_id integer PRIMARY KEY REFERENCES crm_exchange_client ON DELETE CASCADE,
    tokens double precision NOT NULL,
    filled_at timestamp NOT NULL,
    granted boolean NOT NULL DEFAULT true,
    day date NOT NULL,
    records bigint NOT NULL DEFAULT 0,
    matches bigint NOT NULL DEFAULT 0,
    lines bigint NOT NULL DEFAULT 0
);
"""


class ExchangeUsage(models.Model):
    """How many calls a client made in one minute, and how they ended.

    Counted in transactions of their own, so that refused and failed calls count, too.
    The table beside it, `crm_exchange_meter`, holds what a client has left right now.
    """

    _name = "crm.exchange.usage"
    _description = "Exchange Usage"
    _order = "minute desc, id desc"
    _rec_name = "method"
    _auto = False  # ids of 64 bits; written by one statement per call
    _log_access = False

    client_id = fields.Many2one("crm.exchange.client", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    minute = fields.Datetime(readonly=True)
    method = fields.Selection(
        lambda self: self.env["crm.exchange"]._label_methods(), readonly=True
    )
    code = fields.Char(
        string="Refusal", readonly=True, help="Empty: the calls were carried out"
    )
    calls = fields.Integer(readonly=True)
    records = fields.Integer(readonly=True, help="Records read or changed")
    seconds = fields.Float(readonly=True, help="Time the calls took, together")

    def init(self):
        self.env.cr.execute(_SCHEMA)

    @api.model
    def _remove_meter(self):
        self.env.cr.execute("DROP TABLE IF EXISTS crm_exchange_meter")

    @api.autovacuum
    def _gc_usage(self):
        limit = fields.Datetime.now() - timedelta(days=DAYS)
        self.env.cr.execute(
            SQL(
                """DELETE FROM crm_exchange_usage WHERE id IN (
                       SELECT id FROM crm_exchange_usage WHERE minute < %s
                        ORDER BY minute LIMIT %s)""",
                limit,
                BATCH,
            )
        )
        return self.env.cr.rowcount, int(self.env.cr.rowcount == BATCH)
