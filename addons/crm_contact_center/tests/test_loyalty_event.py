from odoo.tests import TransactionCase, tagged


@tagged("post_install", "-at_install")
class TestLoyaltyEvent(TransactionCase):
    def test_a_solved_case_counts_once(self):
        customer = self.env["res.partner"].create({"name": "T Anna"})
        stages = self.env["helpdesk.ticket.stage"]
        closed = stages.search([("closed", "=", True)], limit=1)
        still_open = stages.search([("closed", "=", False)], limit=1)
        ticket = self.env["helpdesk.ticket"].create(
            {
                "name": "T Amplifier",
                "description": "hums",
                "partner_id": customer.id,
                "stage_id": still_open.id,
            }
        )
        events = self.env["crm.loyalty.event"]
        mine = [("partner_id", "=", customer.id)]
        self.assertFalse(events.search(mine))
        for stage in (closed, still_open, closed):
            ticket.stage_id = stage
        found = events.search(mine)
        self.assertEqual((found.kind_id.code, found.document), ("case", ticket.number))
