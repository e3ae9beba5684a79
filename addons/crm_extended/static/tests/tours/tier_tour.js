import {registry} from "@web/core/registry";

registry.category("web_tour.tours").add("crm_extended_tier", {
    url: "/odoo/loyalty-tiers",
    steps: () => [
        {
            content: "Open the ladder that is in preparation",
            trigger: ".o_data_row td[name='name']:contains('Tour Ladder')",
            run: "click",
        },
        {
            content: "Its levels say what they ask for",
            trigger: ".o_field_widget[name='level_ids'] td:contains('100')",
        },
        {
            content: "Look who would be where",
            trigger: "button[name='action_preview']",
            run: "click",
        },
        {
            content: "Nobody is moved by it",
            trigger: ".alert-info:contains('nobody was moved')",
        },
        {
            content: "Back to the ladder",
            trigger: ".o_back_button, .o_breadcrumb a:contains('Tour Ladder')",
            run: "click",
        },
        {
            content: "See the pyramid of the running ladder",
            trigger: "a[name='pyramid']",
            run: "click",
        },
        {
            content: "A level opens its members",
            trigger: ".o_tier_step[aria-label='Tour Silver: 1']",
            run: "click",
        },
        {
            content: "with the reason of each",
            trigger: ".o_data_row td[name='reason']:contains('150.00')",
        },
    ],
});

registry.category("web_tour.tours").add("crm_extended_referral", {
    url: "/odoo/referrals",
    steps: () => [
        {
            content: "Open the referral that waits for a decision",
            trigger: ".o_data_row td[name='friend_id']:contains('Tour Friend')",
            run: "click",
        },
        {
            content: "It says why",
            trigger: ".alert-warning:contains('Bought before')",
        },
        {
            content: "Say why it is refused",
            trigger: ".o_field_widget[name='note'] input",
            run: "edit Known for years",
        },
        {
            content: "Refuse it",
            trigger: "button[name='action_refuse']",
            run: "click",
        },
        {
            content: "It is refused",
            trigger: ".o_arrow_button_current:contains('Refused')",
        },
        {
            content: "and can be taken up again",
            trigger: "button[name='action_reopen']",
        },
    ],
});
