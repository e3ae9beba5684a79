import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";

registry.category("web_tour.tours").add("crm_analytics_purchase_pivot", {
    url: "/odoo",
    steps: () => [
        stepUtils.showAppsMenuItem(),
        {
            content: "open the Analytics app",
            trigger: '.o_app[data-menu-xmlid="crm_analytics.menu_root"]',
            run: "click",
        },
        {
            content: "the pivot answers with numbers",
            trigger: ".o_pivot td.o_pivot_cell_value:contains(/[1-9]/)",
        },
        {
            content: "its rows are segments",
            trigger: ".o_pivot th.o_pivot_header_cell_closed:contains(Tour Segment)",
        },
        {
            content: "a cell drills down",
            trigger: ".o_pivot td.o_pivot_cell_value:contains(/[1-9]/)",
            run: "click",
        },
        {
            content: "to the rows behind it",
            trigger: ".o_list_view .o_data_row td[name=partner_id]:contains(Tour)",
        },
        {
            content: "and a row leads to its customer",
            trigger: ".o_list_view .o_data_row button[name=action_open_customer]",
            run: "click",
        },
        {
            content: "the customer's form",
            trigger: ".o_form_view .o_field_widget[name=name]",
        },
    ],
});
