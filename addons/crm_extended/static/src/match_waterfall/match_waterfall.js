import {Component} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {formatFloat} from "@web/views/fields/formatters";
import {standardFieldProps} from "@web/views/fields/standard_field_props";

const LEVELS = {
    prior: _t("any two customers"),
    exact: _t("equal"),
    swapped: _t("given and family name swapped"),
    user: _t("same user, other domain"),
    close: _t("nearly equal"),
    near: _t("alike"),
    far: _t("a little alike"),
    area: _t("same postcode and city"),
    city: _t("same postcode or city"),
    different: _t("different"),
    missing: _t("not known"),
};
const ADDRESS_LEVELS = {
    exact: _t("same house"),
    close: _t("same street"),
    near: _t("same house number and place"),
};

/**
 * Why two records may be one customer: a bar per comparison, in bits, from what holds of
 * any two customers to the total. Each bar begins where the one before ended. Left and
 * right values stand beside it.
 */
export class MatchWaterfall extends Component {
    static template = "crm_extended.MatchWaterfall";
    static props = {...standardFieldProps};

    get rows() {
        const bars = this.props.record.data[this.props.name] || [];
        let at = 0;
        const rows = bars.map((bar) => {
            const from = at;
            at += bar.bits;
            return {
                ...bar,
                from,
                to: at,
                levelText: this.getLevelText(bar),
                label: bar.field === "prior" ? _t("To begin with") : bar.label,
            };
        });
        return rows.map((row) => ({...row, ...this.getPlace(row, rows)}));
    }

    get total() {
        const bars = this.props.record.data[this.props.name] || [];
        return bars.reduce((sum, bar) => sum + bar.bits, 0);
    }

    get probability() {
        return 1 / (1 + 2 ** -this.total);
    }

    get probabilityText() {
        const percent = this.probability * 100;
        if (percent > 99.99) {
            return _t("more than 99.99 %");
        }
        return `${formatFloat(percent, {digits: [16, 2]})} %`;
    }

    get totalPlace() {
        const row = {from: 0, to: this.total, bits: this.total};
        return this.getPlace(row, this.rows);
    }

    /** Where zero is: a line through all bars, in percent of the width. */
    get zero() {
        const {low, width} = this.getSpan(this.rows);
        return (-low / width) * 100;
    }

    getSpan(rows) {
        const ends = rows.flatMap((row) => [row.from, row.to]).concat([0]);
        const low = Math.min(...ends);
        return {low, width: Math.max(Math.max(...ends) - low, 1)};
    }

    getPlace(row, rows) {
        const {low, width} = this.getSpan(rows);
        const left = ((Math.min(row.from, row.to) - low) / width) * 100;
        const size = (Math.abs(row.bits) / width) * 100;
        return {style: `left: ${left}%; width: max(${size}%, 2px)`};
    }

    getLevelText(bar) {
        const special = bar.field === "address" && ADDRESS_LEVELS[bar.level];
        return (special || LEVELS[bar.level] || bar.level).toString();
    }

    formatBits(bits) {
        const text = formatFloat(Math.abs(bits), {digits: [16, 1]});
        return `${bits < 0 ? "−" : "+"}${text}`;
    }

    getColor(bar) {
        if (bar.field === "prior") {
            return "bg-secondary";
        }
        return bar.bits < 0 ? "bg-danger" : "bg-success";
    }
}

registry.category("fields").add("match_waterfall", {
    component: MatchWaterfall,
    supportedTypes: ["json"],
});
