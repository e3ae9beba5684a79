import {registry} from "@web/core/registry";
import {stepUtils} from "@web_tour/tour_utils";

/* A manager hands a leaver's customers over: who gets what, done, and brought back. */
registry.category("web_tour.tours").add("crm_extended_handover", {
    steps: () => [
        stepUtils.showAppsMenuItem(),
        {
            content: "Open the app",
            trigger: '.o_app[data-menu-xmlid="crm_extended.menu_root"]',
            run: "click",
        },
        {
            content: "Open the room of our people",
            trigger: '.o_menu_sections [data-menu-xmlid="crm_extended.menu_people"]',
            run: "click",
        },
        {
            content: "Open the handovers",
            trigger: '.o-dropdown-item[data-menu-xmlid="crm_extended.menu_handover"]',
            run: "click",
        },
        {
            content: "Their list is there",
            trigger: '.o_breadcrumb .active:contains("Handovers")',
        },
        {
            content: "A new one",
            trigger: ".o_list_button_add",
            run: "click",
        },
        {
            content: "Whose customers",
            trigger: ".o_field_widget[name=user_id] input",
            run: "edit Tour Jan",
        },
        {
            trigger: '.o-autocomplete--dropdown-item:contains("Tour Jan")',
            run: "click",
        },
        {
            content: "Name a successor",
            trigger: ".o_field_widget[name=successor_ids] .o_field_x2many_list_row_add a",
            run: "click",
        },
        {
            trigger: ".o_field_widget[name=successor_ids] [name=user_id] input",
            run: "edit Tour Eva",
        },
        {
            trigger: '.o-autocomplete--dropdown-item:contains("Tour Eva")',
            run: "click",
        },
        {
            content: "See who gets what",
            trigger: 'button[name=action_prepare]:contains("Preview")',
            run: "click",
        },
        {
            content: "The successor gets one customer",
            trigger: ".o_field_widget[name=successor_ids] .o_data_row [name=customer_count]:contains(1)",
        },
        {
            content: "Look at the customers",
            trigger: ".o_notebook .nav-link[name=customers]",
            run: "click",
        },
        {
            content: "The customer goes to her, for a reason",
            trigger:
                '.o_field_widget[name=line_ids] .o_data_row:contains("Tour Customer"):contains("Fewest open matters")',
        },
        {
            content: "Hand over now",
            trigger: "button[name=action_start]",
            run: "click",
        },
        {
            content: "Yes, really",
            trigger: ".modal .modal-footer .btn-primary",
            run: "click",
        },
        {
            content: "It is done",
            trigger: '.o_statusbar_status .o_arrow_button_current:contains("Done")',
        },
        {
            content: "It was a mistake",
            trigger: "button[name=action_ask_undo]",
            run: "click",
        },
        {
            content: "Nothing was changed since: give all back",
            trigger: ".modal button[name=action_undo]",
            run: "click",
        },
        {
            content: "All is as before",
            trigger: '.o_statusbar_status .o_arrow_button_current:contains("Undone")',
        },
    ],
});
