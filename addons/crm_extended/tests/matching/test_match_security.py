"""Who sees and decides what: roles, companies, strangers."""

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .match_common import MatchCase

ROLES = {
    "user": "crm_extended.group_customer_user",
    "manager": "crm_extended.group_customer_manager",
    "steward": "crm_extended.group_steward",
    "import": "crm_extended.group_import_user",
    "privacy": "crm_extended.group_privacy_officer",
    "employee": "base.group_user",
    "portal": "base.group_portal",
}
# model: {role: operations allowed}; roles not named may do nothing
MATRIX = {
    "crm.match": {
        "user": "read", "manager": "read", "import": "read", "privacy": "read",
        "steward": "read write",
    },
    "crm.match.setting": {
        "user": "read", "import": "read", "privacy": "read",
        "manager": "read write create unlink",
        "steward": "read write create unlink",
    },
    "crm.match.run": {"steward": "read write create unlink"},
    "crm.match.key": {},
}  # fmt: skip
OPERATIONS = ("read", "write", "create", "unlink")


@tagged("post_install", "-at_install")
class TestMatchSecurity(MatchCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.users = {
            role: new_test_user(cls.env, f"m_{role}", groups=group)
            for role, group in ROLES.items()
            if role != "steward"
        }
        cls.users["steward"] = cls.steward

    def test_each_role_may_do_what_its_work_asks(self):
        for model, roles in MATRIX.items():
            for role, user in self.users.items():
                allowed = roles.get(role, "").split()
                records = self.env[model].with_user(user)
                for operation in OPERATIONS:
                    with self.subTest(model=model, role=role, operation=operation):
                        self.assertEqual(
                            records.has_access(operation), operation in allowed
                        )

    def test_only_a_steward_decides(self):
        jana, again = self.make(), self.make(name="Jana Kropackova")
        self.follow()
        pair = self.pair_of(jana, again)
        for role, user in self.users.items():
            if role == "steward":
                continue
            with self.subTest(role=role), self.assertRaises(AccessError):
                pair.with_user(user).action_distinct()
        self.assertTrue(pair.with_user(self.steward).action_distinct())

    def test_nobody_enters_what_matching_writes(self):
        jana, again = self.make(), self.make(name="Jana Kropackova")
        self.follow()
        pair = self.pair_of(jana, again).with_user(self.steward)
        for vals in (
            {"state": "merged"}, {"weight": 99.0}, {"automatic": True},
            {"evidence": []}, {"other_id": self.steward.partner_id.id},
        ):  # fmt: skip
            with self.subTest(vals=vals), self.assertRaises(AccessError):
                pair.write(vals)
        with self.assertRaises(AccessError):
            self.persons.with_user(self.steward).write({"weights": {}})
        pair.note = "a note may be written"

    def test_a_user_sees_no_pair_of_another_company(self):
        other = self.env["res.company"].create({"name": "Other"})
        user = new_test_user(
            self.env,
            "m_other",
            groups="crm_extended.group_steward",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        jana = self.make(company_id=self.env.company.id)
        again = self.make(company_id=self.env.company.id)
        self.follow()
        pair = self.pair_of(jana, again)
        self.assertEqual(pair.company_id, self.env.company)
        self.assertFalse(self.matches.with_user(user).search([("id", "=", pair.id)]))
        with self.assertRaises(AccessError):
            pair.with_user(user)._decide("distinct")
        groups = self.env["crm.match"].with_user(user)._clusters()
        self.assertFalse([one for one in groups if jana.id in one["partner_ids"]])

    def test_customers_of_two_companies_are_never_one(self):
        other = self.env["res.company"].create({"name": "Other"})
        ours = self.make(company_id=self.env.company.id)
        theirs = self.make(company_id=other.id)
        shared = self.make()
        self.follow()
        self.assertFalse(self.pair_of(ours, theirs))
        self.assertEqual(self.pair_of(ours, shared).company_id, self.env.company)
        self.assertEqual(self.pair_of(theirs, shared).company_id, other)
        clusters = self.pair_of(ours, theirs, shared).mapped("cluster")
        self.assertEqual(len([c for c in clusters if c]), 1, "one of the two at most")
        found = self.env["res.partner"]._find_candidates(theirs)
        self.assertNotIn(ours.id, [one["partner_id"] for one in found])

    def test_a_branch_and_its_mother_company_may_share_a_customer(self):
        branch = self.env["res.company"].create(
            {"name": "Branch", "parent_id": self.env.company.id}
        )
        ours = self.make(company_id=self.env.company.id)
        theirs = self.make(company_id=branch.id)
        self.follow()
        self.assertEqual(self.pair_of(ours, theirs).company_id, branch)

    def test_candidates_are_customers_the_user_may_read(self):
        self.make()
        self.follow()
        self.env["ir.rule"].sudo().create(
            {
                "name": "Nobody of Prague",
                "model_id": self.env.ref("base.model_res_partner").id,
                "domain_force": "[('city', '!=', 'Praha')]",
                "groups": [Command.link(self.env.ref(ROLES["user"]).id)],
            }
        )
        again = {"name": "Jana Kropáčková", "email": "jana.kropackova@music.example"}
        as_user = self.env["res.partner"].with_user(self.users["user"])
        self.assertEqual(as_user._find_candidates(again), [])
        self.assertTrue(self.env["res.partner"]._find_candidates(again))

    def test_who_has_no_role_is_not_told_of_candidates(self):
        jana = self.make()
        with self.assertRaises(AccessError):
            jana.with_user(self.users["employee"]).read(["match_candidate_id"])

    def test_a_run_looks_at_the_companies_of_its_starter_only(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.make(company_id=other.id)
        self.make(company_id=other.id)
        self.follow()
        self.env.cr.execute(
            "UPDATE crm_match SET state = 'pending' WHERE company_id = %s", [other.id]
        )
        run = self.env["crm.match.run"].with_user(self.steward)
        run = run.create({"setting_id": self.persons.id, "training": "never"})
        before = self.matches.search_count([("company_id", "=", other.id)])
        self.assertEqual(before, 1)
        run._run()
        self.assertEqual(run.state, "done", run.error)
        after = self.matches.search_count([("company_id", "=", other.id)])
        self.assertEqual(after, 1, "not found by this run, and not forgotten by it")
