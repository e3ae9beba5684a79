"""Pairs follow the merges, by whichever door records become one."""

from odoo.exceptions import UserError
from odoo.tests import tagged

from .match_common import MatchCase


@tagged("post_install", "-at_install")
class TestMatchMerge(MatchCase):
    def setUp(self):
        super().setUp()
        names = ("Anna Nováková", "Anna Novakova", "Anna Nowakowa", "Hana Nováková")
        self.four = self.env["res.partner"].create([{"name": n} for n in names])
        self.merges = self.env["crm.merge"].with_user(self.steward)

    def states(self, *pairs):
        return [self.pair_of(*pair).state for pair in pairs]

    def test_a_merge_by_another_door_decides_the_pair_and_its_undo_opens_it(self):
        a, b, c, _d = self.four
        self.store((a, b, 9.0), (b, c, 8.0))
        wizard = self.env["base.partner.merge.automatic.wizard"]
        wizard.with_user(self.steward)._merge((a | b).ids, a, extra_checks=False)
        pair = self.pair_of(a, b)
        self.assertEqual((pair.state, pair.decided_by_id), ("merged", self.steward))
        self.assertFalse(pair.cluster)
        self.merges.search([("partner_id", "=", a.id)]).action_undo()
        self.assertEqual((pair.state, pair.cluster), ("pending", a.id))
        self.assertFalse(pair.decided_by_id)
        self.assertFalse(pair.merge_id)

    def test_a_record_taken_out_is_a_possible_duplicate_again(self):
        a, b, c, _d = self.four
        self.store((a, b, 9.0), (b, c, 8.0))
        merge = self.merges._merge([(a.id, [b.id, c.id])])
        self.assertEqual(self.states((a, b), (b, c)), ["merged", "merged"])
        merge._undo(merge.source_ids.filtered(lambda row: row.partner_id == c))
        self.assertEqual(self.states((a, b), (b, c)), ["merged", "pending"])

    def test_not_the_same_holds_for_whom_the_record_went_into(self):
        a, b, c, _d = self.four
        self.store((a, b, 9.0))
        self.pair_of(a, b).with_user(self.steward)._decide("distinct", note="sisters")
        merge = self.merges._merge([(c.id, [b.id])])
        pair = self.pair_of(a, c)
        self.assertEqual((pair.state, pair.note), ("distinct", "sisters"))
        self.store((a, c, 12.0))
        self.assertEqual(pair.state, "distinct")
        merge.action_undo()
        self.assertFalse(pair.exists())
        self.assertEqual(self.pair_of(a, b).state, "distinct")

    def test_not_the_same_closes_an_open_pair_of_the_survivor_until_the_undo(self):
        a, b, c, _d = self.four
        self.store((a, b, 9.0), (a, c, 8.0))
        self.pair_of(a, b).with_user(self.steward).action_distinct()
        merge = self.merges._merge([(c.id, [b.id])])
        self.assertEqual(self.pair_of(a, c).state, "distinct")
        merge.action_undo()
        pair = self.pair_of(a, c)
        self.assertEqual((pair.state, pair.cluster), ("pending", a.id))

    def test_two_who_were_kept_apart_are_not_merged_through_a_third(self):
        a, b, c, _d = self.four
        self.store((a, b, 9.0), (b, c, 8.0), (a, c, 3.0))
        self.pair_of(a, c).with_user(self.steward).action_distinct()
        pairs = (self.pair_of(a, b) | self.pair_of(b, c)).with_user(self.steward)
        with self.assertRaisesRegex(UserError, "not the same"):
            pairs.action_merge()
        self.assertTrue(b.active)

    def test_the_shared_record_goes_on_and_the_one_with_a_login(self):
        a, b, c, d = self.four
        a.company_id = self.env.company
        self.store((a, b, 20.0))
        self.pair_of(a, b).with_user(self.steward).action_merge()
        self.assertEqual(a.merged_into_id, b)
        self.env["res.users"].create(
            {
                "login": "m_portal",
                "partner_id": d.id,
                "group_ids": [(6, 0, self.env.ref("base.group_portal").ids)],
            }
        )
        self.store((c, d, 20.0))
        self.pair_of(c, d).with_user(self.steward).action_merge()
        self.assertEqual(c.merged_into_id, d)

    def test_a_decision_looks_only_at_what_hangs_together(self):
        a, b, c, d = self.four
        self.store((a, b, 9.0), (c, d, 8.0))
        self.pair_of(c, d).sudo().cluster = 1  # would be put right by looking at it
        self.pair_of(a, b).with_user(self.steward).action_distinct()
        self.assertEqual(self.pair_of(c, d).cluster, 1)
        self.matches._recluster(self.persons)
        self.assertEqual(self.pair_of(c, d).cluster, c.id)

    # ------------------------------------------------------------------ runs

    def run_over(self, *lines):
        """A run of rules that merge by themselves, which found these pairs."""
        self.persons.merge_automatically = True
        run = self.env["crm.match.run"].with_user(self.steward)
        run = run.create({"setting_id": self.persons.id})
        self.store(*lines)
        found = run._count_found()
        run.sudo().write({"merge_run_id": run._merge_certain().id, **found})
        return run

    def test_what_a_run_merged_is_counted_and_undone_as_a_whole(self):
        a, b, c, d = self.four
        sure = self.persons.threshold_automatic + 1
        run = self.run_over((a, b, sure), (c, d, sure))
        self.assertEqual(
            (run.automatic_count, run.cluster_count, run.merged_count), (2, 2, 2)
        )
        self.assertEqual((b.merged_into_id, d.merged_into_id), (a, c))
        wizard = run.action_ask_undo()
        self.env[wizard["res_model"]].with_user(self.steward).browse(
            wizard["res_id"]
        ).action_undo()
        self.assertTrue(all(self.four.mapped("active")))
        self.assertEqual(run.undone_count, 2)
        self.assertEqual(self.states((a, b), (c, d)), ["pending", "pending"])

    def test_a_run_leaves_to_people_what_must_not_be_merged(self):
        a, b, c, d = self.four
        sure = self.persons.threshold_automatic + 1
        for partner, login in ((a, "m_p1"), (b, "m_p2")):
            self.env["res.users"].create(
                {
                    "login": login,
                    "partner_id": partner.id,
                    "group_ids": [(6, 0, self.env.ref("base.group_portal").ids)],
                }
            )
        run = self.run_over((a, b, sure), (c, d, sure))
        self.assertEqual((run.merged_count, d.merged_into_id), (1, c))
        self.assertEqual(self.states((a, b), (c, d)), ["pending", "merged"])
        self.assertIn("login", str(run.merge_run_id.refused_text))

    def test_a_run_merges_nothing_unless_its_rules_say_so(self):
        a, b, _c, _d = self.four
        self.store((a, b, self.persons.threshold_automatic + 1))
        run = self.env["crm.match.run"].create({"setting_id": self.persons.id})
        self.assertFalse(run._merge_certain())
        self.assertTrue(b.active)
        with self.assertRaisesRegex(UserError, "merged nothing"):
            run.action_ask_undo()
