import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";

/* A shop assistant looks a customer up and asks why she is in a segment. */
registry.category("web_tour.tours").add("crm_extended_customer", {
    steps: () => [
        stepUtils.showAppsMenuItem(),
        {
            content: "Open the app",
            trigger: '.o_app[data-menu-xmlid="crm_extended.menu_root"]',
            run: "click",
        },
        {
            content: "Customers are shown first, with their segments",
            trigger: '.o_data_row:contains("Aaa Tour Customer"):contains("Tour Segment")',
        },
        {
            content: "Open the customer",
            trigger: '.o_data_cell:contains("Aaa Tour Customer")',
            run: "click",
        },
        {
            content: "Open Scores & Segments",
            trigger: ".o_notebook .nav-link[name=scores_segments]",
            run: "click",
        },
        {
            content: "The segment and its reason are there",
            trigger:
                '.o_field_widget[name=segment_member_ids] .o_data_row:contains("Tour Segment"):contains("Tour Score 5")',
        },
        {
            content: "The score and its band are there",
            trigger:
                '.o_field_widget[name=score_value_ids] .o_data_row:contains("Tour Score"):contains("Because of 7")',
        },
        {
            content: "Open the picture",
            trigger: ".o_notebook .nav-link[name=picture]",
            run: "click",
        },
        {
            content: "The latest interaction is there",
            trigger:
                '.o_picture_embedded .o_picture_entry:contains("Asked for a rare pressing")',
        },
        {
            content: "Go back to the list",
            trigger: ".o_breadcrumb .o_back_button",
            run: "click",
        },
        {
            content: "Look for the segment",
            trigger: ".o_searchview_input",
            run: "edit Tour Segment",
        },
        {
            content: "Choose to filter by segment",
            trigger: '.o_searchview_autocomplete .o-dropdown-item:contains("Segment for")',
            run: "click",
        },
        {
            content: "Only members are left",
            trigger: '.o_searchview_facet:contains("Segment")',
        },
        {
            trigger: '.o_list_view:not(:contains("Aab Tour Stranger"))',
        },
        {
            content: "The member is still there",
            trigger: '.o_data_cell:contains("Aaa Tour Customer")',
        },
    ],
});
