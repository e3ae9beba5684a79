from odoo import api, fields, models
from odoo.exceptions import UserError


class MergePartnerAutomatic(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    apart = fields.Text(string="Said to Be Different", compute="_compute_apart")

    @api.depends("partner_ids")
    def _compute_apart(self):
        for wizard in self:
            members = wizard.partner_ids._origin or wizard.partner_ids
            wizard.apart = self.env["crm.match"]._warn_apart(members.ids)

    def action_start_automatic_process(self):
        """Nobody looks: groups with records that were decided to differ are left."""
        return super(
            MergePartnerAutomatic, self.with_context(crm_unattended=True)
        ).action_start_automatic_process()

    def action_update_all_process(self):
        """As merging automatically."""
        return super(
            MergePartnerAutomatic, self.with_context(crm_unattended=True)
        ).action_update_all_process()

    @api.model
    def _merge(self, partner_ids, dst_partner=None, extra_checks=True):
        """Odoo's own merge is ours: the merged records are kept and can come back.

        Odoo rewrites references record by record, deletes rows that clash and deletes
        the merged contacts.
        """
        partners = self.env["res.partner"].with_context(active_test=False)
        partners = partners.browse(partner_ids).exists()
        if len(partners) < 2:
            return
        partners.check_access("write")
        if self.env.context.get("crm_unattended") and self.env["crm.match"]._find_apart(
            partners.ids
        ):
            return
        steward = self.env.user.has_group("crm_extended.group_steward")
        if not (self.env.is_admin() or steward) and extra_checks:
            if len(set(partners.mapped("email"))) > 1:
                raise UserError(
                    self.env._(
                        "The contacts have different e-mail addresses. A data steward "
                        "merges them."
                    )
                )
        target = dst_partner if dst_partner in partners else None
        target = target or self._get_ordered_partner(partners.ids)[-1]
        merges = self.env["crm.merge"].sudo()  # the access to the records is checked
        merges._merge(
            [(target.id, (partners - target).ids)],
            reason=self.env._("Merged with Odoo's contact merge"),
        )
        self._log_merge_operation(partners - target, target)

    def _log_merge_operation(self, src_partners, dst_partner):
        """The journal and the note on the customer say it already."""
