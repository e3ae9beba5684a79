from odoo.tests import tagged

from .portal_common import ExchangePortalCase


@tagged("post_install", "-at_install")
class TestExchangePortalTour(ExchangePortalCase):
    def test_a_person_makes_a_key_reads_the_manual_and_tries_a_call(self):
        self.start_tour(
            "/my/exchange", "crm_extended_exchange_portal", login="petra_portal"
        )
        self.assertEqual(self.client.credential_ids.name, "Tour key")
        self.assertEqual(self.client.credential_ids.state, "revoked")
