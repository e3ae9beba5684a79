import {registry} from "@web/core/registry";

registry.category("web_tour.tours").add("crm_extended_exchange_hook", {
    steps: () => [
        {
            trigger: ".o_menu_sections button[data-menu-xmlid='crm_extended.menu_exchange']",
            run: "click",
        },
        {
            trigger: ".dropdown-menu a[data-menu-xmlid='crm_extended.menu_exchange_hook']",
            run: "click",
        },
        {trigger: ".o_data_row .o_data_cell:contains('TEST-ERP')", run: "click"},
        {trigger: ".o_form_view button[name='action_make_secret']", run: "click"},
        {
            content: "The secret is shown once",
            trigger: ".modal .o_field_widget[name='secret']:contains('whsec_')",
        },
        {trigger: ".modal footer button, .modal .btn-close", run: "click"},
        {trigger: ".o_arrow_button_current:contains('On')"},
        {trigger: ".o_form_view button[name='action_switch_off']", run: "click"},
        {trigger: ".modal footer .btn-primary", run: "click"},
        {trigger: ".o_form_view button[name='action_switch_on']:enabled", run: "click"},
        {trigger: ".o_arrow_button_current:contains('On')"},
    ],
});
