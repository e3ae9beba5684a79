import {registry} from "@web/core/registry";

registry.category("web_tour.tours").add("crm_extended_exchange_desk", {
    steps: () => [
        {trigger: ".o_exchange_tile[data-name='errors'] .o_exchange_value:not(:contains(/^0$/))"},
        {trigger: ".o_exchange_codes code:contains('out_of_scope')"},
        {
            trigger: ".o_exchange_desk tr[data-code='TEST-ERP'] a:first",
            run: "click",
        },
        {trigger: ".o_form_view button[name='action_key_dialog']", run: "click"},
        {trigger: ".modal .o_field_widget[name='name'] input", run: "edit Tour"},
        {trigger: ".modal button[name='action_make']", run: "click"},
        {trigger: ".modal .o_field_widget[name='key']"},
        {trigger: ".modal .btn-close, .modal .btn:contains('Done')", run: "click"},
        {trigger: ".o_form_view .nav-link[name='keys']", run: "click"},
        {trigger: ".o_field_widget[name='credential_ids'] .o_data_cell:contains('Tour')"},
    ],
});
