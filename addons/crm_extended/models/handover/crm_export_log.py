import json

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.http import request
from odoo.tools import SQL

from ...vigilance.domain_shape import shape

FORMATS = [
    ("csv", "CSV"),
    ("xlsx", "Excel"),
    ("pivot", "Pivot Table"),
    ("rpc", "Interface"),
]
LOCK = 7_302_026  # one number for the lock of exports, and the user's as the second
LONGEST = 2_000


class CrmExportLog(models.Model):
    """Who took what out: model, fields, filter without its values, number of rows.

    The row is written in a transaction of its own before the data leave, so that it
    stays whatever happens to the export, and fifty exports at once count each other. A
    refused export is logged as well. Nobody edits or deletes the log; it is kept for as
    long as what it says can be asked for (400 days).
    """

    _name = "crm.export.log"
    _inherit = "crm.kept.mixin"
    _description = "Export Log"
    _order = "date desc, id desc"
    _log_access = False
    _rec_name = "res_model"

    user_id = fields.Many2one(
        "res.users", required=True, ondelete="restrict", index=True, readonly=True
    )
    company_id = fields.Many2one("res.company", readonly=True)
    date = fields.Datetime(required=True, index=True, readonly=True)
    res_model = fields.Char("Model", required=True, readonly=True)
    model_name = fields.Char("Documents", compute="_compute_model_name")
    format = fields.Selection(FORMATS, required=True, readonly=True)
    field_names = fields.Text("Fields", readonly=True)
    filter_shape = fields.Char(
        "Filter", readonly=True, help="Fields that were filtered by, without the values"
    )
    row_count = fields.Integer("Rows", required=True, readonly=True)
    state = fields.Selection(
        [("done", "Exported"), ("refused", "Refused")], required=True, readonly=True
    )
    reason = fields.Char("Refused Because", readonly=True)
    ip = fields.Char("From Address", readonly=True)

    @api.depends("res_model")
    def _compute_model_name(self):
        for log in self:
            log.model_name = self.env["ir.model"]._get(log.res_model).name

    @api.model
    def _tell_kept(self, labels):
        return self.env._("The log of exports is written by the system alone.")

    @api.autovacuum
    def _gc_log(self):
        old = self.search([("date", "<", "-400d")], limit=10_000)
        old.unlink()
        return len(old), len(old)

    # ------------------------------------------------------------------ exporting

    @api.model
    def _admit_export(self, records, field_names):
        """Log an export of records, or refuse it.

        :raises UserError: no right, or more rows than the limit
        """
        self._admit(records._name, len(records), field_names, *self._read_request())

    @api.model
    def _admit(self, model, rows, field_names, kind="rpc", domain=None):
        user = self.env.user
        has_right = self.env.is_admin() or user.has_group("base.group_allow_export")
        names = ", ".join(str(name) for name in field_names)[:LONGEST]
        address = request.httprequest.remote_addr if request else None
        values = {
            "user": user.id,
            "company": self.env.company.id,
            "model": model,
            "kind": kind,
            "names": names,
            "filter": shape(domain) if domain else None,
            "rows": rows,
            "ip": address,
        }
        limits = self.env["crm.export.limit"].sudo()  # nobody's limits are a secret
        once, daily = limits._get_limits(user, model)
        with self.env["crm.access.count"]._own_cursor() as cursor:
            # Waits for this user's other exports, so that each sees the rows of all.
            cursor.execute(SQL("SELECT pg_advisory_xact_lock(%s, %s)", LOCK, user.id))
            taken = self._get_taken_today(cursor, user, model) if daily else 0
            problem = None
            if not has_right:
                problem = self.env._(
                    "You have no right to export. Ask your manager for the group "
                    "Export, or for the file."
                )
            elif once is not None and rows > once:
                problem = self._tell_too_many(model, rows, once)
            elif daily and taken + rows > daily:
                problem = self._tell_enough_today(model, rows, taken, daily)
            self._write_log(cursor, values, problem)
        if problem:
            raise UserError(problem)

    @api.model
    def _get_taken_today(self, cursor, user, model):
        cursor.execute(
            SQL(
                """
                SELECT COALESCE(sum(row_count), 0) FROM crm_export_log
                 WHERE user_id = %s AND res_model = %s AND state = 'done'
                   AND date >= date_trunc('day', now() AT TIME ZONE 'UTC')
                """,
                user.id,
                model,
            )
        )
        return cursor.fetchone()[0]

    @api.model
    def _write_log(self, cursor, values, problem):
        cursor.execute(
            SQL(
                """
                INSERT INTO crm_export_log
                    (user_id, company_id, date, res_model, format, field_names,
                     filter_shape, row_count, state, reason, ip)
                VALUES (%(user)s, %(company)s, now() AT TIME ZONE 'UTC', %(model)s,
                        %(kind)s, %(names)s, %(filter)s, %(rows)s, %(state)s,
                        %(reason)s, %(ip)s)
                """,
                **values,
                state="refused" if problem else "done",
                reason=problem,
            )
        )

    @api.model
    def _tell_too_many(self, model, rows, once):
        numbers = {"rows": rows, "once": once, "name": self._get_title(model)}
        if not once:
            return self.env._(
                "Your group may not export %(name)s. Ask your manager.", **numbers
            )
        return self.env._(
            "You may export %(once)s rows of %(name)s at once, and these are %(rows)s. "
            "Narrow the filter, or ask your manager.",
            **numbers,
        )

    @api.model
    def _tell_enough_today(self, model, rows, taken, daily):
        return self.env._(
            "You may export %(daily)s rows of %(name)s in a day. You took %(taken)s "
            "already, and these are %(rows)s more. Go on tomorrow, or ask your "
            "manager.",
            daily=daily,
            taken=taken,
            rows=rows,
            name=self._get_title(model),
        )

    @api.model
    def _get_title(self, model):
        return self.env["ir.model"].sudo()._get(model).name or model

    @api.model
    def _read_request(self):
        """The form and the filter of an export that the web client asked for.

        :return: (format, domain or None)
        """
        path = request.httprequest.path if request else ""
        kind = {"/web/export/csv": "csv", "/web/export/xlsx": "xlsx"}.get(path)
        if not kind:
            return "rpc", None
        try:
            asked = json.loads(request.params.get("data") or "{}")
        except ValueError:
            return kind, None
        if not isinstance(asked, dict):
            return kind, None
        domain = [["id", "in", None]] if asked.get("ids") else asked.get("domain")
        return kind, domain
