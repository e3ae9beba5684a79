from odoo.tests import Form, new_test_user, tagged

from .hook_common import HookCase


@tagged("post_install", "-at_install")
class TestHookViews(HookCase):
    """What the person who runs the exchange does in the back office."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = new_test_user(
            cls.env, "hook-views", "crm_extended.group_exchange_manager"
        )

    def test_from_the_client_to_a_webhook_that_works(self):
        self.hook.unlink()
        client = self.client.with_user(self.manager)
        self.assertFalse(client.hook_state)
        action = client.action_open_hook()
        self.assertFalse(action["res_id"])
        hooks = self.env["crm.exchange.hook"].with_user(self.manager)
        with Form(hooks.with_context(**action["context"])) as form:
            form.url = "https://erp.example.com/hooks"
        hook = form.record
        self.assertEqual((hook.client_id, hook.operator_id), (client, self.manager))
        self.assertFalse(hook.has_secret)
        shown = hook.action_make_secret()
        secret = self.env[shown["res_model"]].with_user(self.manager)
        dialog = Form(secret.with_context(**shown["context"]))  # never saved
        self.assertTrue(dialog.secret.startswith("whsec_"))
        self.assertTrue(hook.has_secret)
        self.assertEqual(client.hook_state, "On")
        self.assertEqual(client.action_open_hook()["res_id"], hook.id)

    def test_every_view_opens_for_who_runs_the_exchange(self):
        self.change()
        self.send()
        for name in ("crm.exchange.hook", "crm.exchange.hook.delivery"):
            model = self.env[name].with_user(self.manager)
            views = model.get_views([(False, kind) for kind in ("list", "form")])
            self.assertEqual(set(views["views"]), {"list", "form"})
            model.search([]).read(["display_name", "state"])
        action = self.hook.with_user(self.manager).action_open_deliveries()
        found = self.env[action["res_model"]].search(action["domain"])
        self.assertEqual(found, self.hook.delivery_ids)

    def test_an_empty_list_says_what_to_do(self):
        for name in ("action_exchange_hook", "action_exchange_hook_delivery"):
            text = self.env.ref(f"crm_extended.{name}").help
            self.assertIn("o_view_nocontent_smiling_face", text)

    def test_filters_find_what_fails(self):
        self.receiver.answers = [(500, {})]
        self.change()
        self.send()
        hooks = self.env["crm.exchange.hook"]
        failing = ["|", ("state", "=", "broken"), ("failing_since", "!=", False)]
        self.assertIn(self.hook, hooks.search(failing))
        self.assertEqual((self.hook.waiting_count, self.hook.dead_count), (1, 0))
