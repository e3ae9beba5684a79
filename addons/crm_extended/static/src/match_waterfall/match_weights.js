import {Component} from "@odoo/owl";
import {registry} from "@web/core/registry";
import {formatFloat} from "@web/views/fields/formatters";
import {standardFieldProps} from "@web/views/fields/standard_field_props";

/**
 * What training learnt: how often true matches and strangers agree at each level, and
 * what that is worth in bits.
 */
export class MatchWeights extends Component {
    static template = "crm_extended.MatchWeights";
    static props = {...standardFieldProps};

    get rows() {
        const rows = this.props.record.data[this.props.name] || [];
        const widest = Math.max(1, ...rows.map((row) => Math.abs(row.bits)));
        return rows.map((row, index) => ({
            ...row,
            key: index,
            first: !index || rows[index - 1].label !== row.label,
            size: (Math.abs(row.bits) / widest) * 50,
        }));
    }

    formatShare(share) {
        const digits = share < 0.001 ? 5 : 2;
        return `${formatFloat(share * 100, {digits: [16, digits]})} %`;
    }

    formatBits(bits) {
        return formatFloat(bits, {digits: [16, 1]});
    }
}

registry.category("fields").add("match_weights", {
    component: MatchWeights,
    supportedTypes: ["json"],
});
