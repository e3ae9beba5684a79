from odoo.tests import tagged

from .merge_world import MergeWorld


@tagged("post_install", "-at_install")
class TestMergeAccounting(MergeWorld):
    """The books stay valid: who owes what, what is secured, what was settled."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ada, cls.eva = cls.make("Ada"), cls.make("Eva")

    def owed(self, partner):
        lines = self.env["account.move.line"].search(
            [
                ("partner_id", "=", partner.id),
                ("account_type", "=", "asset_receivable"),
                ("parent_state", "=", "posted"),
            ]
        )
        return sum(lines.mapped("amount_residual"))

    def test_debts_follow_to_the_survivors_commercial_entity(self):
        company = self.make("Orchestra", is_company=True)
        self.ada.parent_id = company
        move = self.invoice(self.eva, price=120.0)
        self.merge(self.ada, self.eva)
        self.assertEqual(move.partner_id, self.ada)
        self.assertEqual(move.commercial_partner_id, company)
        self.assertEqual(self.owed(company), 120.0)
        self.assertEqual(self.owed(self.eva), 0.0)
        self.assertEqual(move.invoice_partner_display_name, "Orchestra, Ada")

    def test_an_invoice_to_another_companys_contact_stays_its_debt(self):
        company = self.make("Orchestra", is_company=True)
        self.eva.parent_id = company
        self.invoice(self.ada)
        move = self.invoice(self.eva, price=80.0)
        merge = self.merge(self.ada, self.eva)
        self.assertEqual(self.owed(company), 80.0)
        self.assertEqual(move.partner_id, self.eva)
        kept = merge.move_ids.filtered(lambda m: m.kind == "kept")
        self.assertIn("debtor", kept.mapped("reason"))

    def test_secured_entries_keep_their_customer_and_their_hash(self):
        secured, plain = self.invoice(self.eva), self.invoice(self.eva)
        move = secured
        values = move._calculate_hashes("")[move]
        self.secure(move, values)
        merge = self.merge(self.ada, self.eva)
        self.assertEqual(secured.partner_id, self.eva)
        self.assertEqual(secured.line_ids.partner_id, self.eva)
        self.assertEqual(secured._calculate_hashes("")[secured], values)
        self.assertEqual(plain.partner_id, self.ada)
        kept = merge.move_ids.filtered(lambda m: m.reason == "hashed")
        self.assertIn(secured.id, kept.mapped("row_id"))

    def test_what_settled_a_secured_entry_stays_with_it(self):
        secured = self.invoice(self.eva)
        payment = self.pay(secured)
        self.secure(secured)
        self.merge(self.ada, self.eva)
        self.assertEqual(payment.partner_id, self.eva)
        self.assertEqual(payment.move_id.line_ids.partner_id, self.eva)

    def test_an_entry_secured_since_the_merge_does_not_go_back(self):
        move = self.invoice(self.eva)
        merge = self.merge(self.ada, self.eva)
        self.secure(move)
        found = merge.with_user(self.steward)._judge_undo()
        self.assertIn("hashed", [row["reason"] for row in found])
        merge.with_user(self.steward).action_undo()
        self.assertEqual(move.partner_id, self.ada)

    def test_a_bank_account_that_both_had_is_used_on(self):
        mine, hers = self.env["res.partner.bank"].create(
            [
                {"acc_number": "CZ6508", "partner_id": partner.id}
                for partner in (self.ada, self.eva)
            ]
        )
        move = self.invoice(self.eva, post=False)
        move.partner_bank_id = hers
        merge = self.merge(self.ada, self.eva)
        self.assertEqual(hers.partner_id, self.eva)
        self.assertEqual(move.partner_bank_id, mine)
        merge.with_user(self.steward).action_undo()
        self.assertEqual(move.partner_bank_id, hers)
