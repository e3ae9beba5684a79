import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { Component } from "@odoo/owl";

/**
 * Records side by side: which one goes on, and whose value it gets in each field. The
 * rules propose; a click on a value chooses by hand, a second click takes it back.
 */
export class MergeGrid extends Component {
    static template = "crm_extended.MergeGrid";
    static props = { ...standardFieldProps };

    get grid() {
        return this.props.record.data[this.props.name] || { records: [], rows: [] };
    }

    get choices() {
        return this.props.record.data.choices || {};
    }

    get targetId() {
        const target = this.props.record.data.target_id;
        return target && (target.id ?? target[0]);
    }

    originOf(row) {
        return this.choices[row.name] || row.proposed;
    }

    titleOf(row, cell) {
        if (this.originOf(row) !== cell.id) {
            return _t("Take this value");
        }
        return this.choices[row.name] ? _t("Chosen by hand") : _t("Chosen by the rules");
    }

    choose(row, cell) {
        const choices = { ...this.choices };
        if (choices[row.name] === cell.id || row.proposed === cell.id) {
            delete choices[row.name];
        } else {
            choices[row.name] = cell.id;
        }
        this.props.record.update({ choices });
    }

    survive(record) {
        this.props.record.update({
            target_id: { id: record.id, display_name: record.name },
            choices: {},
        });
    }
}

registry.category("fields").add("merge_grid", {
    component: MergeGrid,
    supportedTypes: ["json"],
    fieldDependencies: [
        { name: "choices", type: "json" },
        { name: "target_id", type: "many2one" },
    ],
});
