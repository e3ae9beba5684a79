import {registry} from "@web/core/registry";
import {stepUtils} from "@web_tour/tour_utils";

registry.category("web_tour.tours").add("crm_extended_segment_pictures", {
    steps: () => [
        // the form tells whom the segment takes
        {trigger: ".o_segment_preview_count:contains('60 customers fit now')"},
        // its profile
        {trigger: "button[name='action_open_profile']", run: "click"},
        {trigger: ".o_profile_words li:contains('Tourville')"},
        {trigger: ".o_profile td button:contains('Tourville')", run: "click"},
        {trigger: ".o_list_view .o_data_cell:contains('Tour 7')"},
        {trigger: ".o_back_button, .breadcrumb-item:contains('Profiles') a", run: "click"},
        {trigger: ".o_profile_words"},
        // overlaps of the segment
        {trigger: ".o_back_button, .breadcrumb-item a:contains('Tour Wide')", run: "click"},
        {trigger: "button[name='action_open_overlap']", run: "click"},
        {trigger: ".o_upset button[aria-label*='Tour Wide']"},
        {trigger: "button[data-view='pairs']", run: "click"},
        {trigger: ".o_overlap_matrix th:contains('Tour Wide')"},
        {trigger: "button[data-view='combinations']", run: "click"},
        {trigger: ".o_upset_set button[title='Tour Wide']", run: "click"},
        {trigger: ".o_list_view .o_data_cell:contains('Tour 7')"},
        // the grid
        stepUtils.showAppsMenuItem(),
        {trigger: ".o_app[data-menu-xmlid='crm_extended.menu_root']", run: "click"},
        {trigger: "button[data-menu-xmlid='crm_extended.menu_segments']", run: "click"},
        {trigger: "a[data-menu-xmlid='crm_extended.menu_segment_grid']", run: "click"},
        {
            trigger: "select[name='row']",
            run: "selectByLabel Tour Rows",
        },
        {
            trigger: "select[name='column']",
            run: "selectByLabel Tour Columns",
        },
        {
            trigger: ".o_grid_cell[data-row='5'][data-column='5']:contains('12')",
            run: ({anchor}) => {
                anchor.dispatchEvent(
                    new KeyboardEvent("keydown", {key: " ", bubbles: true})
                );
            },
        },
        {trigger: ".o_grid_picked[data-row='5'][data-column='5']"},
        {trigger: ".o_grid_define:enabled", run: "click"},
        {trigger: ".o_segment_preview_count:contains('12 customers fit now')"},
        {trigger: ".o_field_widget[name='name'] input", run: "edit Tour Picked"},
        {trigger: ".o_form_button_save", run: "click"},
        {trigger: ".o_form_saved"},
    ],
});
