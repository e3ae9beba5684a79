"""Files that attack: nothing outside the agreed fields is reached, nothing is run."""

import io
import zipfile

from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from ...intake.targets import TARGETS
from .import_common import COLUMNS, FULL, HEADER, ImportCase


@tagged("post_install", "-at_install")
class TestImportHostile(ImportCase):
    def test_only_harmless_fields_can_be_mapped(self):
        for target in (
            "user_ids",
            "login",
            "id",
            "signup_token",
            "property_x",
            "active",
            "attribute:no_such_attribute",
            "attribute:",
        ):
            with self.subTest(target=target), self.assertRaises(ValidationError):
                self.mapping.write(
                    {"line_ids": [Command.create({"column": "x", "target": target})]}
                )
        selection = dict(self.env["crm.import.mapping.line"]._select_target())
        attributes = self.env["crm.attribute"].search([])
        named = {f"attribute:{attribute.code}" for attribute in attributes}
        self.assertEqual(selection.keys(), TARGETS.keys() | named)

    def test_a_column_that_is_not_mapped_is_ignored(self):
        admin = self.env.ref("base.user_admin")
        text = FULL.replace("id,name", "id,name").replace("\n", ",base.user_admin\n")
        text = text.replace("branch,base.user_admin", "branch,user_ids", 1)
        before = admin.login, admin.partner_id.name
        self.load(text)
        self.assertEqual((admin.login, admin.partner_id.name), before)
        self.assertFalse(self.records().partner_id.user_ids)

    def test_a_key_like_an_external_id_is_only_a_key(self):
        self.load(FULL.replace("\n1,", "\nbase.partner_admin,"))
        partners = self.records().partner_id
        self.assertNotIn(self.env.ref("base.partner_admin"), partners)

    def test_cells_of_the_report_are_never_formulas(self):
        text = HEADER + '1,=cmd|x,a,"@SUM(1)",R1,2024-13-01,+5,\n'
        run = self.load(text)
        for line in self.read_report(run):
            for cell in line:
                self.assertFalse(
                    cell.startswith(("=", "+", "-", "@", "\t", "\r")), cell
                )

    def test_a_client_never_writes_what_an_import_found(self):
        evil = "<img src=x onerror=alert(1)>"
        run = self.start(FULL)
        outcome = {
            "preview": evil,
            "problems": evil,
            "error": "x",
            "state": "done",
            "step": "imported",
            "row_count": 5,
            "error_file": "eA==",
            "user_id": self.env.ref("base.user_admin").id,
        }
        for name, value in outcome.items():
            with self.subTest(field=name):
                with self.assertRaises(AccessError):
                    run.write({name: value})
                with self.assertRaises(AccessError):
                    self.start(FULL, **{name: value})
        defaults = {f"default_{name}": value for name, value in outcome.items()}
        runs = self.env["crm.import"].with_user(self.operator)
        run = runs.with_context(**defaults).create({"mapping_id": self.mapping.id})
        self.assertEqual((run.state, run.step, run.row_count), ("draft", "file", 0))
        self.assertEqual((run.preview, run.user_id), (False, self.operator))

    def test_what_an_import_shows_is_cleaned_of_scripts(self):
        run = self.start(FULL).sudo()
        run.preview = run.problems = '<td class="table-danger" onclick="x()">1</td>'
        for shown in (run.preview, run.problems):
            self.assertIn("table-danger", shown)
            self.assertNotIn("onclick", shown)

    def test_a_comment_is_text_not_markup(self):
        mapping = self.make_mapping({**COLUMNS, "city": "comment"})
        self.load(FULL.replace("Brno", "<b onclick=x>Brno</b>"), mapping)
        petr = self.records().filtered(lambda r: r.key == "2").partner_id
        self.assertNotIn("<b", str(petr.comment))
        self.assertIn("&lt;b", str(petr.comment))

    def test_the_two_spellings_of_one_letter_are_one_key(self):
        text = HEADER + "ž,A,,,R1,2024-01-01,1,\nz\u030c,A,,,R2,2024-01-01,1,\n"
        self.load(text)
        self.assertEqual(self.records().mapped("key"), ["ž"])

    def test_nul_and_undecodable_bytes_are_told_by_row(self):
        long = HEADER + "9,X,,,R0,2024-01-01,1,\n" * 3000
        data = (
            long.encode()
            + b"1,J\xffna,,,R1,2024-01-01,1,\n2,P\x00tr,,,R2,2024-01-01,1,\n"
        )
        run = self.load(data)
        rows = {line[0]: line[3] for line in self.read_report(run)[1:]}
        self.assertIn("encoding", rows["3002"])
        self.assertIn("NUL", rows["3003"])

    @mute_logger("odoo.addons.crm_extended.models.runs.crm_run_mixin")
    def test_a_bomb_and_an_entity_end_in_a_message(self):
        self.mapping.kind = "xlsx"
        for part, word in (
            (b" " * (60 * 2**20), "unpack"),
            (b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>', "outside"),
        ):
            out = io.BytesIO()
            with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
                package.writestr("[Content_Types].xml", b"<Types/>")
                package.writestr("xl/worksheets/sheet1.xml", part)
            run = self.load(out.getvalue())
            self.assertEqual(run.state, "failed")
            self.assertIn(word, run.error)

    def test_a_web_address_that_cannot_be_parsed_spoils_only_its_row(self):
        mapping = self.make_mapping({**COLUMNS, "city": "website"})
        run = self.load(FULL.replace("Brno", "http://[x"), mapping)
        self.assertEqual((run.state, run.customer_created), ("done", 1))

    def test_a_limit_is_told_as_people_write_it(self):
        for limit, told in ((1e6, "1000000"), (0.5, "0.5"), (1e12, "1000000000000")):
            self.mapping.amount_limit = limit
            self.assertEqual(str(self.mapping._get_forms().amount_limit), told)

    def test_limits_of_a_mapping_must_be_sane(self):
        for limit in (0, -1, 1e13):
            with self.subTest(limit=limit), self.assertRaises(ValidationError):
                self.mapping.amount_limit = limit
