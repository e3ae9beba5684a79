import {Component, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {formatFloat, formatInteger} from "@web/views/fields/formatters";

/** Each pair of segments as a table that is shaded by how much they share. */
export class OverlapMatrix extends Component {
    static template = "crm_extended.OverlapMatrix";
    static props = {data: Object, open: Function};

    setup() {
        this.state = useState({measure: "of_first"});
    }

    get measures() {
        return [
            {
                name: "of_first",
                label: _t("Share of the Row"),
                help: _t("Of those in the segment of the row, the share that is in the other, too"),
            },
            {name: "both", label: _t("Customers"), help: _t("Customers in both")},
            {
                name: "likeness",
                label: _t("Likeness"),
                help: _t("Of those in either, the share in both (Jaccard)"),
            },
            {
                name: "lift",
                label: _t("Against Chance"),
                help: _t("1 = they meet as often as chance would have it, 2 = twice as often"),
            },
        ];
    }

    get measure() {
        return this.measures.find((one) => one.name === this.state.measure);
    }

    get rows() {
        const {segments, pairs} = this.props.data;
        const name = this.state.measure;
        const others = pairs.flatMap((row, i) =>
            row.filter((_pair, j) => i !== j).map((pair) => pair[name] || 0)
        );
        const most = name === "both" ? Math.max(1, ...others) : name === "lift" ? 3 : 1;
        return segments.map((segment, i) => ({
            segment,
            cells: segments.map((other, j) => {
                const pair = pairs[i][j];
                return {
                    key: other.id,
                    ids: i === j ? [segment.id] : [segment.id, other.id],
                    self: i === j,
                    text: i === j ? formatInteger(pair.both) : this.format(pair[name], name),
                    shade: i === j ? 0 : Math.min(1, (pair[name] || 0) / most),
                    label: _t("%(count)s customers in %(first)s and %(second)s", {
                        count: formatInteger(pair.both),
                        first: segment.name,
                        second: other.name,
                    }),
                };
            }),
        }));
    }

    format(value, name) {
        if (value === null) {
            return "–";
        }
        if (name === "both") {
            return formatInteger(value);
        }
        return name === "lift"
            ? formatFloat(value, {digits: [16, 1]})
            : `${Math.round(100 * value)} %`;
    }
}
