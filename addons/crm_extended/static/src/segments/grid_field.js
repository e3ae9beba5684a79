import {Component, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {useRecordObserver} from "@web/model/relational_model/utils";
import {standardFieldProps} from "@web/views/fields/standard_field_props";
import {GridChart} from "./grid_chart";

const CELL = /([1-5])\s*-\s*([1-5])/g;

/** Cells as "5-4, 5-5", picked on the picture of the two scores of the record. */
export class GridField extends Component {
    static template = "crm_extended.GridField";
    static components = {GridChart};
    static props = {...standardFieldProps};

    setup() {
        this.orm = useService("orm");
        this.state = useState({data: null});
        useRecordObserver((record) => {
            const {score_id: row, second_id: column} = record.data;
            const key = `${row?.id}-${column?.id}`;
            if (key !== this.key) {
                this.key = key;
                return this.load(row?.id, column?.id);
            }
        });
    }

    async load(row, column) {
        this.state.data =
            row && column && row !== column
                ? await this.orm.silent.call("crm.segment.picture", "grid", [row, column])
                : null;
    }

    get picked() {
        const text = this.props.record.data[this.props.name] || "";
        return [...text.matchAll(CELL)].map(([, row, column]) => [Number(row), Number(column)]);
    }

    pick(cells) {
        const text = cells.map(([row, column]) => `${row}-${column}`).join(", ");
        return this.props.record.update({[this.props.name]: text});
    }
}

registry.category("fields").add("segment_grid", {
    component: GridField,
    displayName: _t("Grid of Scores"),
    supportedTypes: ["char"],
});
