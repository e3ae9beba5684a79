import {Component, onWillStart, onWillUpdateProps, useRef, useState} from "@odoo/owl";
import {deserializeDateTime} from "@web/core/l10n/dates";
import {_t} from "@web/core/l10n/translation";
import {useService} from "@web/core/utils/hooks";
import {KeepLast} from "@web/core/utils/concurrency";
import {useDebounced} from "@web/core/utils/timing";
import {iconOf} from "./picture_icons";

const {DateTime} = luxon;
const PERIODS = [
    {code: "all", name: _t("All time"), days: 0},
    {code: "month", name: _t("Last 30 days"), days: 30},
    {code: "quarter", name: _t("Last 90 days"), days: 90},
    {code: "year", name: _t("Last 12 months"), days: 365},
    {code: "own", name: _t("From … to …"), days: 0},
];

/**
 * What happened with a customer, day by day, the newest first. Filters are answered by
 * the server; a page begins where the last one ended.
 *
 * Keyboard: / goes to the search, arrows walk through the entries, Enter opens one.
 */
export class PictureTimeline extends Component {
    static template = "crm_extended.PictureTimeline";
    static props = {
        partnerId: Number,
        whole: {type: Boolean},
        facets: Object,
        openDocument: Function,
    };

    setup() {
        this.orm = useService("orm");
        this.last = new KeepLast();
        this.search = useRef("search");
        this.list = useRef("list");
        this.periods = PERIODS;
        this.state = useState({
            entries: [],
            next: false,
            loading: true,
            text: "",
            channels: [],
            period: "all",
            since: "",
            until: "",
            personId: 0,
            userId: 0,
        });
        this.searchSoon = useDebounced(() => this.load(), 300);
        onWillStart(() => this.load());
        onWillUpdateProps((next) => {
            if (
                next.partnerId !== this.props.partnerId ||
                next.whole !== this.props.whole
            ) {
                Object.assign(this.state, {channels: [], personId: 0, userId: 0});
                return this.load(next);
            }
        });
    }

    // ------------------------------------------------------------------ reading

    get filters() {
        const {text, channels, personId, userId, period} = this.state;
        const filters = {
            text: text.trim(),
            channels,
            person_id: personId,
            user_id: userId,
        };
        const {days} = PERIODS.find(({code}) => code === period);
        if (days) {
            filters.since = DateTime.local().minus({days}).toISODate();
        } else if (period === "own") {
            filters.since = this.state.since;
            filters.until = this.state.until;
        }
        return Object.fromEntries(
            Object.entries(filters).filter(([, v]) => v && v.length !== 0)
        );
    }

    get filtered() {
        return Object.keys(this.filters).length > 0;
    }

    async load(props = this.props, before = false) {
        this.state.loading = true;
        const page = await this.last.add(
            this.orm.silent.call("crm.picture", "timeline", [props.partnerId], {
                filters: this.filters,
                before,
                whole: props.whole,
            })
        );
        this.state.entries = before
            ? [...this.state.entries, ...page.entries]
            : page.entries;
        this.state.next = page.next;
        this.state.loading = false;
    }

    loadOlder() {
        return this.load(this.props, this.state.next);
    }

    // ------------------------------------------------------------------ showing

    /** Entries by day of the reader's time zone. */
    get days() {
        const days = [];
        for (const entry of this.state.entries) {
            const moment = deserializeDateTime(entry.date);
            const key = moment.toISODate();
            if (!days.length || days.at(-1).key !== key) {
                days.push({key, title: this.titleOf(moment), entries: []});
            }
            days.at(-1).entries.push({
                ...entry,
                time: entry.all_day ? "" : moment.toLocaleString(DateTime.TIME_SIMPLE),
                planned: moment > DateTime.local(),
            });
        }
        return days;
    }

    titleOf(moment) {
        const days = Math.round(
            moment.startOf("day").diff(DateTime.local().startOf("day"), "days").days
        );
        const near = {0: _t("Today"), "-1": _t("Yesterday"), 1: _t("Tomorrow")}[days];
        return near || moment.toLocaleString(DateTime.DATE_FULL);
    }

    iconOf(channel) {
        return iconOf(channel);
    }

    // ------------------------------------------------------------------ filtering

    toggleChannel(code) {
        const {channels} = this.state;
        this.state.channels = channels.includes(code)
            ? channels.filter((c) => c !== code)
            : [...channels, code];
        this.load();
    }

    onSearch(ev) {
        this.state.text = ev.target.value;
        this.searchSoon();
    }

    choose(name, ev) {
        const value = ev.target.value;
        this.state[name] = name.endsWith("Id") ? Number(value) : value;
        this.load();
    }

    clear() {
        Object.assign(this.state, {
            text: "",
            channels: [],
            period: "all",
            since: "",
            until: "",
            personId: 0,
            userId: 0,
        });
        this.load();
    }

    // ------------------------------------------------------------------ keyboard

    onKeydown(ev) {
        const typing = ["INPUT", "SELECT", "TEXTAREA"].includes(ev.target.tagName);
        if (ev.key === "/" && !typing) {
            this.search.el.focus();
        } else if (ev.key === "Escape" && ev.target === this.search.el) {
            this.clear();
        } else if (["ArrowDown", "ArrowUp"].includes(ev.key) && ev.target.tagName !== "SELECT") {
            this.step(ev.key === "ArrowDown" ? 1 : -1);
        } else {
            return;
        }
        ev.preventDefault();
        ev.stopPropagation();
    }

    step(by) {
        const rows = [...this.list.el.querySelectorAll(".o_picture_entry")];
        const place = rows.indexOf(document.activeElement);
        rows[Math.min(Math.max(place + by, 0), rows.length - 1)]?.focus();
    }
}
