import {Component} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {formatFloat} from "@web/views/fields/formatters";
import {standardFieldProps} from "@web/views/fields/standard_field_props";

/**
 * Pictures of programmes: what a trial on past orders gave (customers by points, points by
 * month), and what a programme brings (two groups, and the difference with its interval).
 */
export class ProgrammeChart extends Component {
    static template = "crm_extended.ProgrammeChart";
    static props = {...standardFieldProps};

    get data() {
        return this.props.record.data[this.props.name];
    }

    // ------------------------------------------------------------------ trial

    get bars() {
        const bars = this.data.bars || [];
        const most = Math.max(...bars.map((bar) => bar.count), 1);
        return bars.map((bar, key) => ({
            key,
            label:
                bar.high === null
                    ? _t("%s and more", this.shorten(bar.low))
                    : `${this.shorten(bar.low)} – ${this.shorten(bar.high)}`,
            count: bar.count.toLocaleString(),
            style: `width: ${(bar.count / most) * 100}%`,
        }));
    }

    get months() {
        const months = this.data.months || [];
        const most = Math.max(...months.map((month) => month.points), 1);
        return months.map((month) => ({
            ...month,
            shown: this.shorten(month.points),
            style: `height: ${Math.max((month.points / most) * 100, 1)}%`,
        }));
    }

    // ------------------------------------------------------------------ comparison

    get rows() {
        const labels = {
            revenue: _t("Turnover per customer"),
            purchases: _t("Days with a purchase per customer"),
        };
        return (this.data.rows || []).map((row) => ({
            ...row,
            ...this.getSpan(row),
            label: labels[row.name],
            groups: this.getGroups(row),
            words: this.getWords(row),
        }));
    }

    getGroups(row) {
        const most = Math.max(row.treated, row.control, 1e-9);
        return [
            {key: "treated", label: _t("With programme"), value: row.treated},
            {key: "control", label: _t("Control group"), value: row.control},
        ].map((group) => ({
            ...group,
            shown: this.format(row, group.value),
            style: `width: ${Math.max((group.value / most) * 100, 0.5)}%`,
        }));
    }

    /** Places of zero, the interval and the difference on one line, in percent. */
    getSpan(row) {
        const ends = [0, row.low, row.high, row.difference];
        const low = Math.min(...ends);
        const width = Math.max(Math.max(...ends) - low, 1e-9);
        const margin = width * 0.08;
        const place = (value) =>
            ((value - low + margin) / (width + 2 * margin)) * 100;
        return {
            zero: `left: ${place(0)}%`,
            interval: `left: ${place(row.low)}%; width: ${place(row.high) - place(row.low)}%`,
            point: `left: ${place(row.difference)}%`,
        };
    }

    getWords(row) {
        const relative =
            row.relative === null ? "" : ` (${this.sign(row.relative * 100, 1)} %)`;
        return _t(
            "%(difference)s%(relative)s, with 95 % certainty between %(low)s and %(high)s",
            {
                difference: this.format(row, row.difference, true),
                relative,
                low: this.format(row, row.low, true),
                high: this.format(row, row.high, true),
            }
        );
    }

    format(row, value, signed = false) {
        const text = signed ? this.sign(value, 2) : formatFloat(value, {digits: [16, 2]});
        return row.name === "revenue" ? `${text} ${this.data.currency || ""}` : text;
    }

    sign(value, digits) {
        const text = formatFloat(Math.abs(value), {digits: [16, digits]});
        return `${value < 0 ? "−" : "+"}${text}`;
    }

    shorten(value) {
        return formatFloat(value, {humanReadable: value >= 10000, digits: [16, 0]});
    }
}

registry.category("fields").add("programme_chart", {
    component: ProgrammeChart,
    supportedTypes: ["json"],
});
