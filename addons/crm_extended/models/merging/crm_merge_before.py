from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL


class CrmMergeBefore(models.Model):
    """Which record goes on, and nobody else at work on the records meanwhile."""

    _inherit = "crm.merge"

    @api.model
    def _order_groups(self, groups):
        """Which record of each group goes on, so that it is allowed if it can be.

        One in use, above its own contacts, with a login, shared between companies; of
        equals the oldest.

        :param groups: lists of partner ids
        :returns: list of (target id, [source ids]), in the order of the groups
        """
        groups = [list(group) for group in groups]
        ids = [id_ for group in groups for id_ in group]
        # sudo: only the order is told
        partners = self.env["res.partner"].sudo().with_context(active_test=False)
        partners = partners.browse(ids)
        partners.fetch(["active", "parent_id", "company_id"])
        users = self.env["res.users"].sudo().search([("partner_id", "in", ids)])
        logins = set(users.partner_id.ids)
        facts = {
            partner.id: (not partner.active, partner.parent_id.id, partner.company_id)
            for partner in partners
        }

        def order(id_, members):
            archived, parent, company = facts[id_]
            return archived, parent in members, id_ not in logins, bool(company), id_

        ordered = [
            sorted(group, key=lambda id_, group=group: order(id_, group))
            for group in groups
        ]
        return [(first, sorted(rest)) for first, *rest in ordered]

    @api.model
    def _lock(self, ids):
        """Nobody else merges, edits or refers to these records until we are done.

        A document that somebody is booking for them just now would not be seen and
        would stay behind: its foreign key holds the row, and that is told as well. In
        the order of their ids, so that two runs never wait for each other.
        """
        rows = self.env.execute_query(
            SQL(
                """SELECT id FROM res_partner WHERE id = ANY(%s) ORDER BY id
                   FOR UPDATE SKIP LOCKED""",
                list(ids),
            )
        )
        if missing := set(ids) - {id_ for (id_,) in rows}:
            names = self.env["res.partner"].sudo().browse(sorted(missing)[:3])
            raise UserError(
                self.env._(
                    "Somebody is merging or changing %(customers)s right now. Try "
                    "again in a minute.",
                    customers=", ".join(names.mapped("display_name")),
                )
            )
