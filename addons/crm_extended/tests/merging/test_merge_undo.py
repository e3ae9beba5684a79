from unittest.mock import patch

from odoo.tests import tagged

from .merge_world import MergeWorld


@tagged("post_install", "-at_install")
class TestMergeUndo(MergeWorld):
    """What can go back goes back; what cannot is listed before, and stays."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ada = cls.make("Ada", email="ada@example.com")
        cls.eva = cls.make("Eva", city="Brno", phone="+420777000001")
        cls.ida = cls.make("Ida", city="Praha", ref="I-1")

    def open_undo(self, merge, sources=None):
        action = (sources or merge).with_user(self.steward).action_ask_undo()
        return (
            self.env["crm.merge.undo"].with_user(self.steward).browse(action["res_id"])
        )

    def test_nothing_is_listed_when_everything_can_go_back(self):
        self.order(self.eva)
        undo = self.open_undo(self.merge(self.ada, self.eva))
        self.assertEqual(undo.problem_count, 0)
        undo.action_undo()
        self.assertTrue(self.eva.active)

    def test_what_was_deleted_moved_or_edited_since_is_listed_and_left(self):
        deleted, moved, stays = (self.order(self.eva) for _ in range(3))
        merge = self.merge(self.ada, self.eva)
        deleted.unlink()
        moved.partner_id = self.ida
        self.ada.city = "Ostrava"
        self.env.flush_all()
        undo = self.open_undo(merge)
        told = {(line.what, line.reason) for line in undo.line_ids}
        self.assertIn(("Customer", "gone"), told)
        self.assertIn(("Customer", "moved"), told)
        self.assertIn(("City", "edited"), told)
        undo.action_undo()
        self.assertEqual(moved.partner_id, self.ida)
        self.assertEqual(stays.partner_id, self.eva)
        self.assertEqual(self.ada.city, "Ostrava")
        self.assertFalse(self.ada.phone)

    def test_what_was_booked_for_the_merged_record_later_is_brought_over(self):
        about = {"res_model": "res.partner", "res_id": self.ida.id}
        kept = self.env["mail.followers"].create(
            [{**about, "partner_id": who.id} for who in (self.ada, self.eva)]
        )  # two of one customer: the second stays, and is not told twice
        merge = self.merge(self.ada, self.eva)
        before = merge.kept_count
        late = self.order(self.eva)
        self.assertEqual(late.partner_id, self.eva)
        merge.with_user(self.steward).action_bring_over()
        self.env.invalidate_all()
        self.assertEqual(late.partner_id, self.ada)
        self.assertEqual(late.partner_shipping_id, self.ada)
        self.assertEqual(merge.kept_count, before)
        self.assertEqual(kept.mapped("partner_id"), self.ada | self.eva)
        other = self.order(self.eva)
        with patch.object(type(self.env["ir.cron"]), "_commit_progress"):
            self.env["crm.merge"]._cron_bring_over()
        self.env.invalidate_all()
        self.assertEqual(other.partner_id, self.ada)
        merge.with_user(self.steward).action_undo()
        self.assertEqual((late | other).partner_id, self.eva)

    def test_what_came_after_the_merge_stays_with_the_survivor(self):
        merge = self.merge(self.ada, self.eva)
        later = self.order(self.ada)
        merge.with_user(self.steward).action_undo()
        self.assertEqual(later.partner_id, self.ada)

    def test_one_record_of_a_cluster_is_taken_out(self):
        hers, other = self.order(self.eva), self.order(self.ida)
        merge = self.merge(self.ada, self.eva, self.ida)
        row = merge.source_ids.filtered(lambda source: source.partner_id == self.eva)
        self.open_undo(merge, row).action_undo()
        self.assertEqual(merge.state, "partly")
        self.assertEqual(hers.partner_id, self.eva)
        self.assertEqual(other.partner_id, self.ada)
        self.assertFalse(self.ida.active)
        self.assertEqual(self.ada.ref, "I-1")
        self.assertFalse(self.ada.phone)
        self.assertEqual(self.ada.city, "Praha")

    def test_an_older_merge_waits_for_the_later_one_built_on_it(self):
        first = self.merge(self.ada, self.eva)
        later = self.merge(self.ida, self.ada)
        self.refused(
            first.with_user(self.steward).action_undo, "itself merged", "first"
        )
        later.with_user(self.steward).action_undo()
        self.assertEqual(self.eva.merged_into_id, self.ada)
        first.with_user(self.steward).action_undo()
        self.assertTrue(self.eva.active)

    def test_two_merges_into_one_customer_are_undone_in_any_order(self):
        before = self.picture()
        first = self.merge(self.ada, self.eva)
        second = self.merge(self.ada, self.ida)
        first.with_user(self.steward).action_undo()
        second.with_user(self.steward).action_undo()
        self.assert_same(before, self.picture())

    def test_a_value_changed_by_two_merges_goes_back_in_any_order(self):
        choose = self.ada.id
        first = self.merge(self.ada, self.eva, values={choose: {"email": "e@x.cz"}})
        second = self.merge(self.ada, self.ida, values={choose: {"email": "i@x.cz"}})
        first.with_user(self.steward).action_undo()
        self.assertEqual(self.ada.email, "i@x.cz", "the later choice stands")
        second.with_user(self.steward).action_undo()
        self.assertEqual(self.ada.email, "ada@example.com")

    def test_what_stood_in_a_column_that_is_there_no_more_is_told(self):
        order = self.order(self.eva)
        merge = self.merge(self.ada, self.eva)
        move = merge.move_ids.filtered(
            lambda row: (
                (row.table_name, row.row_id) == ("sale_order", order.id)
                and row.column_name == "partner_shipping_id"
            )
        )
        move.sudo().column_name = "partner_of_an_addon_taken_out"
        merge.with_user(self.steward).action_undo()
        self.assertEqual(move.outcome, "gone")
        self.assertEqual(order.partner_id, self.eva)

    def test_undoing_twice_is_refused(self):
        merge = self.merge(self.ada, self.eva)
        merge.with_user(self.steward).action_undo()
        self.refused(merge.with_user(self.steward).action_undo, "already")

    def test_merging_again_after_an_undo_works(self):
        merge = self.merge(self.ada, self.eva)
        merge.with_user(self.steward).action_undo()
        self.merge(self.eva, self.ada)
        self.assertEqual(self.ada.merged_into_id, self.eva)

    def test_points_are_carried_over_and_given_back(self):
        cards = self.env["loyalty.card"].create(
            [
                {"partner_id": who.id, "program_id": self.program.id, "points": points}
                for who, points in ((self.ada, 10), (self.eva, 25))
            ]
        )
        merge = self.merge(self.ada, self.eva)
        self.assertEqual(cards.mapped("points"), [35, 0])
        cards[0].points += 5
        self.env.flush_all()
        merge.with_user(self.steward).action_undo()
        self.assertEqual(cards.mapped("points"), [15, 25])
        self.assertTrue(cards[1].active)
        self.assertEqual(cards[1].partner_id, self.eva)

    def test_points_that_were_spent_are_told(self):
        cards = self.env["loyalty.card"].create(
            [
                {"partner_id": who.id, "program_id": self.program.id, "points": points}
                for who, points in ((self.ada, 10), (self.eva, 25))
            ]
        )
        merge = self.merge(self.ada, self.eva)
        cards[0].points = 5
        self.env.flush_all()
        undo = self.open_undo(merge)
        self.assertIn("spent", undo.line_ids.mapped("reason"))
        undo.action_undo()
        self.assertEqual(cards.mapped("points"), [0, 5])

    def test_a_survivor_that_was_deleted_gives_the_record_back(self):
        merge = self.merge(self.ada, self.eva)
        self.ada.unlink()
        self.env.flush_all()
        self.open_undo(merge).action_undo()
        self.assertTrue(self.eva.active)
        self.assertFalse(self.eva.merged_into_id)
