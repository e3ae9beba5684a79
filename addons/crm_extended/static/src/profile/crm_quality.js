import {Component, onWillStart, onWillUpdateProps, useState} from "@odoo/owl";
import {registry} from "@web/core/registry";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";
import {useService} from "@web/core/utils/hooks";

const SHOWN = 3; // Faults shown before "all"

/** How good the customer's data are, and what to fix next, mended with one click. */
export class CrmQuality extends Component {
    static template = "crm_extended.Quality";
    static props = {...standardWidgetProps};

    setup() {
        this.orm = useService("orm");
        this.state = useState({quality: {}, all: false});
        onWillStart(() => this.load(this.props.record));
        // A saved or another record is judged anew; looking at it again is not
        onWillUpdateProps(async (next) => {
            const version = this.version(next.record);
            if (version !== this.shown) {
                await this.load(next.record);
            }
        });
    }

    version(record) {
        const written = record.data.write_date;
        return `${record.resId} ${written ? written.toMillis() : ""}`;
    }

    async load(record) {
        this.shown = this.version(record);
        this.state.quality = record.resId
            ? await this.orm.call("res.partner", "get_quality", [[record.resId]])
            : {};
    }

    get faults() {
        const faults = this.state.quality.faults || [];
        return this.state.all ? faults : faults.slice(0, SHOWN);
    }

    get hidden() {
        return (this.state.quality.faults || []).length - this.faults.length;
    }

    get tone() {
        const score = this.state.quality.score;
        if (score >= 80) {
            return "success";
        }
        return score >= 55 ? "warning" : "danger";
    }

    async act(method, fault) {
        const record = this.props.record;
        if (!(await record.save())) {
            return;
        }
        await this.orm.call("crm.quality.fault", method, [[fault.id]]);
        await record.load();
        await this.load(record);
    }
}

registry.category("view_widgets").add("crm_quality", {
    component: CrmQuality,
    fieldDependencies: [{name: "write_date", type: "datetime"}],
});
