import {Component} from "@odoo/owl";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {_t} from "@web/core/l10n/translation";
import {formatInteger} from "@web/views/fields/formatters";
import {standardFieldProps} from "@web/views/fields/standard_field_props";

const {DateTime} = luxon;
const SMALLEST = 12; // percent of the width that the name of an empty level needs
const HEIGHT = 96; // pixels of the highest column of a month

/**
 * How many customers are on each level, from the highest, and how that changed in the
 * last twelve months. A level is opened by a click or by Enter.
 */
export class TierPyramid extends Component {
    static template = "crm_extended.TierPyramid";
    static props = {...standardFieldProps};

    setup() {
        this.action = useService("action");
    }

    get data() {
        return this.props.record.data[this.props.name] || {total: 0, levels: [], months: []};
    }

    get steps() {
        const most = Math.max(1, ...this.data.levels.map((level) => level.count));
        const {total} = this.data;
        return this.data.levels.map((level) => ({
            ...level,
            width: SMALLEST + ((100 - SMALLEST) * level.count) / most,
            number: formatInteger(level.count),
            share: total ? `${((100 * level.count) / total).toFixed(1)} %` : "",
            soonText: level.soon
                ? _t("%s kept for 60 days at most", formatInteger(level.soon))
                : "",
        }));
    }

    get months() {
        const sums = this.data.months.map((m) => m.sizes.reduce((a, b) => a + b, 0));
        const most = Math.max(1, ...sums);
        return this.data.months.map((month) => {
            const day = DateTime.fromISO(month.month);
            return {
                key: month.month,
                name: day.toFormat("LLL"),
                title: day.toFormat("LLLL yyyy"),
                up: month.up,
                down: month.down,
                joined: month.joined,
                parts: month.sizes.map((size, place) => ({
                    id: this.data.levels[place].id,
                    color: this.data.levels[place].color,
                    height: Math.round((HEIGHT * size) / most),
                    title: `${this.data.levels[place].name}: ${formatInteger(size)}`,
                })),
            };
        });
    }

    open(level) {
        this.action.doActionButton({
            type: "object",
            resModel: "crm.loyalty.tier.level",
            resId: level.id,
            name: "action_open_members",
        });
    }
}

registry.category("fields").add("tier_pyramid", {
    component: TierPyramid,
    supportedTypes: ["json", "jsonb"],
});
