from odoo.tests import HttpCase, new_test_user, tagged

from .transfer_common import TransferCase


@tagged("post_install", "-at_install")
class TestTransferTour(TransferCase, HttpCase):
    def test_a_transfer_is_set_up_and_started_in_the_browser(self):
        self.make_client("TOUR-FILES")
        self.env["crm.exchange.place"].create({"name": "Tour Place"})
        new_test_user(self.env, "transfer-boss", "crm_extended.group_exchange_manager")
        self.start_tour(
            "/odoo/exchange-desk",
            "crm_extended_exchange_transfer",
            login="transfer-boss",
        )
        transfer = self.env["crm.exchange.transfer"].search(
            [("name", "=", "Tour Files")]
        )
        self.assertEqual(transfer.client_id.code, "TOUR-FILES")
        self.assertEqual(transfer.run_ids.state, "queued")
