import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/* Purposes by channels: what the customer said and whether he may be addressed. */
export class ConsentMatrix extends Component {
    static template = "crm_extended.ConsentMatrix";
    static props = { ...standardFieldProps };

    setup() {
        this.action = useService("action");
    }

    get matrix() {
        return this.props.record.data[this.props.name] || { channels: [], rows: [] };
    }

    badge(cell) {
        if (cell.fixed) {
            return "text-bg-light";
        }
        return cell.right ? "text-bg-success" : cell.answer ? "text-bg-danger" : "text-bg-secondary";
    }

    tell(cell) {
        return cell.since ? `${cell.why} (${cell.since})` : cell.why;
    }

    record(row, cell, answer) {
        const record = this.props.record;
        return this.action.doAction("crm_extended.action_consent_answer", {
            additionalContext: {
                default_partner_id: record.resId,
                default_purpose_id: row.id,
                default_channel_ids: [cell.channel],
                default_answer: answer,
            },
            onClose: () => record.load(),
        });
    }

    withdraw(row, cell) {
        return this.record(row, cell, cell.answer === "given" ? "withdrawn" : "objected");
    }

    get giveTitle() {
        return _t("Record that the customer agrees");
    }

    get withdrawTitle() {
        return _t("Record that the customer withdraws or objects");
    }
}

registry.category("fields").add("consent_matrix", {
    component: ConsentMatrix,
    displayName: _t("Consents by purpose and channel"),
    supportedTypes: ["json"],
});
