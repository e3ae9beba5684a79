from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

from .crm_erasure_steps import in_parts


class Erasure(models.Model):
    """What was written by people and about them."""

    _inherit = "crm.erasure"

    @api.model
    def _get_talk_models(self):
        """Models whose whole chatter is about the person; override to add yours."""
        return ["res.partner", "crm.lead", "crm.privacy.request"]

    def _erase_mail(self, persons):
        """Empty what they wrote and what was said on their records; by policy.

        Messages on invoices stay: they belong to the books. The thread stays too, so
        that colleagues' own messages keep their place.
        """
        documents = self._find_talked_about(persons)
        domain = self._get_talk_domain(persons, documents)
        messages = self.env["mail.message"].sudo().search(domain)
        files = messages.attachment_ids
        for name, ids in documents.items():
            files |= files.search([("res_model", "=", name), ("res_id", "in", ids)])
        files.unlink()
        self._erase_rows("mail.message", {"keep": set(messages.ids)})
        for table, column in (
            ("mail_tracking_value", "mail_message_id"),
            ("mail_mail", "mail_message_id"),
        ):
            for ids in in_parts(messages.ids):
                self.env.cr.execute(
                    SQL(
                        "DELETE FROM %s WHERE %s = ANY(%s)",
                        SQL.identifier(table),
                        SQL.identifier(column),
                        ids,
                    )
                )
        self.env.invalidate_all(flush=False)

    def _find_talked_about(self, persons):
        """Documents whose whole chatter is about these people: {model: ids}"""
        documents = {}
        for name in self._get_talk_models():
            rows = self._find_rows_of(name, persons)
            documents[name] = [i for ids in rows.values() for i in ids]
        return documents

    def _get_talk_domain(self, persons, documents=None):
        """Messages that these people wrote or that stand on their records."""
        domain = Domain("author_id", "in", persons.ids)
        domain &= self._get_touchable_domain("mail.message")
        for name, ids in (documents or self._find_talked_about(persons)).items():
            domain |= Domain("model", "=", name) & Domain("res_id", "in", ids)
        return domain
