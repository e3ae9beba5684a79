from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import TransactionCase, new_test_user, tagged
from odoo.tools import mute_logger

YEAR = {"date_from": "2031-01-01", "date_to": "2031-12-31"}


class TargetCase(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.targets = cls.env["crm.target"]
        cls.seller = new_test_user(
            cls.env, "target_seller", "crm_extended.group_customer_user"
        )
        cls.manager = new_test_user(
            cls.env, "target_manager", "crm_extended.group_customer_manager"
        )

    @classmethod
    def make(cls, value=1000, **values):
        return cls.targets.create({"value": value, **YEAR, **values})


@tagged("post_install", "-at_install")
class TestTarget(TargetCase):
    """What was agreed stays as it was; a change is a new version."""

    def test_the_name_says_what_and_whose(self):
        target = self.make(measure="visits", user_id=self.seller.id)
        self.assertEqual(target.name, f"Visits · {self.seller.name}")
        self.assertEqual((target.level, target.unit), ("person", ""))
        self.assertEqual(self.make().name, f"Revenue · {self.env.company.name}")
        self.assertEqual(self.make().unit, self.env.company.currency_id.name)
        found = self.targets.search([("name", "ilike", self.seller.name)])
        self.assertEqual(found, target)

    def test_impossible_targets_are_refused(self):
        wrong = (
            {"date_to": "2030-12-31"},
            {"value": -1},
            {"measure": "retention", "value": 101},
        )
        for values in wrong:
            with (
                self.subTest(values=values),
                mute_logger("odoo.sql_db"),
                self.assertRaises(IntegrityError),
                self.cr.savepoint(),
            ):
                self.make(**values)

    def test_an_agreed_target_changes_by_a_new_version_only(self):
        target = self.make()
        target.action_agree()
        self.assertEqual(target.agreed_by_id, self.env.user)
        for values in ({"value": 1}, {"date_to": "2031-06-30"}):
            with self.assertRaises(UserError):
                target.write(values)
        with self.assertRaises(UserError):
            target.unlink()
        draft = self.targets.browse(target.action_revise()["res_id"])
        self.assertEqual(target.action_revise()["res_id"], draft.id, "one draft only")
        self.assertEqual((draft.version, draft.previous_id), (2, target))
        draft.value = 1200
        draft.action_agree()
        self.assertEqual((target.state, target.value), ("replaced", 1000))
        with self.assertRaises(UserError):
            target.action_cancel()

    def test_one_thing_has_one_agreed_target(self):
        self.make().action_agree()
        other = self.make()
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(IntegrityError),
            self.cr.savepoint(),
        ):
            other.action_agree()
            other.flush_recordset()
        self.make(user_id=self.seller.id).action_agree()

    def test_parts_fit_their_whole_and_follow_its_new_version(self):
        whole = self.make()
        part = self.make(400, parent_id=whole.id, user_id=self.seller.id)
        self.make(300, parent_id=whole.id).action_cancel()
        self.assertEqual(whole.split_value, 400, "what was cancelled is no part")
        for values in (
            {"parent_id": whole.id, "measure": "calls"},
            {"parent_id": whole.id, "date_to": "2032-01-01"},
        ):
            with self.subTest(values=values), self.assertRaises(ValidationError):
                self.make(**values)
        with self.assertRaises(UserError):
            whole.parent_id = part
        whole = self.make(2000, user_id=self.manager.id)
        part = self.make(900, parent_id=whole.id)
        whole.action_agree()
        newer = self.targets.browse(whole.action_revise()["res_id"])
        newer.action_agree()
        self.assertEqual(part.parent_id, newer)


@tagged("post_install", "-at_install")
class TestTargetSecurity(TargetCase):
    """A colleague's target is between the colleague and the manager."""

    def test_each_role_may_what_its_work_needs(self):
        roles = {
            "base.group_user": "",
            "crm_extended.group_customer_user": "r",
            "crm_extended.group_customer_manager": "crwu",
            "crm_extended.group_exchange_client": "",
        }
        names = {"c": "create", "r": "read", "w": "write", "u": "unlink"}
        for group, rights in roles.items():
            user = new_test_user(self.env, f"target_{group[-9:]}", group)
            for letter, operation in names.items():
                with self.subTest(group=group, operation=operation):
                    access = self.targets.with_user(user).has_access(operation)
                    self.assertEqual(access, letter in rights)

    def test_who_sees_whose_target(self):
        team = self.env["crm.team"].create({"name": "Strings"})
        shared, own = self.make(), self.make(user_id=self.seller.id)
        other = self.make(user_id=self.manager.id)
        led = self.make(user_id=self.manager.id, team_id=team.id)
        every = shared + own + other + led
        domain = [("id", "in", every.ids)]
        seen = self.targets.with_user(self.seller).search(domain)
        self.assertEqual(set(seen.ids), {shared.id, own.id})
        team.user_id = self.seller
        seen = self.targets.with_user(self.seller).search(domain)
        self.assertEqual(set(seen.ids), {shared.id, own.id, led.id})
        self.assertEqual(self.targets.with_user(self.manager).search(domain), every)
        for step in ("action_agree", "action_cancel", "action_revise"):
            with self.subTest(step=step), self.assertRaises(AccessError):
                getattr(own.with_user(self.seller), step)()

    def test_another_companys_target_is_not_seen(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        target = self.make(company_id=company.id)
        seen = self.targets.with_user(self.manager).search([("id", "=", target.id)])
        self.assertFalse(seen)
