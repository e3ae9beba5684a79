from collections import defaultdict
from datetime import datetime, time, timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from ...vigilance.habit import judge

WEEKS = 12  # of habit: as many same weekdays
LEAST_ROWS = "crm_extended.vigilance_rows"
MANAGER = "crm_extended.group_customer_manager"

# (user, company, kind, day, rows) of one weekday and the weeks before
VOLUMES = """
    SELECT user_id, company_id, 'read', hour::date, sum(row_count)::int
      FROM crm_access_count WHERE hour >= %(since)s AND hour < %(until)s
       AND extract(dow FROM hour) = extract(dow FROM %(day)s::date)
     GROUP BY 1, 2, 4
    UNION ALL
    SELECT user_id, company_id, 'export', date::date, sum(row_count)::int
      FROM crm_export_log WHERE date >= %(since)s AND date < %(until)s
       AND state = 'done'
       AND extract(dow FROM date) = extract(dow FROM %(day)s::date)
     GROUP BY 1, 2, 4
"""
FIRST_SEEN = """
    SELECT user_id, min(day) FROM (
        SELECT user_id, min(hour)::date AS day FROM crm_access_count GROUP BY 1
        UNION ALL
        SELECT user_id, min(date)::date FROM crm_export_log GROUP BY 1) seen
     GROUP BY 1
"""


class CrmAccessAlert(models.Model):
    """Someone read or exported far more customers than he and colleagues usually do.

    A day's volume is compared with the same weekday of the last twelve weeks, one's own
    and the colleagues', by median and MAD (`vigilance.habit` states the formula and its
    source). A dismissed alert says that the day was normal and it stays in the habit; a
    confirmed one is taken out of it. Nobody sees or decides an alert about himself.
    """

    _name = "crm.access.alert"
    _inherit = ["crm.kept.mixin", "mail.thread", "mail.activity.mixin"]
    _description = "Unusual Reading"
    _order = "date desc, row_count desc, id desc"

    user_id = fields.Many2one(
        "res.users", string="Who", required=True, readonly=True, index=True
    )
    company_id = fields.Many2one("res.company", readonly=True)
    date = fields.Date(required=True, readonly=True)
    kind = fields.Selection(
        [("read", "Read"), ("export", "Exported")], required=True, readonly=True
    )
    row_count = fields.Integer("Records", readonly=True)
    own_median = fields.Float("Usually", readonly=True, digits=(16, 0))
    own_score = fields.Float(
        "Against Own Habit",
        readonly=True,
        digits=(16, 1),
        help="Modified z-score on ln(1 + records); unusual above 3.5",
    )
    peer_median = fields.Float("Colleagues Usually", readonly=True, digits=(16, 0))
    peer_score = fields.Float(
        "Against Colleagues", readonly=True, digits=(16, 1), help="As the own score"
    )
    detail = fields.Char("What", readonly=True, help="Documents and numbers")
    addresses = fields.Char("From Addresses", readonly=True)
    state = fields.Selection(
        [("open", "To Look At"), ("confirmed", "Unjustified"), ("dismissed", "Normal")],
        default="open",
        required=True,
        readonly=True,
        tracking=True,
    )
    reason = fields.Text("Why It Is Normal, or What Was Done", tracking=True)
    decided_by_id = fields.Many2one("res.users", readonly=True)
    summary = fields.Char(compute="_compute_summary")

    _day_uniq = models.UniqueIndex(
        "(user_id, company_id, date, kind)", "One alert for a person, day and kind."
    )

    @api.depends("user_id", "date")
    def _compute_display_name(self):
        for alert in self:
            alert.display_name = self.env._(
                "%(person)s, %(day)s", person=alert.user_id.name, day=alert.date
            )

    @api.depends("kind", "row_count", "own_median", "peer_median", "own_score")
    def _compute_summary(self):
        for alert in self:
            numbers = {
                "name": alert.user_id.name,
                "count": alert.row_count,
                "own": round(alert.own_median),
                "peers": round(alert.peer_median),
            }
            if alert.kind == "export":
                text = self.env._(
                    "%(name)s exported %(count)s customer records. On such a weekday "
                    "it is usually %(own)s, with colleagues %(peers)s.",
                    **numbers,
                )
            else:
                text = self.env._(
                    "%(name)s read %(count)s customer records. On such a weekday it is "
                    "usually %(own)s, with colleagues %(peers)s.",
                    **numbers,
                )
            alert.summary = text

    @api.model
    def _tell_kept(self, labels):
        return self.env._(
            "Alerts are raised by the system; only their reason is yours."
        )

    # ------------------------------------------------------------------ decision

    def action_dismiss(self):
        """It was normal; the reason says why."""
        return self._decide("dismissed")

    def action_confirm(self):
        """It was not justified; the day is no habit."""
        return self._decide("confirmed")

    def action_reopen(self):
        """Look at it again."""
        self._check_others()
        self.sudo().write({"state": "open", "decided_by_id": False})
        return True

    def _decide(self, state):
        self._check_others()
        if self.filtered(lambda alert: not (alert.reason or "").strip()):
            raise UserError(
                self.env._(
                    "Write down the reason first: it is what the next one reads."
                )
            )
        self.sudo().write({"state": state, "decided_by_id": self.env.uid})
        self.sudo().activity_ids.unlink()
        return True

    def _check_others(self):
        self.check_access("write")
        if self.env.user in self.user_id:
            raise AccessError(self.env._("An alert about you is decided by another."))

    def action_open_counts(self):
        """Open the hours behind the alert."""
        self.ensure_one()
        name = "action_export_log" if self.kind == "export" else "action_access_count"
        action = self.env["ir.actions.act_window"]._for_xml_id(f"crm_extended.{name}")
        column = "date" if self.kind == "export" else "hour"
        begin = datetime.combine(self.date, time())
        return {
            **action,
            "context": {},
            "domain": [
                ("user_id", "=", self.user_id.id),
                (column, ">=", fields.Datetime.to_string(begin)),
                (column, "<", fields.Datetime.to_string(begin + timedelta(days=1))),
            ],
        }

    # ------------------------------------------------------------------ watching

    @api.model
    def _cron_watch(self):
        """Judge today, and yesterday whose last hours came after the last look."""
        self.env["crm.access.count"]._flush_counts()
        today = fields.Date.to_date(fields.Datetime.now())  # the log counts UTC days
        for day in (today - timedelta(days=1), today):
            self._watch(day)

    @api.model
    def _watch(self, day):
        """Raise or raise higher the alerts of one day; three queries for all people.

        :param date day: a day in UTC
        :return: the alerts that are new
        """
        volumes, habit_days = self._get_volumes(day)
        known = self.search([("date", "=", day)])
        known = {(a.user_id.id, a.company_id.id, a.kind): a for a in known}
        fresh = self.browse()
        for key, rows in sorted(volumes.get(day, {}).items()):
            own, peers = self._get_habits(key, volumes, habit_days)
            verdict = judge(rows, own, peers, self._get_least_rows())
            if not verdict.is_unusual:
                continue
            values = self._prepare_alert(key, day, verdict)
            if alert := known.get(key):
                if alert.state == "open" and alert.row_count != rows:
                    alert.write(values)
            else:
                fresh |= self.create(values)
        for alert in fresh:
            alert._tell_managers()
        return fresh

    @api.model
    def _get_least_rows(self):
        text = self.env["ir.config_parameter"].get_param(LEAST_ROWS, "200")
        return int(text) if text.isdigit() else 200

    @api.model
    def _get_volumes(self, day):
        """Rows by day and (user, company, kind); the days each user has been seen."""
        since = day - timedelta(weeks=WEEKS)
        bounds = {"since": since, "until": day + timedelta(days=1), "day": day}
        self.env.flush_all()
        volumes = defaultdict(dict)
        for user, company, kind, date, rows in self.env.execute_query(
            SQL(VOLUMES, **bounds)
        ):
            volumes[date][user, company, kind] = rows
        confirmed = self.search([("state", "=", "confirmed"), ("date", ">=", since)])
        for alert in confirmed:
            key = (alert.user_id.id, alert.company_id.id, alert.kind)
            if alert.date != day:
                volumes[alert.date][key] = None  # no habit
        past = [day - timedelta(weeks=week) for week in range(1, WEEKS + 1)]
        seen = dict(self.env.execute_query(SQL(FIRST_SEEN)))
        return volumes, {
            u: [d for d in past if d >= first] for u, first in seen.items()
        }

    @api.model
    def _get_habits(self, key, volumes, habit_days):
        """(own rows, colleagues' rows) on the same weekdays, a day without is a 0."""
        user, company, kind = key

        def habit(one):
            days = [volumes[d].get((one, company, kind), 0) for d in habit_days[one]]
            return [rows for rows in days if rows is not None]

        colleagues = {
            one
            for found in volumes.values()
            for one, place, what in found
            if one != user and place == company and what == kind
        }
        peers = [rows for one in colleagues for rows in habit(one)]
        return habit(user), peers

    @api.model
    def _prepare_alert(self, key, day, verdict):
        user, company, kind = key
        detail, addresses = self._describe(user, company, kind, day)
        return {
            "user_id": user,
            "company_id": company,
            "date": day,
            "kind": kind,
            "row_count": verdict.value,
            "own_median": verdict.own_median or 0,
            "own_score": verdict.own_score or 0,
            "peer_median": verdict.peer_median or 0,
            "peer_score": verdict.peer_score or 0,
            "detail": detail,
            "addresses": addresses,
        }

    @api.model
    def _describe(self, user, company, kind, day):
        table, column = ("crm_export_log", "date"), ("crm_access_count", "hour")
        table, column = table if kind == "export" else column
        rows = self.env.execute_query(
            SQL(
                """
                SELECT res_model, sum(row_count)::int,
                       array_remove(array_agg(DISTINCT ip), NULL)
                  FROM %(table)s WHERE user_id = %(user)s AND company_id = %(company)s
                   AND %(column)s >= %(day)s AND %(column)s < %(day)s + 1
                 GROUP BY 1 ORDER BY 2 DESC
                """,
                table=SQL.identifier(table),
                column=SQL.identifier(column),
                user=user,
                company=company,
                day=day,
            )
        )
        titles = [(self.env["ir.model"]._get(m).name or m, n) for m, n, _ips in rows]
        addresses = sorted({ip for _m, _n, ips in rows for ip in ips})
        return ", ".join(f"{t} {n}" for t, n in titles), ", ".join(addresses)

    def _tell_managers(self):
        self.ensure_one()
        managers = self.env.ref(MANAGER).all_user_ids.filtered(
            lambda u: (
                u.active
                and not u.share
                and u != self.user_id
                and self.company_id in u.company_ids
                and u.id > 1
            )
        )
        for manager in managers:
            self.activity_schedule(
                "mail.mail_activity_data_warning",
                user_id=manager.id,
                summary=self.env._("Unusual reading of customers"),
                note=self.summary,
            )
