from odoo.tests import HttpCase, new_test_user, tagged

from .privacy_common import OFFICER


@tagged("post_install", "-at_install")
class TestPrivacyRpc(HttpCase):
    """A partner's program answers a request by XML-RPC, which cannot carry None."""

    def test_a_request_is_answered_step_by_step(self):
        officer = new_test_user(
            self.env, "t_rpc_officer", password="t_rpc_officer", groups=OFFICER
        )
        person = self.env["res.partner"].create(
            {"name": "Quivira", "email": "quivira@example.com"}
        )

        def call(model, method, *args):
            return self.xmlrpc_object.execute(
                self.env.cr.dbname, officer.id, "t_rpc_officer", model, method, *args
            )

        request = call(
            "crm.privacy.request", "create", {"kind": "access", "partner_id": person.id}
        )
        call("crm.privacy.request", "write", [request], {"identity_check": "known"})
        self.assertTrue(call("crm.privacy.request", "action_check", [request]))
        self.assertTrue(call("crm.privacy.request", "action_fulfil", [request]))
        [row] = call("crm.privacy.request", "read", [request], ["state", "result_ids"])
        self.assertEqual(row["state"], "done")
        names = self.env["ir.attachment"].browse(row["result_ids"]).mapped("name")
        kinds = {name.rpartition(".")[2] for name in names}
        self.assertLessEqual({"html", "json"}, kinds, "readable without a printer")
