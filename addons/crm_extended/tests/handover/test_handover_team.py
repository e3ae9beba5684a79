from odoo.fields import Command
from odoo.tests import tagged

from .handover_common import HandoverCase


@tagged("post_install", "-at_install")
class TestHandoverTeam(HandoverCase):
    """Documents go to the successor's sales team, and come back to the old one."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.old, cls.new, cls.shared = cls.env["crm.team"].create(
            [
                {"name": "Old", "member_ids": [Command.set(cls.jan.ids)]},
                {"name": "New", "member_ids": [Command.set(cls.eva.ids)]},
                {"name": "Shared", "user_id": cls.eva.id},
            ]
        )
        cls.customer = cls.add_customer("School")

    def lead(self, team, **vals):
        return self.add_lead(self.customer, team_id=team.id, **vals)

    def test_what_the_successors_team_does_not_have_goes_to_it_and_comes_back(self):
        lead, led = self.lead(self.old), self.lead(self.shared)
        order = self.add_order(self.customer, team_id=self.old.id)
        stage = lead.stage_id
        handover = self.hand_over()
        self.assertEqual(handover.state, "done", handover.error)
        own = self.new | self.shared
        self.assertIn(lead.team_id, own)
        self.assertEqual(led.team_id, self.shared, "she leads that team")
        self.assertIn(order.team_id, own)
        self.assertEqual(lead.stage_id, stage)
        self.assertEqual(handover.moved_count, 4, "teams are no documents")
        handover.move_ids.mapped("now_user_id")
        self.undo(handover)
        self.assertEqual((lead | order.opportunity_id).team_id, self.old)
        self.assertEqual((led.team_id, order.team_id), (self.shared, self.old))
        self.assertEqual(set(handover.move_ids.mapped("undone")), {True})

    def test_a_team_that_was_changed_since_stays(self):
        lead = self.lead(self.old)
        other = self.env["crm.team"].create({"name": "Other"})
        handover = self.hand_over()
        lead.team_id = other
        self.undo(handover)
        self.assertEqual((lead.user_id, lead.team_id), (self.jan, other))

    def test_a_stage_of_one_team_keeps_the_lead_there(self):
        stage = self.env["crm.stage"].create(
            {"name": "Only ours", "team_ids": [Command.set(self.old.ids)]}
        )
        lead = self.lead(self.old, stage_id=stage.id)
        self.hand_over()
        self.assertEqual((lead.user_id, lead.team_id), (self.eva, self.old))
        self.assertEqual(lead.stage_id, stage)

    def test_a_successor_without_a_team_leaves_it_as_it_is(self):
        lead = self.lead(self.old)
        self.hand_over([{"user_id": self.marek.id}])
        self.assertEqual((lead.user_id, lead.team_id), (self.marek, self.old))
