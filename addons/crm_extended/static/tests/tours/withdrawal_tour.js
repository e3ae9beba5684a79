import {registry} from "@web/core/registry";

const phase = (label) =>
    `.o_statusbar_status .o_arrow_button_current:contains("${label}")`;

/* A manager takes a bought list back, sees what went, and puts it all back. */
registry.category("web_tour.tours").add("crm_extended_withdrawal", {
    steps: () => [
        {
            content: "The source is open: take it back",
            trigger: "button[name=action_withdraw]:contains(Withdraw…)",
            run: "click",
        },
        {
            content: "First it is said what would happen",
            trigger: '.o_field_widget[name=preview]:contains("Tour Bought")',
        },
        {
            content: "One customer would go",
            trigger: ".o_field_widget[name=archived_count]:contains(1)",
        },
        {
            content: "Do it",
            trigger: "button[name=action_withdraw]:not(:contains(…))",
            run: "click",
        },
        {
            content: "Yes, really",
            trigger: ".modal .modal-footer .btn-primary",
            run: "click",
        },
        {trigger: phase("Withdrawn")},
        {
            content: "What was done is listed",
            trigger: ".o_notebook .nav-link[name=lines]",
            run: "click",
        },
        {
            trigger: '.o_field_widget[name=line_ids] .o_data_row:contains("Tour Bought")',
        },
        {
            content: "And what an undo would do",
            trigger: ".o_notebook .nav-link[name=outlook]",
            run: "click",
        },
        {trigger: ".o_field_widget[name=outlook]:contains(rows)"},
        {
            content: "It was the wrong list",
            trigger: "button[name=action_undo]",
            run: "click",
        },
        {
            trigger: ".modal .modal-footer .btn-primary",
            run: "click",
        },
        {content: "All is back", trigger: phase("Undone")},
    ],
});
