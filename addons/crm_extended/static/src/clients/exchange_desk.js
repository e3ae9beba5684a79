import {Component, onMounted, onWillStart, onWillUnmount, useState} from "@odoo/owl";
import {browser} from "@web/core/browser/browser";
import {deserializeDateTime, formatDateTime} from "@web/core/l10n/dates";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {formatInteger} from "@web/views/fields/formatters";
import {Layout} from "@web/search/layout";
import {standardActionServiceProps} from "@web/webclient/actions/action_service";

const REFRESH = 5000; // milliseconds
const COLORS = {
    well: "text-bg-success",
    behind: "text-bg-warning",
    silent: "text-bg-warning",
    trouble: "text-bg-danger",
    never: "text-bg-light border",
    off: "text-bg-secondary",
};

/**
 * How all clients of the exchange are doing right now.
 *
 * It asks again every five seconds while it is looked at; what waits for a person can
 * be opened from each number.
 */
export class ExchangeDesk extends Component {
    static template = "crm_extended.ExchangeDesk";
    static components = {Layout};
    static props = {...standardActionServiceProps};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.display = {controlPanel: {}};
        this.state = useState({clients: [], codes: [], head: "0", time: "", lost: false});
        onWillStart(() => this.refresh());
        onMounted(() => {
            this.timer = browser.setInterval(() => {
                if (!document.hidden) {
                    this.refresh();
                }
            }, REFRESH);
        });
        onWillUnmount(() => browser.clearInterval(this.timer));
    }

    async refresh() {
        if (this.asking) {
            return;
        }
        this.asking = true;
        try {
            const desk = await this.orm.silent.call("crm.exchange.client", "desk", []);
            Object.assign(this.state, desk, {lost: false});
        } catch (error) {
            if (!this.state.time) {
                throw error;
            }
            this.state.lost = true; // the last figures stay, marked as old
        } finally {
            this.asking = false;
        }
    }

    // ---------------------------------------------------------------- what is shown

    get tiles() {
        const sum = (name) => this.state.clients.reduce((all, one) => all + one[name], 0);
        const seen = this.state.clients.filter((one) =>
            ["well", "behind", "trouble"].includes(one.health)
        );
        return [
            {name: "clients", label: _t("Active Clients"), value: seen.length},
            {name: "rate", label: _t("Calls a Minute"), value: sum("rate")},
            {
                name: "errors",
                label: _t("Refused in 24 Hours"),
                value: sum("errors"),
                alarm: sum("errors") > 0,
            },
            {
                name: "conflicts",
                label: _t("Open Conflicts"),
                value: sum("conflicts"),
                alarm: sum("conflicts") > 0,
            },
            {
                name: "dead",
                label: _t("Dead Letters"),
                value: sum("dead"),
                alarm: sum("dead") > 0,
            },
        ];
    }

    get upTo() {
        return _t("as of %s", this.formatTime(this.state.time));
    }

    getColor(client) {
        return COLORS[client.health];
    }

    /** Points of a polyline of 60 minutes in a box of 120 x 24. */
    getLine(client) {
        const most = Math.max(1, ...client.minutes);
        return client.minutes
            .map((calls, i) => `${i * 2},${(23 - (22 * calls) / most).toFixed(1)}`)
            .join(" ");
    }

    getLineTitle(client) {
        return _t("Calls in the last hour, %s a minute at most", Math.max(...client.minutes));
    }

    formatNumber(value) {
        return formatInteger(value);
    }

    formatTime(moment) {
        return moment ? formatDateTime(deserializeDateTime(moment)) : _t("Never");
    }

    // ---------------------------------------------------------------- where it leads

    openClient(client) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "crm.exchange.client",
            res_id: client.id,
            views: [[false, "form"]],
        });
    }

    openClients() {
        return this.action.doAction("crm_extended.action_exchange_client");
    }

    async open(method, client) {
        const ids = client ? [client.id] : this.state.clients.map((one) => one.id);
        const action = await this.orm.call("crm.exchange.client", method, [ids]);
        if (action) {
            await this.action.doAction(action);
        }
    }

    openTile(tile) {
        const methods = {
            rate: "action_open_usage",
            errors: "action_open_errors",
            conflicts: "action_open_conflicts",
            dead: "action_open_dead",
        };
        return methods[tile.name] ? this.open(methods[tile.name]) : this.openClients();
    }
}

registry.category("actions").add("crm_exchange_desk", ExchangeDesk);
