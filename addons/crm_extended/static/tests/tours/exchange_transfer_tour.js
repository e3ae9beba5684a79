import {registry} from "@web/core/registry";

registry.category("web_tour.tours").add("crm_extended_exchange_transfer", {
    steps: () => [
        {
            content: "Files and webhooks have a place of their own in the menu",
            trigger: ".o_menu_sections button[data-menu-xmlid='crm_extended.menu_exchange']",
            run: "click",
        },
        {
            trigger: ".dropdown-menu a[data-menu-xmlid='crm_extended.menu_exchange_transfer']",
            run: "click",
        },
        {trigger: ".o_list_button_add", run: "click"},
        {trigger: ".o_form_view .o_field_widget[name='name'] input", run: "edit Tour Files"},
        {
            trigger: ".o_field_widget[name='client_id'] input",
            run: "edit TOUR-FILES",
        },
        {trigger: ".o-autocomplete--dropdown-item:contains('TOUR-FILES')", run: "click"},
        {trigger: ".o_field_widget[name='place_id'] input", run: "edit Tour Place"},
        {trigger: ".o-autocomplete--dropdown-item:contains('Tour Place')", run: "click"},
        {trigger: ".o_form_button_save", run: "click"},
        {trigger: ".o_form_view button[name='action_start']:enabled", run: "click"},
        {
            content: "The run that was started is shown",
            trigger: ".o_form_view .o_field_widget[name='state']",
        },
        {trigger: ".o_form_view .o_field_widget[name='transfer_id']:contains('Tour Files')"},
    ],
});
