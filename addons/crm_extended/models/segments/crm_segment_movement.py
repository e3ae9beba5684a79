from odoo import fields, models
from odoo.tools import SQL


class CrmSegmentMovement(models.Model):
    """One customer entering (+1) or leaving (-1) a segment.

    Summed up over time, movements are the segment's size on any day; by themselves,
    they tell how many came and went.
    """

    _name = "crm.segment.movement"
    _description = "Segment Movement"
    _auto = False
    _order = "date desc, id desc"
    _depends = {
        "crm.segment.member": [
            "segment_id",
            "partner_id",
            "company_id",
            "valid_from",
            "valid_to",
        ],
        "crm.segment": ["family_id"],
    }

    segment_id = fields.Many2one("crm.segment", readonly=True)
    family_id = fields.Many2one("crm.segment.family", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    date = fields.Date(readonly=True)
    kind = fields.Selection([("in", "Entered"), ("out", "Left")], readonly=True)
    change = fields.Integer(string="Customers", readonly=True)

    @property
    def _table_query(self):
        half = """
            SELECT 2 * m.id + %(odd)s AS id, m.segment_id, s.family_id, m.partner_id,
                   m.company_id, m.%(day)s AS date, %(kind)s AS kind,
                   %(change)s AS change
              FROM crm_segment_member m JOIN crm_segment s ON s.id = m.segment_id
        """
        entered = SQL(half, odd=0, day=SQL("valid_from"), kind="in", change=1)
        left = SQL(half, odd=1, day=SQL("valid_to"), kind="out", change=-1)
        return SQL("%s UNION ALL %s WHERE m.valid_to IS NOT NULL", entered, left)
