from odoo.tests import new_test_user, tagged

from ..exchange.exchange_common import ExchangeCase


@tagged("post_install", "-at_install")
class TestExchangeReconcile(ExchangeCase):
    """What a partner's system holds is compared, and the differences are listed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.client.scope_ids.domain = "[('ref', '=', 'reconcile')]"
        cls.first, cls.second, cls.third = cls.partners.create(
            [{"name": name, "ref": "reconcile"} for name in ("A", "B", "C")]
        )

    def held(self):
        items, _cursor = self.pull_all()
        return [{"id": item["id"], "rev": item["rev"]} for item in items]

    def test_equal_sides_have_no_difference(self):
        told = self.ok("reconcile", entity="customer", prefix="", items=self.held())
        self.assertEqual((told["ours"], told["theirs"]), (3, 3))
        self.assertEqual(told["missing"] + told["extra"] + told["differs"], [])

    def test_both_sides_get_the_same_list(self):
        first, second, _third = self.held()
        items = [first, {**second, "rev": "old"}, {"id": 2_000_000_000, "rev": "x"}]
        told = self.ok("reconcile", entity="customer", prefix="", items=items)
        self.assertEqual(told["missing"], [self.third.id])
        self.assertEqual(told["differs"], [self.second.id])
        self.assertEqual(told["extra"], [2_000_000_000])
        kept = self.env["crm.exchange.reconciliation"].search(
            [("client_id", "=", self.client.id)]
        )
        self.assertEqual(kept.difference_count, 3)
        listed = {line.kind: line.res_id for line in kept.line_ids}
        self.assertEqual(
            listed,
            {
                "missing": self.third.id,
                "differs": self.second.id,
                "extra": 2_000_000_000,
            },
        )
        line = kept.line_ids.filtered(lambda one: one.kind == "missing")
        self.assertEqual(line.action_open_record()["res_id"], self.third.id)

    def test_hostile_reports_are_refused(self):
        for items in ("x", [1], [{"id": "1", "rev": "x"}], [{"id": 1}], {"id": 1}):
            self.refused(
                "invalid_argument",
                "reconcile",
                entity="customer",
                prefix="",
                items=items,
            )
        many = [{"id": 1, "rev": "x"}] * 1001
        self.refused("too_large", "reconcile", entity="customer", prefix="", items=many)
        self.refused(
            "invalid_argument", "reconcile", entity="customer", prefix="xyz", items=[]
        )
        self.refused("out_of_scope", "reconcile", entity="contact", prefix="", items=[])

    def test_only_exchange_managers_see_it(self):
        for group in ("customer_manager", "exchange_manager", "steward"):
            user = new_test_user(
                self.env, f"rec_{group}", f"crm_extended.group_{group}"
            )
            for model in ("crm.exchange.reconciliation", "crm.exchange.difference"):
                own = self.env[model].with_user(user)
                self.assertEqual(own.has_access("read"), group == "exchange_manager")
                self.assertFalse(own.has_access("write"))
