from odoo.tests import tagged

from .page_common import CustomerPageCase


@tagged("post_install", "-at_install")
class TestCustomerPageTour(CustomerPageCase):
    browser_size = "500x900"
    touch_enabled = True

    def test_a_customer_with_a_phone_asks_agrees_and_corrects(self):
        self.petra.city = "Brno"
        self.start_tour("/my/home", "crm_extended_customer_page", login="petra_page")
        self.assertEqual(self.offer.state, "quoted")
        self.assertEqual(self.get_answers().answer, "given")
        self.assertEqual(self.get_corrections().accepted["city"], "Praha")
        self.assertEqual(self.petra.city, "Brno")
