from odoo.tests import new_test_user, tagged

from .hook_common import HookCase


@tagged("post_install", "-at_install")
class TestHookTour(HookCase):
    def test_a_webhook_gets_its_secret_and_is_switched_in_the_browser(self):
        self.hook.unlink()
        hook = self.env["crm.exchange.hook"].create(
            {"client_id": self.client.id, "url": "https://erp.example.com/hooks"}
        )
        self.assertFalse(hook.has_secret)
        new_test_user(self.env, "hook-boss", "crm_extended.group_exchange_manager")
        self.start_tour(
            "/odoo/exchange-desk", "crm_extended_exchange_hook", login="hook-boss"
        )
        self.env.invalidate_all()
        self.assertTrue(hook.has_secret)
        self.assertEqual(hook.state, "on")
