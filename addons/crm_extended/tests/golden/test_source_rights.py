"""Who makes sources, and how long uploaded files are kept."""

from odoo.exceptions import AccessError
from odoo.tests import tagged

from ..sources.import_common import FULL
from .golden_common import GoldenCase


@tagged("post_install", "-at_install")
class TestSourceRights(GoldenCase):
    def test_an_operator_names_a_source_for_a_new_mapping(self):
        sources = self.env["crm.source"].with_user(self.operator)
        source = sources.create({"name": "Fair", "code": "G-FAIR"})
        self.assertEqual(source.trust, 50)
        run = self.start(
            "customer,name,email\n1,Jana,j@x.cz\n",
            mapping=self.env["crm.import.mapping"],
            proposal_source_id=source.id,
        )
        run.action_propose_mapping()
        self.assertEqual(run.mapping_id.source_id, source)
        for vals in ({"trust": 51}, {"kind": "manual"}):
            with self.subTest(vals), self.assertRaises(AccessError):
                sources.create({"name": "X", "code": "G-X", **vals})
        with self.assertRaises(AccessError):
            source.trust = 100
        with self.assertRaises(AccessError):
            source.unlink()

    def test_old_files_are_purged_and_what_came_in_stays(self):
        done, young, working = (self.load(FULL) for _n in range(3))
        working.sudo().state = "running"
        self.env.flush_all()
        files = self.env["ir.attachment"].search(
            [
                ("res_model", "=", "crm.import"),
                ("res_field", "=", "file"),
                ("res_id", "in", (done + working).ids),
            ]
        )
        self.assertEqual(len(files), 2)
        self.env.cr.execute(
            "UPDATE ir_attachment SET create_date = create_date - interval '91 days' "
            "WHERE id = ANY(%s)",
            [files.ids],
        )
        self.env.invalidate_all()
        self.env["crm.import"]._gc_files()
        self.assertFalse(done.file)
        self.assertTrue(young.file)
        self.assertTrue(working.file, "it is at work")
        self.assertEqual(done.customer_created, 2)
        self.env["ir.config_parameter"].set_param("crm_extended.import_keep_days", "0")
        self.assertEqual(self.env["crm.import"]._gc_files(), (0, 0))
