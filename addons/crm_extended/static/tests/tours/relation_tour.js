import {registry} from "@web/core/registry";

/* A shop assistant sees a customer's relations drawn and goes on to one of them. */
registry.category("web_tour.tours").add("crm_extended_relation", {
    steps: () => [
        {
            content: "Open Relations",
            trigger: ".o_notebook .nav-link[name=relations]",
            run: "click",
        },
        {
            content: "The customer is in the middle",
            trigger: ".o_relation_drawing .o_relation_middle:contains('Tour Choir')",
        },
        {
            content: "Its role is written on the way",
            trigger: ".o_relation_drawing .o_relation_role:contains('employs')",
        },
        {
            content: "The second step is drawn",
            trigger: ".o_relation_node:contains('Tour Household')",
        },
        {
            content: "What is past is not drawn yet",
            trigger: ".o_relation_drawing:not(:contains('Tour Former'))",
        },
        {
            trigger: ".o_relation_past",
            run: "click",
        },
        {
            content: "Now it is",
            trigger: ".o_relation_node:contains('Tour Former')",
        },
        {
            content: "The list holds them all",
            trigger: ".o_field_widget[name=crm_relation_ids] .o_data_row:contains('Tour Singer')",
        },
        {
            content: "Open a person by the keyboard's way, a link",
            trigger: ".o_relation_node:contains('Tour Singer')",
            run: "click",
        },
        {
            content: "Her own relations are drawn around her",
            trigger: ".o_last_breadcrumb_item:contains('Tour Singer')",
        },
        {
            trigger: ".o_notebook .nav-link[name=relations]",
            run: "click",
        },
        {
            trigger: ".o_relation_drawing .o_relation_middle:contains('Tour Singer')",
        },
    ],
});
