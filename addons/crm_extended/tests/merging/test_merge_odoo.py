"""Odoo's own tests of its merge hold for ours, but that nothing is deleted."""

from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.tests import tagged

from odoo.addons.account.tests import test_res_partner_merge as account
from odoo.addons.base.tests import test_res_partner_merge as base


class NothingDeleted:
    """A merged record is archived; Odoo's tests ask whether it is gone.

    So is the second of two bank accounts of one number: it stays with the record.
    """

    def setUp(self):
        super().setUp()
        self.leave_out("res.partner", lambda one: not one.merged_into_id)
        self.leave_out(
            "res.partner.bank", lambda one: not one.partner_id.merged_into_id
        )

    def leave_out(self, name, condition):
        model = type(self.env[name])
        exists = model.exists
        found = patch.object(
            model, "exists", lambda own: exists(own).filtered(condition)
        )
        self.startPatcher(found)


@tagged("post_install", "-at_install")
class TestMergeOdooBase(NothingDeleted, base.TestMergePartner):
    # pylint: disable-next=missing-return
    def test_merge_partners_with_peon_user(self):
        """Odoo lets in whoever may open the wizard; here one must write contacts."""
        with self.assertRaises(AccessError):
            super().test_merge_partners_with_peon_user()


@tagged("post_install", "-at_install")
class TestMergeOdooAccount(NothingDeleted, account.TestMergePartner):
    pass
