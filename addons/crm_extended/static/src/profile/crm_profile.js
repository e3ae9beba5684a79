import {Component, onWillStart, onWillUpdateProps, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {deserializeDate, formatDate} from "@web/core/l10n/dates";
import {registry} from "@web/core/registry";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";
import {useService} from "@web/core/utils/hooks";
import {ProfileValue} from "./profile_value";

/**
 * The customer's profile as a form whose fields marketing defines. Each value is stored
 * as soon as it is entered and can be taken back; what is known of a value (since when,
 * from whom, how sure, what was before) opens below it.
 */
export class CrmProfile extends Component {
    static template = "crm_extended.Profile";
    static components = {ProfileValue};
    static props = {...standardWidgetProps};

    setup() {
        this.orm = useService("orm");
        this.notification = useService("notification");
        this.state = useState({editable: false, groups: [], open: null, history: []});
        onWillStart(() => this.load(this.props.record.resId));
        onWillUpdateProps(async (next) => {
            if (next.record.resId !== this.props.record.resId) {
                await this.load(next.record.resId);
            }
        });
    }

    async load(partnerId) {
        this.state.open = null;
        if (!partnerId) {
            this.state.groups = [];
            return;
        }
        const profile = await this.orm.call("res.partner", "get_profile", [[partnerId]]);
        this.state.editable = profile.editable;
        this.state.groups = profile.groups;
    }

    get isEditable() {
        return this.state.editable && !this.props.readonly;
    }

    async store(attribute, value, certainty = 100) {
        const partner = [this.props.record.resId];
        const id = attribute.id;
        let done = null;
        try {
            done = await this.orm.call("res.partner", "set_profile_value", [
                partner,
                id,
                value,
                certainty,
            ]);
        } catch (error) {
            // Show again what holds, then let the message be shown
            attribute.values = [...attribute.values];
            throw error;
        }
        attribute.values = done.values;
        await this.refreshHistory(attribute);
        const close = this.notification.add(_t("%s is stored.", attribute.name), {
            type: "success",
            buttons: [
                {
                    name: _t("Undo"),
                    onClick: async () => {
                        close();
                        attribute.values = await this.orm.call(
                            "res.partner",
                            "undo_profile_value",
                            [partner, id, done.undo]
                        );
                        await this.refreshHistory(attribute);
                    },
                },
            ],
        });
    }

    async toggleDetail(attribute) {
        if (this.state.open === attribute.id) {
            this.state.open = null;
            return;
        }
        this.state.open = attribute.id;
        this.state.history = [];
        await this.refreshHistory(attribute);
    }

    async refreshHistory(attribute) {
        if (this.state.open === attribute.id) {
            this.state.history = await this.orm.call(
                "res.partner",
                "get_profile_history",
                [[this.props.record.resId], attribute.id]
            );
        }
    }

    async storeCertainty(attribute, ev) {
        const values = attribute.values.map((row) => row.value);
        const value = attribute.several ? values : values[0];
        await this.store(attribute, value, Number(ev.target.value));
    }

    certainty(attribute) {
        return Math.min(...attribute.values.map((row) => row.certainty));
    }

    sureness(attribute) {
        const certainty = this.certainty(attribute);
        if (certainty >= 80) {
            return "text-success";
        }
        return certainty >= 50 ? "text-warning" : "text-danger";
    }

    tooltip(attribute) {
        return attribute.values
            .map((row) =>
                _t("%(value)s: since %(since)s, from %(origin)s, %(certainty)s %% sure", {
                    value: row.shown,
                    since: this.day(row.since),
                    origin: row.source || row.author || _t("nobody known"),
                    certainty: row.certainty,
                })
            )
            .join("\n");
    }

    day(text) {
        return text ? formatDate(deserializeDate(text)) : "";
    }
}

registry.category("view_widgets").add("crm_profile", {component: CrmProfile});
