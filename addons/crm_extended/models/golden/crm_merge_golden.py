from odoo import api, models
from odoo.tools import SQL


class Merge(models.Model):
    """A merge asks the survivorship rules, and tells where its values came from."""

    _inherit = "crm.merge"

    @api.model
    def _choose_values(self, groups, by_hand):
        """What stands on the records without a source must not be lost by the merge."""
        self.env["crm.golden"]._keep_members(groups)
        return super()._choose_values(groups, by_hand)

    def _write_values(self, chosen):
        changed = super()._write_values(chosen)
        self.env["crm.golden"]._keep_merged(chosen)
        return changed

    def _take_apart(self, sources):
        """After an undo the rows that the merge made are gone, as if it never was."""
        result = super()._take_apart(sources)
        members = self.partner_id.ids + sources.partner_id.ids
        self.env["crm.golden"].flush_model()
        self.env["crm.source.record"].flush_model()
        self.env.cr.execute(
            SQL(
                """DELETE FROM crm_golden g USING crm_merge m
                   WHERE m.id = ANY(%s) AND g.partner_id = m.partner_id
                     AND g.decided_at = m.create_date""",
                list(self.ids),
            )
        )
        self.env.cr.execute(
            SQL(
                """DELETE FROM crm_source_record r USING crm_merge m, crm_source s
                   WHERE m.id = ANY(%s) AND s.id = r.source_id AND s.kind = 'manual'
                     AND r.key = ANY(%s) AND r.create_date = m.create_date
                     AND r.write_date = r.create_date""",
                list(self.ids),
                [str(id_) for id_ in members],
            )
        )
        self.env["crm.golden"].invalidate_model()
        self.env["crm.source.record"].invalidate_model()
        return result
