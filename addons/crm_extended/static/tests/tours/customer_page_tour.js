import { registry } from "@web/core/registry";

const go = (trigger, run = "click") => ({ trigger, run, expectUnloadPage: true });

// A customer on a phone: from home to an offer, a price, a consent and a correction
registry.category("web_tour.tours").add("crm_extended_customer_page", {
    steps: () => [
        go(".o_portal_index_card a:contains(My Customer Page)"),
        { trigger: ".o_customer_card:contains(Zq Club)" },
        go(".o_customer_offer:contains(Zq Bow) button:contains(Ask for a quotation)"),
        { trigger: ".o_customer_offer .badge:contains(being prepared)" },
        go(".nav-link:contains(Prices)"),
        { trigger: "input[name=search]", run: "edit zq bow" },
        go("button:contains(Search)"),
        { trigger: ".o_customer_prices:contains(Zq Bow)" },
        go(".nav-link:contains(Consents)"),
        go(".o_customer_purpose:contains(Zq Concerts) button:contains(I agree)"),
        { trigger: ".o_customer_purpose:contains(Zq Concerts) .badge:contains(Yes)" },
        go(".nav-link:contains(My Data)"),
        { trigger: "input[name=city]", run: "edit Praha" },
        go("button:contains(Send Correction)"),
        { trigger: ".alert-info:contains(Praha)" },
        { trigger: "input[name=city]:value(Praha)" },
    ],
});
