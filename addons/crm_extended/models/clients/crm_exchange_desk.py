from collections import defaultdict

from odoo import api, fields, models
from odoo.tools import SQL

SILENT_HOURS = 24
LAGGING = 10_000
HOUR = 60  # minutes drawn in the small chart


class ExchangeClient(models.Model):
    """How a client is doing, for those who watch over the exchange."""

    _inherit = "crm.exchange.client"

    rate_now = fields.Integer(
        string="Calls a Minute", compute="_compute_desk", help="In the last 60 seconds"
    )
    calls_day = fields.Integer(
        string="Calls", compute="_compute_desk", help="In the last 24 hours"
    )
    errors_day = fields.Integer(
        string="Refused", compute="_compute_desk", help="In the last 24 hours"
    )
    records_day = fields.Integer(
        string="Records", compute="_compute_desk", help="In the last 24 hours"
    )
    conflict_count = fields.Integer(
        string="Conflicts",
        compute="_compute_desk",
        help="Changes that wait for somebody to decide",
    )
    dead_count = fields.Integer(
        string="Dead Letters",
        compute="_compute_desk",
        help="Rows that could not be taken in and wait to be mended",
    )
    health = fields.Selection(
        [
            ("off", "Switched Off"),
            ("never", "Never Called"),
            ("silent", "Silent"),
            ("trouble", "In Trouble"),
            ("behind", "Behind"),
            ("well", "Well"),
        ],
        compute="_compute_desk",
    )

    @api.depends("last_seen", "active", "expires_at", "acked_seq")
    def _compute_desk(self):
        usage = self._read_usage()
        conflicts = self._count_open("crm.exchange.conflict")
        dead = self._count_open("crm.exchange.row")
        for client in self:
            day = usage.get(client.id) or (0, 0, 0, 0)
            client.rate_now, client.calls_day, client.errors_day = day[:3]
            client.records_day = min(day[3], 2**31 - 1)
            client.conflict_count = conflicts.get(client.id, 0)
            client.dead_count = dead.get(client.id, 0)
            client.health = client._get_health()

    def _get_health(self):
        now = fields.Datetime.now()
        if not self.active or (self.expires_at and self.expires_at <= now):
            return "off"
        if not self.last_seen:
            return "never"
        if (now - self.last_seen).total_seconds() > SILENT_HOURS * 3600:
            return "silent"
        if (
            self.conflict_count
            or self.dead_count
            or self.errors_day * 20 > (self.calls_day or 1)
        ):
            return "trouble"
        return "behind" if self.lag > LAGGING else "well"

    def _read_usage(self):
        """{client id: (calls in 60 s, calls, refusals, records in 24 h)}

        The last 60 seconds are this minute and the part of the one before that still
        lies within, as a sliding window.
        """
        self.env.cr.execute(
            SQL(
                """SELECT client_id,
                          coalesce(sum(calls * CASE
                              WHEN minute = date_trunc('minute', t.now) THEN 1
                              WHEN minute = date_trunc('minute', t.now)
                                            - interval '1 minute'
                              THEN 1 - extract(second FROM t.now) / 60
                              ELSE 0 END), 0)::int,
                          sum(calls)::int,
                          coalesce(sum(calls) FILTER (WHERE code <> ''), 0)::int,
                          sum(records)::bigint
                     FROM crm_exchange_usage,
                          (SELECT clock_timestamp() AT TIME ZONE 'UTC' AS now) t
                    WHERE minute > t.now - interval '24 hours'
                      AND client_id = ANY(%s)
                    GROUP BY client_id""",
                self.ids,
            )
        )
        return {row[0]: row[1:] for row in self.env.cr.fetchall()}

    @api.model
    def _get_open_domains(self):
        """{model: domain of what waits for a person}; override to add your own."""
        return {
            "crm.exchange.conflict": [("state", "=", "open")],
            "crm.exchange.row": [("state", "=", "rejected")],
        }

    def _count_open(self, model):
        """{client id: number of records that wait for a person}"""
        domain = self._get_open_domains().get(model)
        if domain is None or model not in self.env:
            return {}
        found = self.env[model].sudo()
        groups = found._read_group(
            [*domain, ("client_id", "in", self.ids)], ["client_id"], ["__count"]
        )
        return {client.id: count for client, count in groups}

    # ------------------------------------------------------------------ the live desk

    @api.model
    def desk(self):
        """All clients as they are right now, for the live desk.

        :return: ``{time, head, clients[], codes[]}``; a client is ``{id, name, code,
            health, health_name, last_seen, lag, rate, calls, errors, records,
            conflicts, dead, minutes[60]}``, a code ``{code, method, client, calls}``
        """
        self.check_access("read")
        clients = self.search([])  # pylint: disable=no-search-all; a few dozen
        _epoch, head, _floor = self.env["crm.exchange.change"]._position()
        names = dict(self._fields["health"]._description_selection(self.env))
        minutes = clients._read_minutes()
        return {
            "time": fields.Datetime.to_string(fields.Datetime.now()),
            "head": str(head),
            "clients": [
                {
                    "id": client.id,
                    "name": client.name,
                    "code": client.code,
                    "sandbox": client.sandbox,
                    "health": client.health,
                    "health_name": names[client.health],
                    "last_seen": fields.Datetime.to_string(client.last_seen) or "",
                    "lag": client.lag,
                    "rate": client.rate_now,
                    "calls": client.calls_day,
                    "errors": client.errors_day,
                    "records": client.records_day,
                    "conflicts": client.conflict_count,
                    "dead": client.dead_count,
                    "minutes": minutes[client.id],
                }
                for client in clients
            ],
            "codes": clients._read_codes(),
        }

    def _read_minutes(self):
        """{client id: calls in each of the last 60 minutes, oldest first}"""
        self.env.cr.execute(
            SQL(
                """SELECT client_id, sum(calls)::int,
                          (extract(epoch FROM date_trunc('minute', t.now) - minute)
                           / 60)::int
                     FROM crm_exchange_usage,
                          (SELECT clock_timestamp() AT TIME ZONE 'UTC' AS now) t
                    WHERE client_id = ANY(%s) AND minute > t.now - interval '1 hour'
                    GROUP BY client_id, 3""",
                self.ids,
            )
        )
        minutes = defaultdict(lambda: [0] * HOUR)
        for client, calls, ago in self.env.cr.fetchall():
            if 0 <= ago < HOUR:
                minutes[client][HOUR - 1 - ago] = calls
        return minutes

    def _read_codes(self):
        """The most frequent refusals of the last 24 hours."""
        self.env.cr.execute(
            SQL(
                """SELECT c.id, c.name, u.code, u.method, sum(u.calls)::int, max(minute)
                     FROM crm_exchange_usage u
                     JOIN crm_exchange_client c ON c.id = u.client_id
                    WHERE u.code <> '' AND c.id = ANY(%s)
                      AND minute > clock_timestamp() AT TIME ZONE 'UTC'
                                   - interval '24 hours'
                    GROUP BY c.id, c.name, u.code, u.method
                    ORDER BY 5 DESC LIMIT 12""",
                self.ids,
            )
        )
        return [
            {
                "client_id": client_id,
                "client": name,
                "code": code,
                "method": method,
                "calls": calls,
                "last": fields.Datetime.to_string(last),
            }
            for client_id, name, code, method, calls, last in self.env.cr.fetchall()
        ]

    # ------------------------------------------------------------------ buttons

    def action_set_back(self):
        """Ask from where the client shall get changes again."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "crm.exchange.set.back",
            "name": self.env._("Set Back %(name)s", name=self.name),
            "view_mode": "form",
            "target": "new",
            "context": {"default_client_id": self.id},
        }

    def action_open_audit(self):
        return self._open("action_exchange_audit", [("client_ref", "in", self.ids)])

    def action_open_usage(self):
        return self._open("action_exchange_usage", [("client_id", "in", self.ids)])

    def action_open_errors(self):
        domain = [("client_id", "in", self.ids), ("code", "!=", "")]
        return self._open("action_exchange_usage", domain)

    def action_open_conflicts(self):
        return self._open_waiting("crm.exchange.conflict", self.env._("Conflicts"))

    def action_open_dead(self):
        return self._open_waiting("crm.exchange.row", self.env._("Dead Letters"))

    def _open(self, name, domain):
        action = self.env["ir.actions.act_window"]._for_xml_id(f"crm_extended.{name}")
        return {**action, "domain": domain, "context": {}}

    def _open_waiting(self, model, name):
        """The list of what waits for a person, in the views of its own model."""
        domain = self._get_open_domains().get(model)
        if domain is None or model not in self.env:
            return False
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": model,
            "view_mode": "list,form",
            "views": [(False, "list"), (False, "form")],  # the desk opens it itself
            "domain": [*domain, ("client_id", "in", self.ids)],
        }
