import base64

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .import_common import FULL, ImportCase


@tagged("post_install", "-at_install")
class TestImportProposal(ImportCase):
    def make_run(self, text):
        data = text if isinstance(text, bytes) else text.encode()
        return (
            self.env["crm.import"]
            .with_user(self.operator)
            .create(
                {
                    "file": base64.b64encode(data),
                    "file_name": "x.csv",
                    "proposal_source_id": self.source.id,
                }
            )
        )

    def test_a_mapping_is_proposed_from_the_header_and_works(self):
        text = FULL.replace(",", ";").replace("id;", "Číslo;").replace("Jana", "Žaneta")
        text = text.replace("Číslo", "zákazník")
        run = self.make_run(text.encode("cp1250"))
        action = run.action_propose_mapping()
        mapping = self.env["crm.import.mapping"].browse(action["res_id"])
        self.assertEqual(run.mapping_id, mapping)
        self.assertRecordValues(
            mapping,
            [{"what": "both", "delimiter": ";", "encoding": "cp1250", "kind": "csv"}],
        )
        run._run()
        self.assertEqual((run.state, run.purchase_created), ("done", 3), run.error)

    def test_a_header_that_says_too_little_asks_for_a_hand(self):
        run = self.make_run("a,b\n1,2\n")
        with self.assertRaisesRegex(UserError, "Customer: key.*a, b"):
            run.action_propose_mapping()

    def test_without_a_mapping_nothing_starts(self):
        run = self.make_run(FULL)
        for step in (run.action_preview, run.action_try, run.action_import):
            with self.assertRaisesRegex(UserError, "Choose a mapping"):
                step()

    def test_who_may_not_import_gets_no_proposal(self):
        user = new_test_user(
            self.env, "prop", groups="crm_extended.group_customer_manager"
        )
        with self.assertRaises(AccessError):
            self.make_run(FULL).with_user(user).action_propose_mapping()
