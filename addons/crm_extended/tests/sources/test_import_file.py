"""A file that cannot be read says what is wrong with it and what to do."""

from odoo.tests import tagged

from ...intake.problems import CellProblem, FileProblem
from ...loading.wording import WORDING, word
from .import_common import DATA, FULL, HEADER, ImportCase


@tagged("post_install", "-at_install")
class TestImportFile(ImportCase):
    def test_the_wrong_delimiter_is_a_clear_message(self):
        run = self.load(FULL.replace(",", ";"))
        self.assertEqual(run.state, "failed")
        self.assertIn("no column id", run.error)
        self.assertIn("delimiter", run.error)
        self.assertFalse(self.records())

    def test_the_wrong_encoding_is_a_clear_message(self):
        run = self.load(FULL.replace("Jana", "Ždána").encode("cp1250"))
        self.assertEqual(run.state, "failed")
        self.assertIn("encoding", run.error)
        self.mapping.encoding = "cp1250"
        run._run()
        self.assertEqual(run.state, "done")
        self.assertIn("Ždána", self.records().mapped("partner_id.name"))

    def test_an_empty_file_is_a_clear_message(self):
        for text in (" \n", HEADER):
            with self.subTest(text=text):
                run = self.load(text)
                self.assertEqual(run.state, "failed")
                self.assertRegex(run.error, "empty|no rows")

    def test_a_file_over_the_limit_is_refused_with_the_limit(self):
        self.env["res.config.settings"].create({"crm_import_max_mb": 1}).execute()
        run = self.load(FULL + "x" * 2**20)
        self.assertEqual(run.state, "failed")
        self.assertIn("at most 1 MB", run.error)

    def test_each_problem_has_words(self):
        details = dict.fromkeys(
            "row column found limit megabytes encoding wanted sheet length form latest "
            "decimal cells columns first reason kind".split(),
            "x",
        )
        for code in WORDING:
            with self.subTest(code=code):
                self.assertTrue(all(word(self.env, code, details)))
        source = "".join(
            path.read_text()
            for folder in ("intake", "loading")
            for path in (DATA.parents[1] / f"addons/crm_extended/{folder}").glob("*.py")
        )
        for kind in (CellProblem, FileProblem):
            for part in source.split(f'{kind.__name__}("')[1:]:
                code = part.partition('"')[0]
                self.assertTrue(code in WORDING or code == "unknown_", code)
