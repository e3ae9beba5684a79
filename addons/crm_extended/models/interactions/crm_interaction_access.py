from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL


class CrmInteraction(models.Model):
    """Who sees an interaction, decided in SQL, so that it holds wherever rows are read.

    The record rule of the model is `is_shown`. A channel is seen by all, by groups, or
    by those who may read the document an interaction came from: then the rules of the
    document's model are asked by the same statement, row by row of the page only.
    """

    _inherit = "crm.interaction"

    is_shown = fields.Boolean(
        string="Visible to Me", compute="_compute_is_shown", search="_search_is_shown"
    )

    @api.depends("channel", "user_id", "res_model", "res_id")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_is_shown(self):
        """The rule in Python, for the few records of a write or an access check."""
        me = self.with_user(self.env.uid).env
        whole, by_document = me["crm.interaction.rule"]._get_visible_channels()
        asked = {}
        for row in self.sudo():
            asked.setdefault(row.res_model, set()).add(row.res_id)
        readable = {
            model: set(
                me[model]
                .with_context(active_test=False)
                .search([("id", "in", list(ids))])
                .ids
            )
            for model, ids in asked.items()
            if model in self._get_document_models() and me[model].has_access("read")
        }
        for row in self:
            document = row.sudo()
            row.is_shown = (
                document.user_id.id == me.uid
                or document.channel in whole
                or (
                    document.channel in by_document
                    and (
                        not document.res_model
                        or document.res_id in readable.get(document.res_model, ())
                    )
                )
            )

    def _search_is_shown(self, operator, value):
        if operator != "in":
            return NotImplemented
        me = self.with_user(self.env.uid).env
        whole, by_document = me["crm.interaction.rule"]._get_visible_channels()
        readable = Domain("res_model", "=", False) | Domain.custom(
            to_sql=self._document_is_readable
        )
        shown = (
            Domain("user_id", "=", me.uid)
            | Domain("channel", "in", whole)
            | (Domain("channel", "in", by_document) & readable)
        )
        return shown if True in value else ~shown

    @api.model
    def _get_document_models(self):
        """Models whose documents may show an interaction to their readers."""
        named = [name for a in self._get_adapters() for name in a.document_models()]
        names = dict.fromkeys([*self._get_mail_models(), *named])
        return [name for name in names if name in self.env]

    @staticmethod
    def _document_is_readable(model, alias, query):
        """SQL that is true where the user may read the document of the interaction."""
        me = model.with_user(model.env.uid).with_context(active_test=False)
        cases = []
        for name in me._get_document_models():
            documents = me.env[name]
            if not documents.has_access("read"):
                continue
            found = documents._search(Domain.TRUE, order="id")
            found.add_where(
                SQL(
                    "%s = %s",
                    SQL.identifier(found.table, "id"),
                    SQL.identifier(alias, "res_id"),
                )
            )
            cases.append(SQL("WHEN %s THEN EXISTS %s", name, found.subselect("1")))
        if not cases:
            return SQL("FALSE")
        return SQL(
            "CASE %s %s ELSE FALSE END",
            SQL.identifier(alias, "res_model"),
            SQL(" ").join(cases),
        )
