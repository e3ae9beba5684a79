import {registry} from "@web/core/registry";

const name = (text) => `.o_review_record a:contains("${text}")`;

/* A data steward decides three clusters with the keyboard alone and undoes one. */
registry.category("web_tour.tours").add("crm_extended_review", {
    steps: () => [
        {
            content: "The surest cluster is first",
            trigger: `.o_crm_review:contains("4 clusters left") ${name("Tour Jan")}`,
        },
        {
            content: "The phone differs, and the cursor stands on it",
            trigger: ".o_review_active.o_review_differs[data-key=phone]",
            run: "press 2",
        },
        {
            content: "The second record's phone is chosen",
            trigger:
                "[data-key=phone] .o_review_cell.o_review_chosen[data-number='2']",
        },
        {
            trigger: "[data-key=phone] .o_review_result:contains('+420 601 000 001')",
            run: "press ArrowLeft",
        },
        {
            content: "An arrow takes the value to the left",
            trigger:
                "[data-key=phone] .o_review_cell.o_review_chosen[data-number='1']",
            run: "press ArrowRight",
        },
        {
            content: "Leave the third record out",
            trigger:
                "[data-key=phone] .o_review_cell.o_review_chosen[data-number='2']",
            run: "press Shift+3",
        },
        {
            content: "It is struck out",
            trigger: ".o_review_record.o_review_out:contains('take in again')",
        },
        {
            content: "The waterfall tells why",
            trigger: ".o_match_waterfall:contains('Name')",
            run: "press m",
        },
        {
            content: "The next cluster is there; it is not the same",
            trigger: `.o_crm_review:contains("3 clusters left") ${name("Tour Eva")}`,
            run: "press n",
        },
        {
            content: "The next one is for later",
            trigger: `.o_crm_review:contains("2 clusters left") ${name("Tour Petr")}`,
            run: "press l",
        },
        {
            content: "One is left; take the last decision back",
            trigger: `.o_crm_review:contains("1 cluster left"):contains("Put off.") ${name("Tour Iva")}`,
            run: "press u",
        },
        {
            content: "It is here again",
            trigger: `.o_crm_review:contains("2 clusters left"):contains("Undone") ${name("Tour Petr")}`,
            run: "press ?",
        },
        {
            content: "The keys are told",
            trigger: ".o_review_keys:contains('Not the same; never proposed again')",
            run: "press Escape",
        },
        {
            trigger: ".o_crm_review:not(:has(.o_review_keys))",
            run: "press Enter",
        },
        {
            content: "Enter merged it",
            trigger: `.o_crm_review:contains("1 cluster left"):contains("2 records are Tour Petr now") ${name("Tour Iva")}`,
            run: "press l",
        },
        {
            content: "Nothing is left: it says what to do",
            trigger: ".o_review_empty:contains('Run Matching') .o_review_take_up",
            run: "click",
        },
        {
            content: "What was put off is here again",
            trigger: `.o_crm_review:contains("1 cluster left") ${name("Tour Iva")}`,
        },
    ],
});
