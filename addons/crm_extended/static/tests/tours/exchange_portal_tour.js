import { registry } from "@web/core/registry";

// A partner's person: a key made and revoked, the manual, and a call tried out
registry.category("web_tour.tours").add("crm_extended_exchange_portal", {
    steps: () => [
        {
            trigger: ".o_exchange_client:contains(System PORTAL-ERP)",
            run: "click",
            expectUnloadPage: true,
        },
        { trigger: "input[name=label]", run: "edit Tour key" },
        {
            trigger: "button:contains(New Key)",
            run: "click",
            expectUnloadPage: true,
        },
        { trigger: ".o_exchange_key:not(:empty)" },
        {
            trigger: "tr:contains(Tour key) button:contains(Revoke)",
            run() {
                window.confirm = () => true; // a tour cannot answer the browser
                this.anchor.click();
            },
            expectUnloadPage: true,
        },
        { trigger: "tr.text-muted:contains(Tour key)" },
        {
            trigger: ".nav-link:contains(Manual)",
            run: "click",
            expectUnloadPage: true,
        },
        { trigger: ".o_exchange_sample:contains(exchange-portal-erp)" },
        { trigger: "#pull summary", run: "click" },
        { trigger: "#pull[open] li:contains(cursor)" },
        {
            trigger: ".breadcrumb a:contains(Data Exchange)",
            run: "click",
            expectUnloadPage: true,
        },
        {
            trigger: ".o_exchange_client:contains(System PORTAL-TEST)",
            run: "click",
            expectUnloadPage: true,
        },
        {
            trigger: ".nav-link:contains(Console)",
            run: "click",
            expectUnloadPage: true,
        },
        {
            trigger: "a.btn:contains(push)",
            run: "click",
            expectUnloadPage: true,
        },
        {
            trigger: ".o_exchange_console button",
            run: "click",
            expectUnloadPage: true,
        },
        { trigger: ".o_exchange_answer:contains(created)" },
    ],
});
