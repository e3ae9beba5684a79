import {registry} from "@web/core/registry";

const phone = ".o_crm_sources_values tr[data-field=phone]";

/* A steward reads who says what, believes another source, and takes it back. */
registry.category("web_tour.tours").add("crm_extended_golden", {
    steps: () => [
        {
            content: "Open what the sources say",
            trigger: '.o_notebook .nav-link:contains("Sources")',
            run: "click",
        },
        {
            content: "The more trusted source is believed, the other one is beside it",
            trigger: `${phone}:contains("+420 601 000 001"):contains("Most Trusted")`,
        },
        {
            content: "The row is there as it was received",
            trigger: '.o_crm_sources_records:contains("Tour Web")',
        },
        {
            content: "Believe the other one",
            trigger: `${phone} .o_crm_use`,
            run: "click",
        },
        {
            content: "It is pinned, and stands on the customer",
            trigger: `${phone}:has(.fa-thumb-tack) td:contains("+420 602 000 002")`,
        },
        {
            trigger: ".o_field_widget[name=phone] input:value('+420 602 000 002')",
        },
        {
            content: "Take it back",
            trigger: `${phone} .o_crm_unpin`,
            run: "click",
        },
        {
            content: "The rules decide as before",
            trigger: `${phone}:not(:has(.fa-thumb-tack)) td:contains("+420 601 000 001")`,
        },
    ],
});
