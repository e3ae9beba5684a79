import {registry} from "@web/core/registry";
import {stepUtils} from "@web_tour/tour_utils";

/* A manager sees whom a policy changes, activates it, and finds it on the customer. */
registry.category("web_tour.tours").add("crm_extended_policy", {
    steps: () => [
        stepUtils.showAppsMenuItem(),
        {
            content: "Open the app",
            trigger: '.o_app[data-menu-xmlid="crm_extended.menu_root"]',
            run: "click",
        },
        {
            content: "Open the room of policies",
            trigger:
                '.o_menu_sections [data-menu-xmlid="crm_extended.menu_policies"]',
            run: "click",
        },
        {
            content: "Open the policies",
            trigger: '.o-dropdown-item[data-menu-xmlid="crm_extended.menu_policy"]',
            run: "click",
        },
        {
            content: "Open the draft",
            trigger: '.o_data_cell:contains("Tour Policy")',
            run: "click",
        },
        {
            content: "Say why",
            trigger: ".o_field_widget[name=reason] textarea",
            run: "edit Agreed by all branches",
        },
        {
            content: "See whom it changes",
            trigger: "button[name=action_preview]",
            run: "click",
        },
        {
            content: "One value would be set",
            trigger: ".o_field_widget[name=set_count]:contains(1)",
        },
        {
            content: "Activate it",
            trigger: "button[name=action_activate]",
            run: "click",
        },
        {
            content: "Yes, at once",
            trigger: ".modal-footer .btn-primary",
            run: "click",
        },
        {
            content: "It was set",
            trigger: '.o_breadcrumb .active:contains("Activation")',
        },
        {
            content: "Look at the customers",
            trigger: "button[name=action_open_changes]",
            run: "click",
        },
        {
            content: "From what to what",
            trigger: '.o_group_name:contains("Price List")',
            run: "click",
        },
        {
            trigger: '.o_group_name:contains("Tour List")',
            run: "click",
        },
        {
            content: "The customer is there",
            trigger: '.o_data_row:contains("Tour Customer"):contains("Tour List")',
        },
    ],
});
