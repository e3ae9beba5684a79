from odoo.exceptions import UserError
from odoo.tests import tagged

from .merge_common import MergeCase


@tagged("post_install", "-at_install")
class TestMergeCallers(MergeCase):
    """Whoever merges, it is our merge: Odoo's wizard, the dialog, a run, a partner."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ada = cls.make("Ada", email="ada@example.com", city="Brno")
        cls.eva = cls.make("Eva", email="eva@example.com", phone="+420777000001")
        cls.ida = cls.make("Ida", email="ada@example.com")

    # ------------------------------------------------------------------ Odoo's wizard

    def test_odoos_wizard_keeps_the_merged_record_and_can_be_undone(self):
        order = self.order(self.ida)
        wizard = self.env["base.partner.merge.automatic.wizard"].with_user(self.steward)
        wizard = wizard.create(
            {
                "partner_ids": [(6, 0, (self.ada | self.ida).ids)],
                "dst_partner_id": self.ada.id,
            }
        )
        wizard.action_merge()
        self.assertEqual(order.partner_id, self.ada)
        merge = self.env["crm.merge"].search([("partner_id", "=", self.ada.id)])
        self.assertEqual(merge.user_id, self.steward)
        merge.with_user(self.steward).action_undo()
        self.assertEqual(order.partner_id, self.ida)

    def test_odoos_wizard_asks_a_steward_when_the_addresses_differ(self):
        clerk = self.env["res.users"].create(
            {
                "name": "Clerk",
                "login": "mer_clerk",
                "group_ids": [(4, self.env.ref("base.group_partner_manager").id)],
            }
        )
        wizard = self.env["base.partner.merge.automatic.wizard"].with_user(clerk)
        with self.assertRaises(UserError):
            wizard._merge([self.ada.id, self.eva.id], self.ada)
        wizard._merge([self.ada.id, self.ida.id], self.ada)
        self.assertEqual(self.ida.merged_into_id, self.ada)

    # ------------------------------------------------------------------ the dialog

    def dialog(self, partners):
        action = partners.with_user(self.steward).action_merge_customers()
        dialogs = self.env["crm.merge.dialog"].with_user(self.steward)
        return dialogs.browse(action["res_id"])

    def test_the_dialog_merges_with_values_chosen_by_hand(self):
        dialog = self.dialog(self.ada | self.eva)
        dialog.target_id = self.ada
        dialog.choices = {"email": self.eva.id}
        action = dialog.action_merge()
        merge = self.env["crm.merge"].browse(action["params"]["merge_ids"])
        self.assertEqual(self.ada.email, "eva@example.com")
        value = merge.value_ids.filtered(lambda v: v.field_name == "email")
        self.assertEqual((value.rule, value.partner_id), ("manual", self.eva))
        self.assertEqual(value.before, "ada@example.com")

    def test_the_preview_counts_what_will_move_and_changes_nothing(self):
        self.order(self.eva)
        dialog = self.dialog(self.ada | self.eva)
        dialog.target_id = self.ada
        self.assertIn("Sales Order", str(dialog.preview))
        self.assertFalse(dialog.problem)
        self.assertTrue(self.eva.active)
        self.assertFalse(
            self.env["crm.merge"].search([("partner_id", "=", self.ada.id)])
        )

    def test_the_dialog_says_what_is_in_the_way(self):
        child = self.make("Child", parent_id=self.eva.id)
        dialog = self.dialog(self.eva | child)
        dialog.target_id = child
        self.assertIn("its own parent", dialog.problem)

    def decide_apart(self):
        pair = sorted((self.ada | self.eva).ids)
        self.env["crm.match"].create(
            {
                "partner_id": pair[0],
                "other_id": pair[1],
                "state": "distinct",
                "decided_by_id": self.steward.id,
                "decided_at": "2026-03-04 10:00:00",
                "note": "sisters",
            }
        )

    def test_both_dialogs_tell_who_decided_that_two_records_differ(self):
        wizards = self.env["base.partner.merge.automatic.wizard"].with_context(
            active_model="res.partner", active_ids=(self.ada | self.eva).ids
        )
        self.assertFalse(self.dialog(self.ada | self.eva).apart)
        self.decide_apart()
        for dialog in (self.dialog(self.ada | self.eva), wizards.create({})):
            for word in ("Stella Steward", "2026-03-04", "sisters", "Ada", "Eva"):
                self.assertIn(word, dialog.apart)

    def test_merging_automatically_keeps_apart_what_somebody_kept_apart(self):
        self.decide_apart()
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        unattended = wizard.with_context(crm_unattended=True)
        unattended._merge((self.ada | self.eva).ids, self.ada, extra_checks=False)
        self.assertFalse(self.eva.merged_into_id)
        wizard._merge((self.ada | self.eva).ids, self.ada, extra_checks=False)
        self.assertEqual(self.eva.merged_into_id, self.ada)

    def test_the_dialog_refuses_hostile_choices(self):
        for choices in (
            {"active": self.eva.id},
            {"email": 1},
            {"email": "x"},
            ["email"],
        ):
            dialog = self.dialog(self.ada | self.eva)
            dialog.choices = choices
            with self.subTest(choices=choices), self.assertRaises(UserError):
                dialog.action_merge()

    def test_the_dialog_needs_two_records_and_takes_no_hundred(self):
        self.refused(lambda: self.dialog(self.ada), "two or more")
        many = self.env["res.partner"].create([{"name": f"P{n}"} for n in range(21)])
        self.refused(lambda: self.dialog(many), "side by side")

    # ------------------------------------------------------------------ runs

    def run_of(self, groups):
        return self.env["crm.merge.run"].with_user(self.steward)._create_run(groups)

    def test_a_run_leaves_out_what_must_not_be_merged_and_says_so(self):
        child = self.make("Child", parent_id=self.eva.id)
        run = self.run_of([(self.ada.id, [self.ida.id]), (child.id, [self.eva.id])])
        run._run()
        self.assertEqual((run.state, run.merged_count), ("done", 1))
        self.assertIn("its own parent", str(run.refused_text))
        self.assertTrue(self.eva.active)

    def test_a_run_that_was_cut_off_goes_on_with_the_rest(self):
        groups = [(self.ada.id, [self.ida.id]), (self.eva.id, [self.make("Iva").id])]
        run = self.run_of(groups)
        run._merge_part(groups[:1])  # the worker was killed after the first part
        run._run()
        self.assertEqual(run.merged_count, 2)
        self.assertFalse(run.refused_count)

    def test_a_run_is_undone_as_a_whole(self):
        run = self.run_of([(self.ada.id, [self.ida.id, self.eva.id])])
        run._run()
        run.action_undo()
        self.assertTrue(all((self.ida | self.eva).mapped("active")))
        self.assertEqual(run.undone_count, 1)

    # ------------------------------------------------------------------ in general

    def count_queries(self, groups):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        self.merges._merge(groups)
        return self.env.cr.sql_log_count - before

    def test_the_number_of_statements_does_not_grow_with_the_groups(self):
        partners = self.env["res.partner"].create(
            [{"name": f"P{n}", "email": f"p{n}@example.com"} for n in range(110)]
        )
        for partner in partners[::5]:
            self.order(partner)
        pairs = [
            (a.id, [b.id]) for a, b in zip(partners[::2], partners[1::2], strict=True)
        ]
        self.count_queries(pairs[:2])  # caches
        few = self.count_queries(pairs[2:5])
        many = self.count_queries(pairs[5:])
        self.assertLess(many, few + 40, f"{few} for 3 groups, {many} for 50")

    def test_records_locked_by_another_are_named(self):
        with self.env.registry.cursor() as other:
            other.execute(
                "SELECT id FROM res_partner WHERE id = %s FOR UPDATE",
                [self.env.ref("base.res_partner_2").id],
            )
            shared = self.env.ref("base.res_partner_2")
            self.refused(lambda: self.merge(shared, self.ada), "Try again")

    def test_a_record_that_somebody_is_booking_for_is_not_merged_meanwhile(self):
        """Or the order that another transaction is about to keep would stay behind."""
        shared = self.env.ref("base.res_partner_2")
        with self.env.registry.cursor() as other:  # as a foreign key does
            other.execute(
                "SELECT FROM res_partner WHERE id = %s FOR KEY SHARE", [shared.id]
            )
            self.refused(lambda: self.merge(self.ada, shared), "Try again")
