import {Component, onWillUnmount, useState} from "@odoo/owl";
import {browser} from "@web/core/browser/browser";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {formatInteger} from "@web/views/fields/formatters";
import {useRecordObserver} from "@web/model/relational_model/utils";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";

const DELAY = 500; // milliseconds without a change before the server is asked

/** Whom the definition on the screen would take, and who only just misses it. */
export class SegmentPreview extends Component {
    static template = "crm_extended.SegmentPreview";
    static props = {...standardWidgetProps};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.state = useState({data: null, loading: false});
        useRecordObserver((record) => this.follow(record));
        onWillUnmount(() => browser.clearTimeout(this.timer));
    }

    /** Any edit of the filter, the conditions or the company begins the wait anew. */
    follow(record) {
        const {domain, match, company_id: company, condition_ids: conditions} = record.data;
        const lines = conditions?.records.map((line) => [line.id, line.data.words]);
        const key = JSON.stringify([record.id, domain, match, company?.id, lines]);
        if (key !== this.key) {
            this.key = key;
            browser.clearTimeout(this.timer);
            this.timer = browser.setTimeout(() => this.load(record), DELAY);
        }
    }

    async load(record) {
        const asked = (this.asked = Symbol("asked"));
        this.state.loading = true;
        try {
            const changes = record.dirty || !record.resId ? await record.getChanges() : {};
            const ids = record.resId ? [record.resId] : [];
            const data = await this.orm.silent.call("crm.segment", "preview", [ids, changes]);
            if (asked === this.asked) {
                this.state.data = data;
            }
        } catch {
            // a line half filled in; the form itself says what is missing
            if (asked === this.asked) {
                this.state.data = null;
            }
        } finally {
            if (asked === this.asked) {
                this.state.loading = false;
            }
        }
    }

    get countText() {
        return _t("%s customers fit now", [formatInteger(this.state.data.count)]);
    }

    get companiesText() {
        return this.state.data.companies
            .map((one) => `${one.name}: ${formatInteger(one.count)}`)
            .join(" · ");
    }

    open(customer) {
        return this.action.doAction(
            {
                type: "ir.actions.act_window",
                res_model: "res.partner",
                res_id: customer.id,
                views: [[false, "form"]],
            },
            {newWindow: true}
        );
    }
}

registry.category("view_widgets").add("crm_segment_preview", {
    component: SegmentPreview,
    fieldDependencies: [
        {name: "domain", type: "char"},
        {name: "match", type: "selection"},
    ],
});
