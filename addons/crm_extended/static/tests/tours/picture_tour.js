import {registry} from "@web/core/registry";
import {stepUtils} from "@web_tour/tour_utils";

/* A colleague opens a customer's picture, looks for something and opens the document. */
registry.category("web_tour.tours").add("crm_extended_picture", {
    steps: () => [
        stepUtils.showAppsMenuItem(),
        {
            content: "Open the app",
            trigger: '.o_app[data-menu-xmlid="crm_extended.menu_root"]',
            run: "click",
        },
        {
            content: "Open the customer",
            trigger: '.o_data_cell:contains("Aaa Tour Customer")',
            run: "click",
        },
        {
            content: "The picture is a page of the form, too",
            trigger: ".o_notebook .nav-link[name=picture]",
            run: "click",
        },
        {
            trigger: '.o_form_view .o_picture_embedded .o_picture_entry:contains("Kind of Blue")',
        },
        {
            content: "Open the picture",
            trigger: "button[name=action_open_picture]",
            run: "click",
        },
        {
            content: "It is the customer's",
            trigger: '.o_picture_action .o_picture_name:contains("Aaa Tour Customer")',
        },
        {
            content: "The chart is drawn",
            trigger: ".o_picture_action .o_picture_chart canvas",
        },
        {
            content: "Look at calls only",
            trigger: ".o_picture_action .o_picture_chip[data-channel=call]",
            run: "click",
        },
        {
            trigger:
                ".o_picture_action .o_picture_timeline:not(:has(.o_picture_entry[data-channel=visit]))",
        },
        {
            content: "The call is there",
            trigger: '.o_picture_action .o_picture_entry:contains("Asked for a rare pressing")',
        },
        {
            content: "Show everything again",
            trigger: ".o_picture_action .o_picture_clear",
            run: "click",
        },
        {
            trigger: '.o_picture_action .o_picture_entry:contains("Listened for an hour")',
        },
        {
            content: "Search",
            trigger: ".o_picture_action .o_picture_search input",
            run: "edit blue",
        },
        {
            trigger:
                ".o_picture_action .o_picture_timeline:not(:has(.o_picture_entry[data-channel=call]))",
        },
        {
            content: "Look at orders",
            trigger: ".o_picture_action .o_picture_clear",
            run: "click",
        },
        {
            content: "Open the order",
            trigger: ".o_picture_action .o_picture_entry[data-channel=order]",
            run: "click",
        },
        {
            content: "The order's form opens",
            trigger: ".o_form_view .o_field_widget[name=order_line]",
        },
        {
            content: "Go back to the picture",
            trigger: '.o_breadcrumb .o_back_button:contains("Aaa Tour Customer")',
            run: "click",
        },
        {
            trigger: '.o_picture_action .o_picture_entry:contains("Listened for an hour")',
        },
    ],
});
