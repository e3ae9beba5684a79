from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .profile_common import ProfileCase

# model: rights of (user, steward, manager) as read, write, create, unlink
MODELS = {
    "crm.attribute": ("r", "r", "rwcu"),
    "crm.attribute.group": ("r", "r", "rwcu"),
    "crm.attribute.choice": ("r", "r", "rwcu"),
    "crm.attribute.value": ("r", "r", "r"),
    "crm.need": ("rwc", "rwc", "rwcu"),
    "crm.competitor.product": ("rwc", "rwc", "rwcu"),
    "crm.quality.rule": ("r", "r", "rwcu"),
    "crm.quality.band": ("r", "r", "rwcu"),
    "crm.quality.score": ("r", "r", "r"),
    "crm.quality.fault": ("r", "rw", "r"),
    "crm.quality.day": ("r", "r", "r"),
    "crm.quality.run": ("", "rwcu", "rwcu"),
    "crm.quality.fix": ("", "rwcu", ""),
    "crm.quality.fix.line": ("", "rw", ""),
}
OPERATIONS = {"r": "read", "w": "write", "c": "create", "u": "unlink"}
FIELDS = (
    "attribute_value_ids",
    "profile",
    "profile_choice_ids",
    "profile_axis_1_ids",
    "need_ids",
    "competitor_product_ids",
    "quality_band_ids",
    "quality_score_ids",
    "quality_fault_ids",
)


@tagged("post_install", "-at_install")
class TestProfileSecurity(ProfileCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.env["res.company"].create({"name": "Harmonia Abroad"})
        cls.abroad = new_test_user(
            cls.env,
            "p_abroad",
            groups="crm_extended.group_customer_manager,crm_extended.group_steward",
            company_id=cls.other.id,
            company_ids=[Command.set(cls.other.ids)],
        )

    def test_each_role_has_the_rights_of_its_work(self):
        roles = (self.stranger, self.shop, self.steward, self.manager)
        for name, rights in MODELS.items():
            for user, allowed in zip(roles, ("", *rights), strict=True):
                for letter, operation in OPERATIONS.items():
                    with self.subTest(model=name, user=user.login, operation=operation):
                        model = self.env[name].with_user(user)
                        self.assertEqual(model.has_access(operation), letter in allowed)

    def test_stranger_sees_no_trace_on_the_customer(self):
        customer = self.anna.with_user(self.stranger)
        described = customer.fields_get()
        for name in FIELDS:
            with self.subTest(field=name):
                self.assertNotIn(name, described)
                with self.assertRaises(AccessError):
                    customer.read([name])
                with self.assertRaises(AccessError):
                    customer.search([(name, "!=", False)])
        for method in ("get_profile", "get_quality"):
            with self.subTest(method=method), self.assertRaises(AccessError):
                getattr(customer, method)()
        views = customer.get_view(self.env.ref("base.view_partner_form").id, "form")
        self.assertNotIn("crm_profile", views["arch"])
        search = customer.get_view(
            self.env.ref("base.view_res_partner_filter").id, "search"
        )
        self.assertNotIn("profile_axis", search["arch"])

    def test_who_may_not_change_the_customer_may_not_change_the_profile(self):
        customer = self.anna.with_user(self.shop)
        self.assertFalse(customer.get_profile()["editable"])
        with self.assertRaises(AccessError):
            customer.set_profile_value(self.note.id, "x")
        with self.assertRaises(AccessError):
            customer.undo_profile_value(self.note.id, "2030-01-01T00:00:00")
        with self.assertRaises(AccessError):
            self.env["crm.attribute.value"].with_user(self.manager).create(
                {"partner_id": self.anna.id, "attribute_id": self.note.id}
            )

    def test_groupings_cannot_be_written(self):
        customer = self.anna.with_user(self.manager)
        for name in ("profile_choice_ids", "quality_band_ids", "profile_axis_1_ids"):
            with self.subTest(field=name), self.assertRaises(UserError):
                customer.write({name: [Command.clear()]})

    def test_companies_do_not_see_each_others_attributes_values_and_faults(self):
        secret = self.make_attribute("t_secret", "text", company_id=self.other.id)
        self.anna.company_id = self.env.company
        self.say(self.boris, secret, "Theirs")
        self.say(self.anna, self.note, "Ours")
        self.env["crm.quality.score"]._assess((self.anna | self.boris).ids)
        self.env.invalidate_all()
        here = self.boris.with_user(self.manager)
        self.assertFalse(here.attribute_value_ids)
        self.assertNotIn("t_secret", str(here.get_profile()))
        with self.assertRaises(UserError):
            here.set_profile_value(secret.id, "x")
        self.assertFalse(self.find("t_secret = Theirs", self.manager))
        self.env.invalidate_all()
        there = self.env["crm.attribute.value"].with_user(self.abroad)
        self.assertEqual(
            there.search([("attribute_id.group_id", "=", self.group.id)]).value_text,
            "Theirs",
        )
        faults = self.env["crm.quality.fault"].with_user(self.abroad)
        mine = [("partner_id", "in", (self.anna | self.boris).ids)]
        self.assertEqual(faults.search(mine).partner_id, self.boris)
        hidden = faults.sudo().search([("partner_id", "=", self.anna.id)], limit=1)
        hidden = hidden.with_user(self.abroad)
        for method in ("action_take_proposal", "action_skip", "action_confirm"):
            with self.subTest(method=method), self.assertRaises(AccessError):
                getattr(hidden, method)()
        with self.assertRaises(AccessError):
            hidden.write({"value": "x"})

    def test_shop_assistant_mends_nothing_by_the_work_list(self):
        self.env["crm.quality.score"]._assess(self.dana.ids)
        fault = self.env["crm.quality.fault"].search(
            [("partner_id", "=", self.dana.id)], limit=1
        )
        fault = fault.with_user(self.clerk)
        for method in (
            "action_take_proposal",
            "action_skip",
            "action_snooze",
            "action_confirm",
            "action_reopen",
            "action_normalise",
        ):
            with self.subTest(method=method), self.assertRaises(AccessError):
                getattr(fault, method)()
        with self.assertRaises(AccessError):
            fault.write({"value": "x"})
        steward = fault.with_user(self.steward)
        for values in ({"state": "fixed"}, {"partner_id": 1}, {"field": "name"}):
            with self.subTest(values=values), self.assertRaises(AccessError):
                steward.write(values)

    def test_hostile_values_are_refused_with_words_and_nothing_is_stored(self):
        customer = self.anna.with_user(self.clerk)
        cases = [
            (self.note, ["\0", "a" * 10_000_000, 5, {"a": 1}, ["x"], "\ud800"]),
            (self.pieces, ["5", True, float("nan"), 1e400, 2**63, [1]]),
            (self.born, ["1984-13-01", 5, "0001-01-01", "x" * 9999, True]),
            (self.vegan, ["yes", 1, 0, []]),
            (self.instrument, [self.jazz.id, 2**31, -1, "1", [1], True]),
            (self.styles, [[self.violin.id], ["x"], self.jazz.id, [[4, 1]], "1"]),
            (self.interest, [[2**31 - 1], list(range(1, 100)), {"id": 1}]),
        ]
        for attribute, values in cases:
            for value in values:
                with (
                    self.subTest(attribute=attribute.name, value=ascii(value)[:30]),
                    self.assertRaises(UserError),
                ):
                    customer.set_profile_value(attribute.id, value)
        for certainty in (-1, 101, 1e9, "high", True, None, [1], 50.5):
            with self.subTest(certainty=certainty), self.assertRaises(UserError):
                customer.set_profile_value(self.note.id, "x", certainty)
        for attribute in (0, -1, 2**31, "1", None, [1]):
            with self.subTest(attribute=attribute), self.assertRaises(UserError):
                customer.set_profile_value(attribute, "x")
        for source in (2**31, -5, "x", 10**8):
            with self.subTest(source=source), self.assertRaises(UserError):
                with self.env.cr.savepoint():
                    customer.set_profile_value(self.note.id, "x", 100, source)
        self.assertFalse(self.anna.attribute_value_ids)

    def test_text_that_reads_backwards_is_straightened(self):
        customer = self.anna.with_user(self.clerk)
        customer.set_profile_value(self.note.id, "A\u202eB")
        self.assertEqual(self.anna.attribute_value_ids.value_text, "AB")

    def test_hostile_questions_find_nothing_or_are_refused(self):
        for text in (
            "%",
            "_" * 400,
            "'; DROP TABLE res_partner; --",
            "t_note = ' OR 1=1",
            "user_ids.password: a",
            "\\",
            "x" * 100_000,
        ):
            with self.subTest(text=text[:20]):
                self.assertFalse(self.find(text) - self.customers)

    def test_profile_is_undone_by_its_author_only(self):
        customer = self.anna.with_user(self.clerk)
        customer.set_profile_value(self.instrument.id, self.violin.id)
        done = customer.set_profile_value(self.instrument.id, self.cello.id)
        for token in ("", None, 5, "2030-13-01", "1990-01-01T00:00:00", "x" * 9999):
            with self.subTest(token=token), self.assertRaises(UserError):
                customer.undo_profile_value(self.instrument.id, token)
        with self.assertRaises(UserError):
            self.anna.with_user(self.manager).undo_profile_value(
                self.instrument.id, done["undo"]
            )
        rows = customer.undo_profile_value(self.instrument.id, done["undo"])
        self.assertEqual([row["value"] for row in rows], [self.violin.id])
        with self.assertRaisesRegex(UserError, "nothing to undo"):
            customer.undo_profile_value(self.instrument.id, done["undo"])

    def test_page_takes_as_many_queries_for_many_values_as_for_few(self):
        customer = self.anna.with_user(self.clerk)
        instruments = [self.violin, self.cello, self.drums]
        self.say(self.anna, self.instrument, self.violin.id)
        self.say(self.anna, self.styles, self.jazz.id)
        self.say(self.anna, self.note, "x")
        self.say(self.anna, self.pieces, 3.0)
        self.say(self.anna, self.vegan, True)
        self.say(self.anna, self.born, "1984-05-06")
        customer.get_profile()  # rules are read once
        counts = []
        for _more in range(2):
            self.env.invalidate_all()
            start = self.env.cr.sql_log_count
            customer.get_profile()
            counts.append(self.env.cr.sql_log_count - start)
            for choice in instruments * 5:
                self.say(self.anna, self.instrument, choice.id)
            self.say(self.anna, self.styles, *self.styles.choice_ids.ids)
        self.assertEqual(*counts)
        self.assertLess(counts[0], 25)
