from datetime import timedelta

from odoo.tests import tagged

from .segment_common import SegmentCase
from .segment_world import SegmentWorld

SEEDS = range(6)
DAYS = 10


@tagged("post_install", "-at_install")
class TestSegmentProperty(SegmentCase):
    """Looking at what changed, at everybody, and plain Python are of one opinion."""

    def test_news_everybody_and_plain_python_find_the_same_members(self):
        for seed in SEEDS:
            savepoint = self.env.cr.savepoint()
            with self.subTest(seed=seed):
                self.live(SegmentWorld(self, seed))
            savepoint.close(rollback=True)
            self.env.invalidate_all(flush=False)

    def live(self, world):
        for number in range(9):
            if number in (3, 5, 7):
                world.add_segment(family_id=self.family.id)
            elif number == 4:
                world.add_segment(limit_count=3, limit_score_id=self.recency.id)
            else:
                world.add_segment()
        world.rate()
        segments = self.env["crm.segment"]
        segments._refresh(None, world.day)
        self.assertEqual(world.found(), world.expect())
        told = 0
        for _day in range(DAYS):
            for _change in range(world.random.randrange(4)):
                world.change()
            if world.random.random() < 0.5:
                world.day += timedelta(days=world.random.randrange(3))
            counts = segments._refresh_changed(world.day)
            told += counts["entered"] + counts["left"]
            self.assertFalse(counts["problems"], segments.search([]).mapped("problem"))
            expected = world.expect()
            self.assertEqual(world.found(), expected, self.tell(world, expected))
            again = segments._refresh(None, world.day)
            self.assertEqual((again["entered"], again["left"]), (0, 0))
            self.check_history(world)
        self.assertTrue(told, "a test in which nobody moves proves nothing")

    def tell(self, world, expected):
        found = world.found()
        return "\n".join(
            f"{s.name} {world.trees[s]}: {s.explanation}"
            for s in world.segments
            if found[s.id] != expected[s.id]
        )

    def check_history(self, world):
        """Who is in today was in as of today; stays of one customer do not overlap."""
        for segment in world.segments:
            self.assertEqual(
                set(segment._members_on(world.day).ids), world.members[segment.id]
            )
            for stays in segment.member_ids.grouped("partner_id").values():
                ends = stays.sorted("valid_from")
                for before, after in zip(ends, ends[1:], strict=False):
                    self.assertLessEqual(before.valid_to, after.valid_from)
