import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {RecordSelector} from "@web/core/record_selectors/record_selector";
import {formatFloat} from "@web/views/fields/formatters";
import {SegmentPage} from "./segment_page";

const WIDEST = 3; // doublings at which a bar reaches the edge: 8 times as frequent
const LARGEST = 1.5; // standard deviations at which it does

/** What is over- and under-represented in a segment, in words and as bars. */
export class SegmentProfile extends SegmentPage {
    static template = "crm_extended.SegmentProfile";
    static components = {...SegmentPage.components, RecordSelector};

    get method() {
        return "profile";
    }

    get args() {
        return [this.choices.segmentId, this.choices.baseId || null];
    }

    get isReady() {
        return Boolean(this.choices.segmentId);
    }

    getChoices(context) {
        const given = this.getActiveIds(context)[0] || Number(context.active_id);
        return {segmentId: given || false, baseId: false, everything: false};
    }

    take(data) {
        this.props.updateActionState?.({active_id: data.segment.id});
    }

    get summary() {
        const {segment, base, outside} = this.state.data;
        const sizes = _t("%(inside)s of the %(base)s compared (%(name)s) are in the segment.", {
            inside: this.formatNumber(segment.size),
            base: this.formatNumber(base.size),
            name: base.name,
        });
        const left = _t("%s are contact persons of a company and are left out.", [
            this.formatNumber(outside),
        ]);
        return outside ? `${sizes} ${left}` : sizes;
    }

    /** Facts of one characteristic stand together, the most striking one first. */
    get groups() {
        const groups = new Map();
        for (const fact of this.state.data.shares) {
            if (this.choices.everything || fact.significant) {
                const bar = this.getBar(this.getDoublings(fact), WIDEST);
                const group = groups.get(fact.group) || [];
                groups.set(fact.group, [...group, {...fact, bar}]);
            }
        }
        return [...groups].map(([name, facts]) => ({name, facts}));
    }

    get numbers() {
        return this.state.data.numbers
            .filter((fact) => this.choices.everything || fact.significant)
            .map((fact) => ({...fact, bar: this.getBar(fact.effect || 0, LARGEST)}));
    }

    get hidden() {
        const {shares, numbers} = this.state.data;
        return [...shares, ...numbers].filter((fact) => !fact.significant).length;
    }

    get hiddenText() {
        return _t("Show %s more that may be chance", [this.hidden]);
    }

    getDoublings({index, inside}) {
        return index === null ? 0 : inside ? Math.log2(index / 100) : -WIDEST;
    }

    /** A bar to the right of the middle for more, to the left for less. */
    getBar(value, widest) {
        const width = 50 * Math.min(1, Math.abs(value) / widest);
        return {
            style: `left: ${value < 0 ? 50 - width : 50}%; width: ${Math.max(width, 0.5)}%`,
            more: value >= 0,
        };
    }

    formatIndex(index) {
        return index === null ? "–" : Math.round(index).toString();
    }

    formatMean(value) {
        const size = Math.abs(value);
        const digits = size >= 100 ? 0 : size >= 10 ? 1 : 2;
        return formatFloat(value, {digits: [16, digits]});
    }

    formatChance(p) {
        if (p === null) {
            return _t("too few to tell");
        }
        return p < 0.001 ? "< 0,1 %".replace(",", (0.1).toLocaleString()[1]) : this.formatShare(p);
    }

    openFact(fact) {
        if (fact.domain && fact.inside) {
            return this.open("open_fact", [this.choices.segmentId, fact.domain]);
        }
    }
}

registry.category("actions").add("crm_segment_profile", SegmentProfile);
