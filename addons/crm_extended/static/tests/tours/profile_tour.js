import {registry} from "@web/core/registry";
import {stepUtils} from "@web_tour/tour_utils";

/* Marketing adds an attribute, fills it in on a customer, and filters by it. */
registry.category("web_tour.tours").add("crm_extended_profile", {
    steps: () => [
        stepUtils.showAppsMenuItem(),
        {
            content: "Open the app",
            trigger: '.o_app[data-menu-xmlid="crm_extended.menu_root"]',
            run: "click",
        },
        {
            content: "Open the configuration",
            trigger: '[data-menu-xmlid="crm_extended.menu_configuration"]',
            run: "click",
        },
        {
            content: "Open the attributes",
            trigger: '.dropdown-item[data-menu-xmlid="crm_extended.menu_attribute"]',
            run: "click",
        },
        {
            content: "Attributes are shown by part of the profile",
            trigger: '.o_group_header:contains("Demographics")',
        },
        {
            trigger: ".o_list_button_add",
            run: "click",
        },
        {
            content: "Name the attribute",
            trigger: ".o_field_widget[name=name] input",
            run: "edit Tour Instrument",
        },
        {
            trigger: ".o_field_widget[name=code] input",
            run: "edit tour_instrument",
        },
        {
            content: "It is a choice",
            trigger: ".o_field_widget[name=kind] input",
            run: "click",
        },
        {
            trigger: '.o_select_menu_item:contains("One Choice")',
            run: "click",
        },
        {
            content: "It belongs to a part",
            trigger: ".o_field_widget[name=group_id] input",
            run: "edit Requirements",
        },
        {
            trigger: '.o-autocomplete--dropdown-item:contains("Requirements")',
            run: "click",
        },
        {
            content: "Customers are grouped by it",
            trigger: ".o_field_widget[name=groupable] input",
            run: "click",
        },
        {
            content: "Add a choice",
            trigger: ".o_field_widget[name=choice_ids] .o_field_x2many_list_row_add a",
            run: "click",
        },
        {
            trigger: ".o_field_widget[name=choice_ids] .o_selected_row [name=name] input",
            run: "edit Hurdy-gurdy",
        },
        ...stepUtils.saveForm(),
        {
            content: "Go to the customers",
            trigger: '[data-menu-xmlid="crm_extended.menu_customers"]',
            run: "click",
        },
        {
            trigger: '.dropdown-item[data-menu-xmlid="crm_extended.menu_customer"]',
            run: "click",
        },
        {
            content: "Open the customer",
            trigger: '.o_data_cell:contains("Aaa Tour Musician")',
            run: "click",
        },
        {
            content: "Open the profile",
            trigger: ".o_notebook .nav-link[name=profile]",
            run: "click",
        },
        {
            content: "Fill the new attribute in",
            trigger: ".o_crm_profile_attribute[data-code=tour_instrument] select",
            run: "selectByLabel Hurdy-gurdy",
        },
        {
            content: "It is stored",
            trigger: '.o_notification:contains("Tour Instrument is stored")',
        },
        {
            content: "Look where it is known from",
            trigger:
                ".o_crm_profile_attribute[data-code=tour_instrument] .o_crm_profile_detail",
            run: "click",
        },
        {
            trigger: '.o_crm_profile_history td:contains("Hurdy-gurdy")',
        },
        {
            content: "Go back to the list",
            trigger: ".o_breadcrumb .o_back_button",
            run: "click",
        },
        {
            content: "Look for it",
            trigger: ".o_searchview_input",
            run: "edit tour_instrument = Hurdy-gurdy",
        },
        {
            content: "Choose to look in the profile",
            trigger: '.o_searchview_autocomplete .o-dropdown-item:contains("Profile for")',
            run: "click",
        },
        {
            content: "Only the musician is left",
            trigger: '.o_list_view:not(:contains("Aab Tour Listener"))',
        },
        {
            trigger: '.o_data_cell:contains("Aaa Tour Musician")',
        },
    ],
});

/* A data steward takes a proposal on the work list and mends a value in place. */
registry.category("web_tour.tours").add("crm_extended_fix_next", {
    steps: () => [
        {
            content: "The slip is on the list",
            trigger: '.o_data_row:contains("Aaa Tour Slip"):contains("A slip in the domain")',
        },
        {
            content: "Take the proposal",
            trigger:
                '.o_data_row:contains("A slip in the domain") button[name=action_take_proposal]',
            run: "click",
        },
        {
            content: "It is done",
            trigger: '.o_list_view:not(:contains("A slip in the domain"))',
        },
        {
            content: "Mend the phone in the list itself",
            trigger: '.o_data_row:contains("No such number") td[name=value]',
            run: "click",
        },
        {
            trigger: ".o_selected_row [name=value] input",
            run: "edit +420601112233 && press Enter",
        },
        {
            content: "It is done, and stays in sight until the list is read again",
            trigger: '.o_data_row.text-muted:contains("No such number")',
        },
    ],
});
