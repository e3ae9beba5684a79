from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError


class ResPartner(models.Model):
    _inherit = "res.partner"

    merged_into_id = fields.Many2one(
        "res.partner",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="The record that goes on; this one is kept archived so that the merge can "
        "be undone",
    )
    merged_ids = fields.One2many(
        "res.partner",
        "merged_into_id",
        string="Merged Records",
        readonly=True,
        context={"active_test": False},
    )
    merged_count = fields.Integer(compute="_compute_merged_count")

    @api.depends("merged_ids")
    def _compute_merged_count(self):
        rows = self.with_context(active_test=False)._read_group(
            [("merged_into_id", "in", self.ids)], ["merged_into_id"], ["__count"]
        )
        counts = {partner.id: count for partner, count in rows}
        for partner in self:
            partner.merged_count = counts.get(partner.id, 0)

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_not_entered(vals)
        return super().create(vals_list)

    def write(self, vals):
        self._check_not_entered(vals)
        if vals.get("active") and self._only_merged():
            raise UserError(
                self.env._(
                    "%(customer)s was merged into %(into)s. Undo the merge to have it "
                    "back with all that moved.",
                    customer=self._only_merged()[0].display_name,
                    into=self._only_merged()[0].merged_into_id.display_name,
                )
            )
        return super().write(vals)

    @api.model
    def _check_not_entered(self, vals):
        if "merged_into_id" in vals and not self.env.su:
            raise AccessError(
                self.env._("Merge the records: this is not entered by hand.")
            )

    def _only_merged(self):
        return self.filtered("merged_into_id")

    def action_merge_customers(self):
        """Open the dialog that unites the selected customers.

        :raises UserError: when fewer than two or more than twenty were selected
        """
        return self.env["crm.merge.dialog"]._open(self)

    def action_open_merges(self):
        """The merges that this customer is part of, as survivor or merged record."""
        self.check_access("read")
        action = self.env["ir.actions.actions"]._for_xml_id("crm_extended.action_merge")
        action["domain"] = [
            "|",
            ("partner_id", "in", self.ids),
            ("source_ids.partner_id", "in", self.ids),
        ]
        action["context"] = {}
        return action
