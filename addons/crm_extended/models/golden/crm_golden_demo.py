from odoo import api, models


class Golden(models.Model):
    _inherit = "crm.golden"

    @api.model
    def _load_demo(self, xmlid):
        """The rules decide about a customer of the story as an import would.

        :param xmlid: of a res.partner with source records
        """
        partner = self.env.ref(xmlid)
        watched = set(self.env["crm.survivorship.rule"]._get_watched())
        self._redecide({partner.id: watched})
        records = self.env["crm.source.record"].search(
            [("partner_id", "=", partner.id), ("source_id.proposes", "=", True)]
        )
        records._find_proposals()
