from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .import_common import COLUMNS, FULL, ImportCase

MODELS = (
    "crm.source",
    "crm.source.record",
    "crm.branch",
    "crm.import",
    "crm.import.mapping",
    "crm.import.mapping.line",
)
# role -> model -> what it may: create read write unlink
ROLES = {
    "base.group_user": ("", "", "", "", "", ""),
    "crm_extended.group_customer_user": ("r", "", "r", "", "", ""),
    "crm_extended.group_import_user": ("cr", "r", "r", "crwu", "crwu", "crwu"),
    "crm_extended.group_customer_manager": ("crwu", "rwu", "crwu", "r", "r", "r"),
}
LETTERS = {"c": "create", "r": "read", "w": "write", "u": "unlink"}


@tagged("post_install", "-at_install")
class TestImportSecurity(ImportCase):
    def test_each_role_may_what_its_work_needs(self):
        for number, (group, rights) in enumerate(ROLES.items()):
            user = new_test_user(self.env, f"role{number}", groups=group)
            for model, letters in zip(MODELS, rights, strict=True):
                for letter, operation in LETTERS.items():
                    with self.subTest(group=group, model=model, operation=operation):
                        self.assertEqual(
                            self.env[model].with_user(user).has_access(operation),
                            letter in letters,
                        )

    def test_who_may_not_import_cannot_press_the_buttons(self):
        run = self.start(FULL)
        manager = new_test_user(
            self.env, "m1", groups="crm_extended.group_customer_manager"
        )
        user = new_test_user(self.env, "u1", groups="crm_extended.group_customer_user")
        for person in (manager, user):
            for step in (
                "action_preview",
                "action_try",
                "action_import",
                "action_stop",
            ):
                with self.subTest(step=step), self.assertRaises(AccessError):
                    getattr(run.with_user(person), step)()

    def test_the_file_of_an_import_is_read_by_its_readers_only(self):
        run = self.start(FULL)
        user = new_test_user(self.env, "u2", groups="crm_extended.group_customer_user")
        file = self.env["ir.attachment"].search(
            [
                ("res_model", "=", "crm.import"),
                ("res_id", "=", run.id),
                ("res_field", "=", "file"),
            ]
        )
        self.assertTrue(file.with_user(self.operator).raw)
        with self.assertRaises(AccessError):
            file.with_user(user).read(["raw"])

    def test_companies_do_not_see_each_other(self):
        other = self.env["res.company"].create({"name": "Other"})
        stranger = new_test_user(
            self.env,
            "stranger",
            groups="crm_extended.group_import_user",
            company_id=other.id,
            company_ids=[(6, 0, other.ids)],
        )
        run = self.load(FULL)
        mine = {
            "crm.source": self.source,
            "crm.branch": self.branch,
            "crm.import": run,
            "crm.import.mapping": self.mapping,
            "crm.import.mapping.line": self.mapping.line_ids,
            "crm.source.record": self.records(),
            "crm.purchase": self.purchases(),
        }
        for model, records in mine.items():
            with self.subTest(model=model):
                self.assertTrue(records)
                self.assertFalse(records.with_user(stranger)._filtered_access("read"))
                found = self.env[model].with_user(stranger).search([])
                self.assertFalse(found & records)
        with self.assertRaises(AccessError):
            self.start(FULL, user=stranger).action_preview()

    def test_a_shared_source_keeps_the_purchases_of_companies_apart(self):
        self.source.company_id = False
        self.load(FULL)
        other = self.env["res.company"].create({"name": "Other"})
        self.operator.company_ids += other
        columns = {k: v for k, v in COLUMNS.items() if k != "branch"}
        mapping = self.make_mapping(columns, company_id=other.id)
        run = self.load(FULL.replace("10.50", "99.00"), mapping)
        self.assertEqual(self.counts(run, "purchase"), (3, 0, 0), run.problems)
        kept = self.purchases().filtered(lambda p: p.company_id == self.company)
        self.assertEqual(set(kept.mapped("amount")), {10.5, -10.5, 7.0})

    def test_a_shared_source_does_not_change_customers_of_another_company(self):
        self.source.company_id = False
        self.load(FULL)
        other = self.env["res.company"].create({"name": "Other"})
        self.operator.company_ids += other
        jana = self.records().filtered(lambda r: r.key == "1").partner_id
        jana.company_id = self.company
        columns = {k: v for k, v in COLUMNS.items() if k != "branch"}
        mapping = self.make_mapping(columns, company_id=other.id)
        companies = (self.company + other).ids
        run = self.start(FULL.replace("Praha", "Plzeň"), mapping)
        run.with_context(allowed_company_ids=companies)._run()
        self.assertEqual((run.error_count, jana.city), (2, "Praha"), run.problems)
        self.assertEqual(self.counts(run, "purchase"), (1, 0, 0))

    def test_customers_of_others_are_neither_changed_nor_charged(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.load(FULL)
        jana = self.records().filtered(lambda r: r.key == "1").partner_id
        jana.company_id = other
        run = self.load(FULL.replace("Praha", "Plzeň").replace("10.50", "11.50"))
        self.assertEqual(run.error_count, 2)
        self.assertEqual(jana.city, "Praha")
        kept = self.purchases().filtered(lambda p: p.partner_id == jana)
        self.assertEqual(set(kept.mapped("amount")), {10.5, -10.5})
