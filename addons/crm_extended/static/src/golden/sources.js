import {Component, onWillStart, onWillUpdateProps, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {deserializeDateTime, formatDate} from "@web/core/l10n/dates";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";
import {useService} from "@web/core/utils/hooks";

/**
 * What each source says of a customer, what is believed and why. A person may take
 * another source's value, which is pinned then, and let the rules decide again.
 */
export class CustomerSources extends Component {
    static template = "crm_extended.CustomerSources";
    static props = {...standardWidgetProps};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.notification = useService("notification");
        this.state = useState({data: null, open: {}, busy: false});
        onWillStart(() => this.load(this.props.record.resId));
        onWillUpdateProps(async (next) => {
            if (next.record.resId !== this.props.record.resId) {
                this.state.open = {};
                await this.load(next.record.resId);
            }
        });
    }

    get canPin() {
        return this.state.data.may_pin && !this.props.readonly;
    }

    async load(id) {
        this.state.data = id
            ? await this.orm.call("res.partner", "get_sources", [id])
            : null;
    }

    formatDate(text) {
        return text ? formatDate(deserializeDateTime(text)) : "";
    }

    toggle(id) {
        this.state.open[id] = !this.state.open[id];
    }

    /**
     * Do one step on the server and show the customer as it is then.
     *
     * @param {String} method of res.partner
     * @param {Array} args after the customer's id
     */
    async step(method, args) {
        const record = this.props.record;
        if (this.state.busy || !(await record.save())) {
            return false;
        }
        this.state.busy = true;
        try {
            await this.orm.call("res.partner", method, [record.resId, ...args]);
            await record.load();
            await this.load(record.resId);
        } finally {
            this.state.busy = false;
        }
        return true;
    }

    async use(value, alternative) {
        const done = await this.step("use_source_value", [
            alternative.record_id,
            value.names,
        ]);
        if (!done) {
            return;
        }
        const close = this.notification.add(
            _t("%(field)s is pinned: no source changes it any more.", {
                field: value.label,
            }),
            {
                type: "success",
                buttons: [
                    {
                        name: _t("Undo"),
                        onClick: () => {
                            close();
                            this.unpin(value);
                        },
                    },
                ],
            }
        );
    }

    unpin(value) {
        return this.step("unpin_source_value", [value.names]);
    }

    openMerged(id) {
        this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "res.partner",
            res_id: id,
            views: [[false, "form"]],
        });
    }
}

registry.category("view_widgets").add("crm_customer_sources", {
    component: CustomerSources,
});
