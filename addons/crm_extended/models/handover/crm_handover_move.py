from odoo import api, fields, models
from odoo.tools import SQL

from .matter import MATTERS


class CrmHandoverMove(models.Model):
    """One change that a handover made, with what was there before.

    `field` is the person's field of a document, `team_id` for its sales team, or:
    `follow` and `unfollow` for a follower come and gone, `attend` for the successor's
    seat at a meeting. The journal is written by the run and read by the undo; nobody
    edits it.
    """

    _name = "crm.handover.move"
    _inherit = "crm.kept.mixin"
    _description = "Journal of a Handover"
    _order = "handover_id desc, id"
    _log_access = False

    handover_id = fields.Many2one(
        "crm.handover", required=True, ondelete="cascade", index=True, readonly=True
    )
    line_id = fields.Many2one(
        "crm.handover.line", ondelete="set null", index="btree_not_null", readonly=True
    )
    partner_id = fields.Many2one(related="line_id.partner_id", string="Customer")
    company_id = fields.Many2one(related="handover_id.company_id")
    kind = fields.Char(readonly=True)
    res_model = fields.Char(string="Document Model", required=True, readonly=True)
    res_id = fields.Many2oneReference(
        string="Document Number", model_field="res_model", required=True, readonly=True
    )
    field = fields.Char(required=True, readonly=True)
    old_id = fields.Integer(readonly=True, help="Who or what was there before")
    new_id = fields.Integer(readonly=True)
    old_user_id = fields.Many2one(
        "res.users", string="From", compute="_compute_users", compute_sudo=True
    )
    new_user_id = fields.Many2one(
        "res.users", string="To", compute="_compute_users", compute_sudo=True
    )
    now_user_id = fields.Many2one(
        "res.users",
        string="Now With",
        compute="_compute_now_user",
        compute_sudo=True,
        help="Who answers for the document today",
    )
    data = fields.Json(readonly=True)
    undone = fields.Boolean(readonly=True)
    document = fields.Char(compute="_compute_document")

    _change_uniq = models.UniqueIndex(
        "(handover_id, res_model, res_id, field, new_id)",
        "A handover changes a field of a document once.",
    )

    @api.model
    def _tell_kept(self, labels):
        return self.env._("The journal is written by the handover alone.")

    @api.depends("field", "old_id", "new_id")
    def _compute_users(self):
        users = self.env["res.users"].with_context(active_test=False)
        fields_of_people = {matter.field for matter in MATTERS}
        persons = self.filtered(lambda m: m.field in fields_of_people)
        known = set(
            users.browse({*persons.mapped("old_id"), *persons.mapped("new_id")} - {0})
            .exists()
            .ids
        )
        for move in self:
            is_person = move in persons
            old, new = (
                i if is_person and i in known else False
                for i in (move.old_id, move.new_id)
            )
            move.old_user_id, move.new_user_id = old, new

    @api.depends("res_model", "res_id", "field")
    def _compute_now_user(self):
        self.now_user_id = False
        of_people = {matter.field for matter in MATTERS}
        for (model, field), moves in self.grouped(
            lambda m: (m.res_model, m.field)
        ).items():
            known = model in self.env and field in self.env[model]._fields
            if not known or field not in of_people:
                continue
            documents = self.env[model].browse(moves.mapped("res_id")).exists()
            now = {document.id: document[field] for document in documents}
            for move in moves:
                move.now_user_id = now.get(move.res_id, False)

    @api.depends("res_model", "res_id")
    @api.depends_context("uid")
    def _compute_document(self):
        """The document's name for who may read it, its kind and number for others."""
        for model, moves in self.grouped("res_model").items():
            names = {}
            if model in self.env and self.env[model].has_access("read"):
                documents = self.env[model].browse(moves.mapped("res_id")).exists()
                documents = documents._filtered_access("read")
                names = {document.id: document.display_name for document in documents}
            title = self.env["ir.model"]._get(model).name or model
            for move in moves:
                move.document = names.get(move.res_id) or f"{title} {move.res_id}"

    def action_open_document(self):
        """Open the document, if the reader may see it."""
        self.ensure_one()
        record = self.env[self.res_model].browse(self.res_id)
        return record.get_formview_action()

    @api.model
    def _find_changed(self, handover):
        """Journal rows whose document is not as the handover left it.

        One query per kind of document, none per document.
        """
        changed = self.browse()
        self.env.flush_all()
        for matter in MATTERS:
            if matter.model not in self.env:
                continue
            rows = self.env.execute_query(
                SQL(
                    """
                    SELECT m.id FROM crm_handover_move m
                      LEFT JOIN %(table)s t ON t.id = m.res_id
                     WHERE m.handover_id = %(handover)s
                       AND NOT COALESCE(m.undone, FALSE)
                       AND m.res_model = %(model)s AND m.field = %(name)s
                       AND t.%(field)s IS DISTINCT FROM m.new_id
                     ORDER BY m.id
                    """,
                    table=SQL.identifier(self.env[matter.model]._table),
                    handover=handover.id,
                    model=matter.model,
                    name=matter.field,
                    field=SQL.identifier(matter.field),
                )
            )
            changed |= self.browse([id_ for (id_,) in rows])
        return changed
