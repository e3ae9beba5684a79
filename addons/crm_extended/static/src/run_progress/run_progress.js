import {Component, onMounted, onWillUnmount} from "@odoo/owl";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";

const PERIOD = 2000; // Milliseconds between two looks at a run that works

/**
 * The progress of a run: a bar with what it is doing just now. While the run waits or
 * works the record is read again, so that the person sees it end without reloading.
 */
export class RunProgress extends Component {
    static template = "crm_extended.RunProgress";
    static props = {...standardFieldProps};

    setup() {
        onMounted(() => {
            this.timer = setInterval(() => this.refresh(), PERIOD);
        });
        onWillUnmount(() => clearInterval(this.timer));
    }

    get working() {
        return ["queued", "running"].includes(this.props.record.data.state);
    }

    get share() {
        return Math.round(this.props.record.data[this.props.name] || 0);
    }

    async refresh() {
        const record = this.props.record;
        if (this.working && record.resId && !(await record.isDirty())) {
            await record.load();
        }
    }
}

registry.category("fields").add("run_progress", {
    component: RunProgress,
    supportedTypes: ["float"],
    fieldDependencies: [
        {name: "state", type: "selection"},
        {name: "progress_text", type: "char"},
    ],
});
