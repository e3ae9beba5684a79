from odoo import api, fields, models
from odoo.tools import SQL


class CrmExportLimit(models.Model):
    """How many rows a group may export at once and in a day.

    Who is in several groups may do what the most generous of them may. A limit for the
    very model goes before one for all models. Without a limit Odoo's right to export
    decides alone. Who changed a limit, and from what, is in its chatter.
    """

    _name = "crm.export.limit"
    _inherit = ["mail.thread"]
    _description = "Export Limit"
    _order = "group_id, model_id"

    group_id = fields.Many2one(
        "res.groups", required=True, ondelete="cascade", tracking=True
    )
    model_id = fields.Many2one(
        "ir.model",
        string="Documents",
        ondelete="cascade",
        domain=[("transient", "=", False)],
        tracking=True,
        help="Empty: all documents",
    )
    max_rows = fields.Integer(
        "At Once",
        required=True,
        default=1000,
        tracking=True,
        help="0: no export at all",
    )
    max_rows_day = fields.Integer(
        "In a Day", tracking=True, help="0: as often as they like"
    )
    active = fields.Boolean(default=True, tracking=True)

    _rows_positive = models.Constraint(
        "CHECK (max_rows >= 0 AND max_rows_day >= 0)", "A limit cannot be negative."
    )
    _group_model_uniq = models.UniqueIndex(
        "(group_id, COALESCE(model_id, 0)) WHERE active",
        "This group has a limit for these documents already.",
    )

    @api.depends("group_id", "model_id")
    def _compute_display_name(self):
        for limit in self:
            documents = limit.model_id.name or self.env._("all documents")
            limit.display_name = f"{limit.group_id.full_name}: {documents}"

    @api.model
    def _get_limits(self, user, model):
        """Rows at once and in a day for this user; None: no limit.

        :return: (at once, in a day), each an int or None
        """
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT l.max_rows, NULLIF(l.max_rows_day, 0), l.model_id IS NOT NULL
                  FROM crm_export_limit l LEFT JOIN ir_model m ON m.id = l.model_id
                 WHERE l.active AND l.group_id = ANY(%s)
                   AND (l.model_id IS NULL OR m.model = %s)
                """,
                user.all_group_ids.ids,
                model,
            )
        )
        exact = any(is_exact for *_limits, is_exact in rows)
        rows = [row for row in rows if row[2] == exact]
        if not rows:
            return None, None
        daily = [day for _once, day, _exact in rows]
        return max(once for once, *_rest in rows), None if None in daily else max(daily)
