import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {user} from "@web/core/user";
import {onWillStart} from "@odoo/owl";
import {GridChart} from "./grid_chart";
import {SegmentPage} from "./segment_page";

/** Two scores as a grid: see where customers stand, pick cells, make a segment of it. */
export class SegmentGrid extends SegmentPage {
    static template = "crm_extended.SegmentGrid";
    static components = {...SegmentPage.components, GridChart};

    setup() {
        super.setup();
        onWillStart(async () => {
            this.canDefine = await user.hasGroup("crm_extended.group_customer_manager");
        });
    }

    get method() {
        return "grid";
    }

    get args() {
        const {row, column, value} = this.choices;
        return [row || null, column || null, value || null];
    }

    getChoices() {
        return {row: false, column: false, value: false, picked: [], measure: "count"};
    }

    take({row, column, value}) {
        Object.assign(this.choices, {row, column, value});
    }

    get axes() {
        return [
            {name: "row", label: _t("Rows")},
            {name: "column", label: _t("Columns")},
            {name: "value", label: _t("Value")},
        ];
    }

    get isUsable() {
        return this.state.data?.row && this.state.data?.column;
    }

    /** Cells of other scores mean something else. */
    chooseScore(name, value) {
        const choices = {[name]: Number(value)};
        if (name !== "value") {
            choices.picked = [];
        }
        return this.choose(choices);
    }

    get summary() {
        const {cells, customers, unit} = this.state.data;
        const {picked} = this.choices;
        const found = cells.filter((cell) =>
            picked.some(([row, column]) => row === cell.row && column === cell.column)
        );
        const sum = (name) => found.reduce((all, cell) => all + cell[name], 0);
        if (!picked.length) {
            return _t("%s customers have both scores. Click, or drag over cells to pick them.", [
                this.formatNumber(customers),
            ]);
        }
        return _t("%(count)s of %(customers)s customers picked, worth %(value)s %(unit)s.", {
            count: this.formatNumber(sum("count")),
            customers: this.formatNumber(customers),
            value: this.formatNumber(Math.round(sum("value"))),
            unit,
        });
    }

    get pickArgs() {
        const {row, column, picked} = this.choices;
        return [row, column, [...picked].map((cell) => [...cell])];
    }

    openCustomers() {
        return this.open("open_cells", this.pickArgs);
    }

    makeSegment() {
        return this.open("define_cells", this.pickArgs);
    }
}

registry.category("actions").add("crm_segment_grid", SegmentGrid);
