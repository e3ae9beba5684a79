from odoo import api, models


class PersonalData(models.AbstractModel):
    _inherit = "crm.personal.data"

    @api.model
    def _get_declarations(self):
        """Work items, calls and cases say what people asked for."""
        own = "crm_contact_center/privacy/personal_data.csv"
        return [*super()._get_declarations(), own]


class Erasure(models.Model):
    _inherit = "crm.erasure"

    @api.model
    def _get_talk_models(self):
        """What was written on a work item is about the person."""
        return [*super()._get_talk_models(), "crm.work.item"]
