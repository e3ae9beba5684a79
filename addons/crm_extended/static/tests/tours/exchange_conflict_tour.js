import {registry} from "@web/core/registry";

registry.category("web_tour.tours").add("crm_extended_exchange_conflict", {
    steps: () => [
        {
            content: "The desk counts what waits for a person, and leads there",
            trigger: ".o_exchange_tile[data-name='conflicts']:has(.o_exchange_value:contains(/^[1-9]/))",
            run: "click",
        },
        {
            trigger: ".o_data_row:contains('PUSH-ERP') .o_data_cell[name='record_name']",
            run: "click",
        },
        {trigger: ".o_form_view button[name='action_apply']:enabled"},
        {trigger: ".o_data_row:contains('Plzeň'):contains('Brno') button[name='action_choose_mine']", run: "click"},
        {trigger: ".o_data_row:not(:has(button[name='action_choose_mine']))"},
        {trigger: ".o_form_view button[name='action_apply']", run: "click"},
        {trigger: ".o_arrow_button_current:contains('Settled')"},
    ],
});
