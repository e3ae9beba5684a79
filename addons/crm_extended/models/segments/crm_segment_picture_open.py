from odoo import models


class CrmSegment(models.Model):
    """Doors from segments to their pictures."""

    _inherit = "crm.segment"

    def action_open_profile(self):
        """Open what sets the customers of the segment apart."""
        self.ensure_one()
        return self._open_picture("profile")

    def action_open_overlap(self):
        """Open what the segments share; one segment is compared with its neighbours."""
        self.check_access("read")
        segments = self
        if len(self) == 1:
            segments |= self.env["crm.segment.picture"]._get_largest_segments()
        return segments._open_picture("overlap")

    def _open_picture(self, name):
        action = self.env["ir.actions.actions"]._for_xml_id(
            f"crm_extended.action_segment_{name}"
        )
        return {**action, "context": {"segment_ids": self.ids}}


class CrmSegmentFamily(models.Model):
    _inherit = "crm.segment.family"

    def action_open_migration(self):
        """Open who moved between the segments of the family."""
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "crm_extended.action_segment_migration"
        )
        return {**action, "context": {"family_id": self.id}}
