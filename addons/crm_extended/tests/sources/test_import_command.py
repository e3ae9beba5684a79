import contextlib
import io

from odoo.cli.command import find_command
from odoo.tests import tagged

from .import_common import DATA, FULL, ImportCase


@tagged("post_install", "-at_install")
class TestImportCommand(ImportCase):
    def run_command(self, *arguments):
        command = find_command("crm_import")()
        options = command._parse(["-d", "x", *map(str, arguments)])
        out = io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
            done = command._import(self.env, options)
        return done, out.getvalue()

    def test_the_command_imports_and_prints_counts(self):
        done, out = self.run_command(
            "-m", "CDNOW-SAMPLE", DATA / "CDNOW_sample.txt", "--dry-run"
        )
        self.assertTrue(done, out)
        self.assertIn("6919 rows", out)
        self.assertIn("customers: 2357 new, 0 changed, 0 as before", out)

    def test_a_failure_is_told_and_is_a_failure(self):
        done, out = self.run_command("-m", "CDNOW-SAMPLE", DATA / "README.md")
        self.assertIn("rows with problems", out)
        self.mapping.code = "T-RECEIPTS"
        done, out = self.run_command("-m", "T-RECEIPTS", DATA / "README.md")
        self.assertFalse(done)
        self.assertIn("no column id", out)

    def test_an_unknown_mapping_or_user_is_told(self):
        for arguments, text in (
            (("-m", "NOWHERE"), "known codes: .*CDNOW"),
            (("-m", "CDNOW", "-u", "nobody"), "nobody"),
        ):
            with self.subTest(text), self.assertRaisesRegex(SystemExit, text):
                self.run_command(*arguments, DATA / "README.md")

    def test_a_folder_a_missing_file_and_a_wrong_database_are_told(self):
        command = find_command("crm_import")()
        with self.assertRaisesRegex(SystemExit, "is a folder"):
            command._check_file(DATA)
        with self.assertRaisesRegex(SystemExit, "No such file"):
            command._check_file(DATA / "nowhere.csv")
        with self.assertRaisesRegex(SystemExit, "crm_extended is not installed"):
            command._check_addon({}, "shop")

    def test_the_text_of_a_file_reaches_no_log(self):
        with self.assertNoLogs("odoo.addons.crm_extended", level="INFO"):
            self.load(FULL)
