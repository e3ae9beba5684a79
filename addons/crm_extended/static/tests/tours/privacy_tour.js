import { registry } from "@web/core/registry";

/* A shop assistant writes down that a customer agrees to news by e-mail. */
registry.category("web_tour.tours").add("crm_extended_consent", {
    steps: () => [
        {
            content: "The page of consents",
            trigger: '.nav-link[name="consents"]',
            run: "click",
        },
        {
            content: "Nobody asked yet",
            trigger: '.o_consent_matrix tr:contains("Tour News") .badge:contains("Not asked")',
        },
        {
            content: "She agrees",
            trigger: '.o_consent_matrix tr:contains("Tour News") .o_consent_give',
            run: "click",
        },
        {
            content: "The text is shown",
            trigger: '.modal .o_field_widget[name="wording_text"]:contains("Write to me")',
        },
        {
            content: "Where it was said",
            trigger: '.modal .o_field_widget[name="proof"] textarea',
            run: "edit At the counter",
        },
        {
            content: "Record",
            trigger: '.modal button[name="action_record"]',
            run: "click",
        },
        {
            content: "The matrix tells it",
            trigger: '.o_consent_matrix tr:contains("Tour News") .badge:contains("Agreed")',
        },
        {
            content: "and the history keeps it",
            trigger: '.o_field_widget[name="consent_ids"] .o_data_row:contains("Tour News")',
        },
    ],
});
