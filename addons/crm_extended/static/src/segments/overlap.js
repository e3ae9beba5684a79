import {_t} from "@web/core/l10n/translation";
import {MultiRecordSelector} from "@web/core/record_selectors/multi_record_selector";
import {registry} from "@web/core/registry";
import {OverlapMatrix} from "./overlap_matrix";
import {SegmentPage} from "./segment_page";
import {UpsetChart} from "./upset_chart";
import {VennChart} from "./venn_chart";

const CIRCLES = 3; // more of them cannot show every combination

/** Which segments share their customers: combinations, pairs, or circles. */
export class SegmentOverlap extends SegmentPage {
    static template = "crm_extended.SegmentOverlap";
    static components = {
        ...SegmentPage.components,
        MultiRecordSelector,
        OverlapMatrix,
        UpsetChart,
        VennChart,
    };

    get method() {
        return "overlap";
    }

    get args() {
        return [this.choices.ids];
    }

    getChoices(context) {
        return {ids: this.getActiveIds(context), view: "combinations"};
    }

    /** Without a choice the server takes the largest segments. */
    take(data) {
        this.choices.ids = data.segments.map((segment) => segment.id);
    }

    get views() {
        const views = [
            {name: "combinations", label: _t("Combinations")},
            {name: "pairs", label: _t("Pairs")},
        ];
        if (this.canDrawCircles) {
            views.push({name: "circles", label: _t("Circles")});
        }
        return views;
    }

    get canDrawCircles() {
        const count = this.state.data?.segments.length;
        return count > 1 && count <= CIRCLES;
    }

    get view() {
        const {view} = this.choices;
        return view === "circles" && !this.canDrawCircles ? "combinations" : view;
    }

    get summary() {
        const {total, customers} = this.state.data;
        return _t(
            "%(total)s of %(customers)s customers are in at least one of these segments.",
            {total: this.formatNumber(total), customers: this.formatNumber(customers)}
        );
    }

    openCombination(ids, exactly) {
        return this.open("open_overlap", [this.choices.ids, ids, exactly]);
    }
}

registry.category("actions").add("crm_segment_overlap", SegmentOverlap);
