import {Component, onWillStart, onWillUnmount, useEffect, useRef, useState} from "@odoo/owl";
import {loadBundle} from "@web/core/assets";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {KeepLast} from "@web/core/utils/concurrency";
import {download} from "@web/core/network/download";
import {formatDate} from "@web/core/l10n/dates";
import {formatFloat} from "@web/views/fields/formatters";
import {standardActionServiceProps} from "@web/webclient/actions/action_service";

const {DateTime} = luxon;
const SHOWN = 12; // bars; the table has all

/** A manager moves points of churn and sees what each group of customers gains. */
export class LoyaltyWhatif extends Component {
    static template = "crm_extended.LoyaltyWhatif";
    static props = {...standardActionServiceProps};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.notification = useService("notification");
        this.last = new KeepLast();
        this.canvas = useRef("canvas");
        this.state = useState({kind: "segment", discount: 10, points: 1, told: null});
        this.kinds = [
            ["segment", _t("Segments")],
            ["tier", _t("Loyalty levels")],
            ["branch", _t("Branches")],
            ["all", _t("All customers")],
        ];
        onWillStart(() => Promise.all([loadBundle("web.chartjs_lib"), this.load()]));
        useEffect(
            () => this.draw(),
            () => [this.state.told, this.state.points]
        );
        onWillUnmount(() => this.chart?.destroy());
    }

    async load() {
        const {kind, discount} = this.state;
        this.state.told = await this.last.add(
            this.orm.call("crm.loyalty.whatif", "get", [kind, discount])
        );
    }

    async setKind(kind) {
        this.state.kind = kind;
        await this.load();
    }

    async setDiscount(ev) {
        const discount = parseFloat(ev.target.value);
        if (!(discount > 0 && discount <= 100)) {
            this.notification.add(_t("Give a discount rate above 0% and up to 100% a year."), {
                type: "warning",
            });
            ev.target.value = this.state.discount;
            return;
        }
        this.state.discount = discount;
        await this.load();
    }

    setPoints(ev) {
        this.state.points = parseFloat(ev.target.value);
    }

    get step() {
        return this.state.told.steps.indexOf(this.state.points);
    }

    get day() {
        return formatDate(DateTime.fromISO(this.state.told.date));
    }

    get rows() {
        return this.state.told.groups.map((group) => {
            const [now] = group.worth;
            const then = group.worth[this.step];
            return {...group, isKnown: group.worth.length > 0, now, then, gain: then - now};
        });
    }

    get known() {
        return this.rows.filter((row) => row.isKnown);
    }

    money(amount) {
        return `${formatFloat(amount, {digits: [16, 0]})} ${this.state.told.symbol}`;
    }

    number(value, digits = 1) {
        return value === false ? "–" : formatFloat(value, {digits: [16, digits]});
    }

    async save(extension) {
        const {kind, discount, points} = this.state;
        const parameters = new URLSearchParams({kind, discount, points});
        await download({
            url: `/crm_extended/loyalty/whatif.${extension}?${parameters}`,
            data: {},
        });
    }

    measure() {
        this.action.doAction("crm_extended.action_loyalty_track_run");
    }

    draw() {
        this.chart?.destroy();
        this.chart = null;
        const rows = this.known.slice(0, SHOWN);
        if (!this.canvas.el || !rows.length) {
            return;
        }
        const text = getComputedStyle(this.canvas.el).color;
        const ticks = {color: text};
        this.chart = new Chart(this.canvas.el, {
            type: "bar",
            data: {
                labels: rows.map((row) => row.name),
                datasets: [
                    {label: _t("Worth now"), data: rows.map((row) => row.now), backgroundColor: "#6f8fb8"},
                    {
                        label: _t("Gain"),
                        data: rows.map((row) => row.gain),
                        backgroundColor: "#2e9e6b",
                    },
                ],
            },
            options: {
                indexAxis: "y",
                animation: false,
                maintainAspectRatio: false,
                plugins: {
                    legend: {position: "bottom", labels: {color: text, boxWidth: 12}},
                    tooltip: {
                        callbacks: {
                            label: (item) => `${item.dataset.label}: ${this.money(item.raw)}`,
                        },
                    },
                },
                scales: {
                    x: {stacked: true, beginAtZero: true, ticks: {...ticks, maxTicksLimit: 6}},
                    y: {stacked: true, grid: {display: false}, ticks},
                },
            },
        });
    }
}

registry.category("actions").add("crm_extended.loyalty_whatif", LoyaltyWhatif);
