from odoo.exceptions import ValidationError
from odoo.tests import tagged

from .relation_common import RelationCase


@tagged("post_install", "-at_install")
class TestRelationMerge(RelationCase):
    """Relations follow a merged customer, and come back when the merge is undone."""

    def merge(self, target, source):
        merge = self.env["crm.merge"]._merge([(target.id, source.ids)])
        self.env.invalidate_all()
        return merge

    def roles(self, partner):
        return sorted(
            (r.role_id.name, r.other_id.name) for r in partner.crm_relation_ids
        )

    def test_relations_follow_and_return(self):
        self.relate(self.boris, "works_for", self.shop)
        self.relate(self.anna, "household", self.family)
        merge = self.merge(self.anna, self.boris)
        both = [("belongs to household", "Family"), ("works for", "Shop")]
        self.assertEqual(self.roles(self.anna), both)
        drawing = self.env["crm.relation"].read_drawing(self.shop.id)
        self.assertEqual(
            [n["name"] for n in drawing["nodes"]], ["Shop", "Anna", "Family"]
        )
        merge.action_undo()
        self.env.invalidate_all()
        self.assertEqual(self.roles(self.anna), both[:1])
        self.assertEqual(self.roles(self.boris), both[1:])

    def test_the_same_relation_of_both_is_there_once(self):
        self.relate(self.anna, "works_for", self.shop)
        self.relate(self.boris, "works_for", self.shop)
        self.merge(self.anna, self.boris)
        self.assertEqual(self.roles(self.anna), [("works for", "Shop")])

    def test_nobody_is_related_to_himself_by_a_merge(self):
        self.relate(self.anna, "household", self.boris)
        self.merge(self.anna, self.boris)
        self.assertEqual(self.roles(self.anna), [])

    def test_merge_that_closes_a_circle_is_refused(self):
        self.relate(self.shop, "branch", self.house)
        self.relate(self.annex, "branch", self.shop)
        with self.assertRaisesRegex(ValidationError, "circle"), self.env.cr.savepoint():
            self.merge(self.house, self.annex)
        self.env.invalidate_all()
        self.assertTrue(self.annex.active)
        self.assertEqual(self.roles(self.annex), [("is a branch of", "Shop")])
