import {Component, useState} from "@odoo/owl";
import {formatDate} from "@web/core/l10n/dates";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {useRecordObserver} from "@web/model/relational_model/utils";
import {formatMonetary} from "@web/views/fields/formatters";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";

const {DateTime} = luxon;
const STEP = 28; // pixels that one step is moved to the right

/** Whom a customer brought, whom those brought, and what each branch is worth. */
export class ReferralTree extends Component {
    static template = "crm_extended.ReferralTree";
    static props = {...standardWidgetProps};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.state = useState({data: null, failed: false});
        useRecordObserver((record) => {
            if (record.resId && record.resId !== this.shown) {
                this.shown = record.resId;
                this.load();
            }
        });
    }

    async load() {
        const shown = this.shown;
        try {
            const data = await this.orm.silent.call("crm.referral", "read_tree", [shown]);
            if (shown === this.shown) {
                Object.assign(this.state, {data, failed: false});
            }
        } catch {
            this.state.failed = true;
        }
    }

    get nodes() {
        const {nodes, currency} = this.state.data;
        const most = Math.max(1, ...nodes.map((node) => node.branch));
        const money = (value) => formatMonetary(value, {currencyId: currency});
        return nodes.map((node, place) => ({
            ...node,
            key: place,
            indent: node.step * STEP,
            dayText: node.day ? formatDate(DateTime.fromISO(node.day)) : "",
            valueText: money(node.value),
            branchText: node.count ? money(node.branch) : "",
            width: Math.max(0, (100 * node.branch) / most),
            countText: node.count ? _t("brought %s", node.count) : "",
        }));
    }

    open(node) {
        this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "res.partner",
            res_id: node.id,
            views: [[false, "form"]],
        });
    }
}

registry.category("view_widgets").add("referral_tree", {component: ReferralTree});
