from odoo.tests import TransactionCase, tagged
from odoo.tools.sql import TableKind, table_kind

VIEW = "crm_segment_current"


@tagged("post_install", "-at_install")
class TestSegmentView(TransactionCase):
    """The pairs of `res.partner.segment_ids` are a view, and leave with the addon."""

    def test_relation_is_a_view_that_no_uninstall_tries_to_drop_as_a_table(self):
        self.assertEqual(table_kind(self.env.cr, VIEW), TableKind.View)
        relations = self.env["ir.model.relation"].sudo()
        self.assertFalse(relations.search([("name", "=", VIEW)]))

    def test_upgrade_creates_the_view_again_and_changes_nothing(self):
        self.env["crm.segment.member"].init()
        self.env["res.partner"]._fields["segment_ids"].update_db(
            self.env["res.partner"], {}
        )
        self.assertEqual(table_kind(self.env.cr, VIEW), TableKind.View)

    def test_view_goes_with_its_table(self):
        # what ir.model does with the table of a model that is uninstalled
        self.env.cr.execute("DROP TABLE crm_segment_member CASCADE")
        self.assertIsNone(table_kind(self.env.cr, VIEW))

    def test_copied_customer_is_in_no_segment(self):
        customer = self.env["res.partner"].create({"name": "Jana"})
        self.assertFalse(customer.copy().segment_ids)
