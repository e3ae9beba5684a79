import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";

registry.category("web_tour.tours").add("crm_work_item_tour", {
    url: "/odoo",
    steps: () => [
        stepUtils.showAppsMenuItem(),
        {
            content: "Open the contact centre",
            trigger: '.o_app[data-menu-xmlid="crm_contact_center.menu_root"]',
            run: "click",
        },
        {
            content: "My Items opens; take the next one",
            trigger: '.o_control_panel button[name="action_take_next"]',
            run: "click",
        },
        {
            content: "The item is in hand, its customer beside it",
            trigger:
                '.o_crm_work_item_form .o_field_widget[name="partner_email"]:contains(jana@door-customer.example)',
        },
        {
            content: "Answer",
            trigger: ".o-mail-Chatter-sendMessage:not(:disabled)",
            run: "click",
        },
        {
            trigger: ".o-mail-Composer-input",
            run: "edit We are open on Sundays from ten.",
        },
        {
            trigger: ".o-mail-Composer-send:enabled",
            run: "click",
        },
        {
            content: "The answer is in the conversation",
            trigger: '.o-mail-Message:contains("Sundays from ten")',
        },
        {
            content: "Now the ball is with the customer: seen without a reload by hand",
            trigger:
                '.o_statusbar_status button.o_arrow_button_current:contains("Waiting for Customer")',
        },
        {
            content: "Done",
            trigger: '.o_form_statusbar button[name="action_done"]',
            run: "click",
        },
        {
            trigger: '.modal .o_field_widget[name="disposition_id"] input',
            run: "click",
        },
        {
            trigger: '.o-autocomplete--dropdown-item a:contains("Question answered")',
            run: "click",
        },
        {
            content: "The outcome is chosen: the list of outcomes is closed",
            trigger:
                '.modal:not(:has(.o-autocomplete--dropdown-menu)) footer button[name="action_apply"]',
            run: "click",
        },
        {
            content: "The dialog is closed",
            trigger: "body:not(:has(.modal))",
        },
        {
            content: "Closed with an outcome",
            trigger:
                '.o_statusbar_status button.o_arrow_button_current:contains("Done")',
        },
        {
            content: "Nothing waits any more, and it is said so",
            trigger: '.o_form_statusbar button[name="action_take_next"]',
            run: "click",
        },
        {
            trigger: '.o_notification:contains("Nothing waits")',
        },
    ],
});
