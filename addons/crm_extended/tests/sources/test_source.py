import psycopg2

from odoo.tests import TransactionCase, new_test_user, tagged
from odoo.tools import mute_logger


@tagged("post_install", "-at_install")
class TestSource(TransactionCase):
    def test_a_code_is_used_once_in_a_company_and_once_among_the_shared(self):
        other = self.env["res.company"].create({"name": "Other"})
        for company in (self.env.company, other, self.env["res.company"]):
            vals = {"name": "Till", "code": "T-ONCE", "company_id": company.id}
            self.env["crm.source"].create(vals)
            with (
                self.subTest(company=company.name),
                mute_logger("odoo.sql_db"),
                self.assertRaises(psycopg2.errors.UniqueViolation),
                self.env.cr.savepoint(),
            ):
                self.env["crm.source"].create(vals)

    def test_trust_is_a_share(self):
        for trust in (-1, 101):
            with (
                self.subTest(trust=trust),
                mute_logger("odoo.sql_db"),
                self.assertRaises(psycopg2.errors.CheckViolation),
                self.env.cr.savepoint(),
            ):
                self.env["crm.source"].create(
                    {"name": "Till", "code": "T-TRUST", "trust": trust}
                )

    def test_a_user_sees_a_source_but_not_how_much_it_sent(self):
        source = self.env["crm.source"].create({"name": "Till", "code": "T-SEE"})
        record = {"source_id": source.id, "key": "1", "payload": {"name": "Jana"}}
        record = self.env["crm.source.record"].create(record)
        user = new_test_user(
            self.env, "s_user", groups="crm_extended.group_customer_user"
        )
        self.assertEqual(source.with_user(user).record_count, 0)
        self.assertEqual(source.record_count, 1)
        self.assertEqual(record.payload_text, "name: Jana")

    def test_shared_sources_are_seen_by_every_company(self):
        cdnow = self.env.ref("crm_extended.source_cdnow")
        other = self.env["res.company"].create({"name": "Other"})
        user = new_test_user(
            self.env,
            "s_other",
            groups="crm_extended.group_customer_user",
            company_id=other.id,
            company_ids=[(6, 0, other.ids)],
        )
        self.assertEqual(cdnow.with_user(user).name, "CDNOW")
