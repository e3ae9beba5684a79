from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user, tagged

from .hook_common import HookCase

ROLES = (
    "group_customer_user",
    "group_customer_manager",
    "group_import_user",
    "group_steward",
    "group_privacy_officer",
)


@tagged("post_install", "-at_install")
class TestHookSecurity(HookCase):
    """Only who runs the exchange sees webhooks, and nobody reads a secret."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = new_test_user(
            cls.env, "hook-manager", "crm_extended.group_exchange_manager"
        )

    def test_nobody_else_sees_or_changes_webhooks(self):
        delivery = self.hook._queue("test")
        for role in ROLES:
            user = new_test_user(self.env, f"hook-{role}", f"crm_extended.{role}")
            for record in (self.hook, delivery):
                with self.subTest(role=role, model=record._name):
                    mine = record.with_user(user)
                    for operation in ("read", "write", "create", "unlink"):
                        self.assertFalse(mine.has_access(operation))
            for name in ("action_rotate", "action_test", "action_switch_on"):
                with self.subTest(role=role, button=name):
                    with self.assertRaises(AccessError):
                        getattr(self.hook.with_user(user), name)()
            with self.assertRaises(AccessError):
                delivery.with_user(user).action_redeliver()

    def test_the_manager_sets_up_and_watches(self):
        self.hook.unlink()
        hook = self.env["crm.exchange.hook"].with_user(self.manager)
        hook = hook.create(
            {"client_id": self.client.id, "url": "https://erp.example.com/"}
        )
        self.assertEqual((hook.state, hook.operator_id), ("draft", self.manager))
        with self.assertRaisesRegex(UserError, "Make Secret"):
            hook.action_test()
        secret = hook.action_make_secret()["context"]["default_secret"]
        self.assertTrue(secret.startswith("whsec_"))
        self.assertEqual(hook.state, "on")
        hook.action_test()
        hook.action_rotate()
        hook.action_end_old_secret()
        hook.action_switch_off()
        hook.action_switch_on()
        [delivery] = hook.delivery_ids
        delivery.action_redeliver()
        with self.assertRaises(UserError):
            hook.action_make_secret()

    def test_nobody_reads_a_secret(self):
        """Neither by reading, searching, exporting nor grouping."""
        hook = self.hook.with_user(self.manager)
        for name in ("secret", "old_secret"):
            with self.subTest(field=name):
                self.assertNotIn(name, hook.fields_get())
                with self.assertRaises(AccessError):
                    hook.read([name])
                with self.assertRaises(AccessError):
                    hook.search([(name, "like", "whsec")])
                with self.assertRaises(UserError):
                    hook.export_data([name])
                with self.assertRaises(AccessError):
                    hook.write({name: "whsec_known"})
        self.assertNotIn(self.secret, str(hook.copy_data()))

    def test_what_sending_wrote_cannot_be_entered(self):
        hook = self.hook.with_user(self.manager)
        for values in ({"state": "on"}, {"told_seq": 0}, {"failing_since": False}):
            with self.assertRaises(AccessError):
                hook.write(values)
        delivery = self.hook._queue("test").with_user(self.manager)
        for values in ({"state": "delivered"}, {"body": "{}"}):
            with self.assertRaises(AccessError):
                delivery.write(values)
        with self.assertRaises(AccessError):
            delivery.unlink()

    def test_another_companys_webhooks_are_not_there(self):
        company = self.env["res.company"].create({"name": "Harmonia Polska"})
        other = self.env["crm.exchange.client"].create(
            {"name": "PL", "code": "PL-ERP", "company_id": company.id}
        )
        hook = self.env["crm.exchange.hook"].create(
            {"client_id": other.id, "url": "https://erp.example.pl/"}
        )
        hook._begin()
        delivery = hook._queue("test")
        for record in (hook, delivery):
            found = record.with_user(self.manager).search([("id", "=", record.id)])
            self.assertFalse(found)
            with self.assertRaises(AccessError):
                record.with_user(self.manager).read(["display_name"])

    def test_a_person_who_enters_an_address_of_the_inside_is_told_why_not(self):
        self.hook.unlink()
        hooks = self.env["crm.exchange.hook"].with_user(self.manager)
        for url, words in (
            ("http://erp.example.com/", "https://"),
            ("https://192.168.1.7/", "inside network"),
            ("https://erp.example.com:5432/", "443"),
            ("https://erp example.com/", "spaces"),
            ("https://0x7f.1/", "erp.example.com"),
        ):
            with self.subTest(url=url), self.assertRaises(ValidationError) as refusal:
                hooks.create({"client_id": self.client.id, "url": url})
            self.assertIn(words, str(refusal.exception))

    def test_the_opened_network_is_only_what_the_parameter_names(self):
        self.env["ir.config_parameter"].set_param("crm_extended.hook_inside", "junk")
        with self.assertRaises(ValidationError):
            self.hook.url = self.receiver.url + "/other"

    def test_a_client_has_one_webhook_and_scopes_of_its_own(self):
        other = self.make_client("OTHER-ERP")
        with self.assertRaisesRegex(ValidationError, "scopes of this client"):
            self.hook.scope_ids = other.scope_ids
