from odoo.tests import HttpCase, new_test_user, tagged


@tagged("post_install", "-at_install")
class TestImportTour(HttpCase):
    def test_a_file_too_big_for_a_form_is_refused_with_the_remedy(self):
        new_test_user(self.env, "tour_clerk", groups="crm_extended.group_import_user")
        path = "/odoo/action-crm_extended.action_import/new"
        self.start_tour(path, "crm_extended_import_file", login="tour_clerk")
