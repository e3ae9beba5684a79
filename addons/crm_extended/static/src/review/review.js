import {Component, onWillStart, onWillUnmount, useExternalListener, useRef, useState} from "@odoo/owl";
import {browser} from "@web/core/browser/browser";
import {deserializeDateTime, formatDate} from "@web/core/l10n/dates";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {Mutex} from "@web/core/utils/concurrency";
import {useService} from "@web/core/utils/hooks";
import {formatFloat} from "@web/views/fields/formatters";
import {Layout} from "@web/search/layout";
import {standardActionServiceProps} from "@web/webclient/actions/action_service";
import {MatchWaterfall} from "../match_waterfall/match_waterfall";
import {ReviewCard} from "./review_card";

const AHEAD = 3; // clusters held ready
const RENEW = 180000; // milliseconds between two renewals of the claims

/**
 * The queue of possible duplicates, decided cluster by cluster with the keyboard.
 *
 * A decision shows the next cluster at once and is sent meanwhile, one after the other;
 * what the server refuses comes back to the front with the reason.
 */
export class Review extends Component {
    static template = "crm_extended.Review";
    static components = {Layout, MatchWaterfall};
    static props = {...standardActionServiceProps};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.notification = useService("notification");
        this.ui = useService("ui");
        this.display = {controlPanel: {}};
        this.mutex = new Mutex();
        this.board = useRef("board");
        this.state = useState({
            cards: [],
            left: 0,
            done: 0,
            later: 0,
            busy: [],
            undoable: false,
            loaded: false,
            help: false,
            why: browser.innerWidth > 767,
            pair: 0,
            told: "",
        });
        useExternalListener(browser, "keydown", (ev) => this.onKeydown(ev));
        onWillStart(() => this.fetch());
        this.timer = browser.setInterval(() => this.renew(), RENEW);
        onWillUnmount(() => {
            browser.clearInterval(this.timer);
            this.mutex.exec(() => this.orm.silent.call("crm.review", "release", []));
        });
    }

    // ---------------------------------------------------------------- what is shown

    get card() {
        return this.state.cards[0];
    }

    get progress() {
        const total = this.state.done + this.state.left;
        return total ? Math.round((100 * this.state.done) / total) : 0;
    }

    get leftText() {
        return this.state.left === 1
            ? _t("1 cluster left")
            : _t("%s clusters left", this.state.left);
    }

    get pair() {
        return this.card.pairs[Math.min(this.state.pair, this.card.pairs.length - 1)];
    }

    get waterfall() {
        return {data: {waterfall: this.pair.waterfall}};
    }

    getNumber(recordId) {
        return this.card.records.findIndex((record) => record.id === recordId) + 1;
    }

    getPairName(pair) {
        return `${this.getNumber(pair.left)} – ${this.getNumber(pair.right)}`;
    }

    getPercent(probability) {
        const percent = probability * 100;
        return percent > 99.99
            ? _t("over 99.99 %")
            : `${formatFloat(percent, {digits: [16, percent > 99 ? 2 : 0]})} %`;
    }

    formatBits(bits) {
        return _t("%s bits", formatFloat(bits, {digits: [16, 1]}));
    }

    formatDay(moment) {
        return moment ? formatDate(deserializeDateTime(moment)) : "";
    }

    getOrigin(origin) {
        const words = [origin.source];
        if (origin.trust) {
            words.push(_t("trust %s", origin.trust));
        }
        words.push(this.formatDay(origin.date));
        return words.filter(Boolean).join(" · ");
    }

    getDocuments(record) {
        const {orders, invoices, leads, purchases} = record.documents;
        const words = [
            orders && (orders === 1 ? _t("1 order") : _t("%s orders", orders)),
            invoices && (invoices === 1 ? _t("1 invoice") : _t("%s invoices", invoices)),
            leads && (leads === 1 ? _t("1 lead") : _t("%s leads", leads)),
            purchases &&
                (purchases === 1 ? _t("1 past purchase") : _t("%s past purchases", purchases)),
        ];
        return words.filter(Boolean).join(", ") || _t("no documents");
    }

    get keys() {
        return [
            ["↑ ↓", _t("Previous or next row")],
            ["← →", _t("Take the value of the record to the left or right")],
            ["1 – 9", _t("Take the value of that record")],
            ["0", _t("Back to the proposed value")],
            ["Shift 1 – 9", _t("That record is not the same: leave it out, or take it in again")],
            ["K", _t("Keep the chosen record as the one that goes on")],
            ["M, Enter", _t("Merge")],
            ["N", _t("Not the same; never proposed again")],
            ["L", _t("Later")],
            ["U, Ctrl Z", _t("Undo your last decision")],
            ["W", _t("Show or hide why they may be the same")],
            ["?", _t("These keys")],
        ];
    }

    // ---------------------------------------------------------------- the queue

    async fetch() {
        const held = this.state.cards.map((card) => card.cluster);
        const wanted = AHEAD - held.length;
        const queue = await this.orm.silent.call("crm.review", "read_queue", [
            Math.max(wanted, 1),
            held,
        ]);
        const known = new Set(this.state.cards.map((card) => card.cluster));
        const fresh = queue.cards.filter((card) => !known.has(card.cluster));
        this.state.cards.push(...fresh.map((card) => new ReviewCard(card)));
        const {left, later, busy, undoable} = queue;
        Object.assign(this.state, {left, later, busy, undoable, loaded: true});
    }

    async refill() {
        if (this.state.cards.length < AHEAD) {
            await this.mutex.exec(() => this.fetch());
        }
    }

    async renew() {
        const held = this.state.cards.map((card) => card.cluster);
        if (!held.length) {
            return;
        }
        const lost = await this.orm.silent.call("crm.review", "keep", [held]);
        if (lost.length) {
            this.state.cards = this.state.cards.filter((c) => !lost.includes(c.cluster));
            this.refill();
        }
    }

    /** Show the next cluster and send the decision about this one. */
    async send(method, args) {
        const card = this.state.cards.shift();
        Object.assign(this.state, {pair: 0, told: "", left: this.state.left - 1});
        this.state.done += 1;
        this.board.el?.scrollTo?.(0, 0);
        const answer = await this.mutex.exec(() => this.ask(card, method, args));
        if (answer?.gone) {
            this.notification.add(answer.gone, {type: "warning"});
        } else if (answer) {
            this.state.told = answer.told;
            this.state.undoable = true;
        }
        await this.refill();
    }

    async ask(card, method, args) {
        try {
            return await this.orm.silent.call("crm.review", method, args);
        } catch (error) {
            this.state.cards.unshift(card);
            this.state.left += 1;
            this.state.done -= 1;
            const told = error.data?.message || _t("The decision could not be sent. Try again.");
            this.notification.add(told, {type: "danger", title: _t("Not done")});
        }
    }

    merge() {
        const card = this.card;
        if (!card) {
            return;
        }
        if (!card.canMerge) {
            const told = _t("One record alone cannot be merged. Take another one in again, or press N.");
            this.notification.add(told, {type: "warning"});
            return;
        }
        const {cluster, match_ids, targetId, sourceIds, choices} = card;
        this.send("merge", [cluster, match_ids, targetId, sourceIds, {...choices}]);
    }

    decide(state) {
        const card = this.card;
        if (card) {
            this.send("decide", [card.cluster, card.match_ids, state]);
        }
    }

    async undo() {
        if (!this.state.undoable || this.undoing) {
            return;
        }
        this.undoing = true;
        try {
            const answer = await this.mutex.exec(() => this.orm.silent.call("crm.review", "undo", []));
            const numbers = answer.cards.map((card) => card.cluster);
            const rest = this.state.cards.filter((c) => !numbers.includes(c.cluster));
            this.state.cards = [...answer.cards.map((card) => new ReviewCard(card)), ...rest];
            Object.assign(this.state, {told: answer.told, pair: 0});
            this.state.done = Math.max(0, this.state.done - 1);
            await this.mutex.exec(() => this.fetch());
        } catch (error) {
            const told = error.data?.message || _t("It could not be undone. Try again.");
            this.notification.add(told, {type: "danger"});
        } finally {
            this.undoing = false;
        }
    }

    async takeUpLater() {
        await this.mutex.exec(() => this.orm.call("crm.review", "take_up_later", []));
        await this.mutex.exec(() => this.fetch());
    }

    runMatching() {
        this.action.doAction("crm_extended.action_match_run");
    }

    // ---------------------------------------------------------------- one cluster

    async toggle(recordId) {
        this.card.toggle(recordId);
        await this.proposeAgain(this.card);
    }

    async keep(recordId) {
        if (this.card.targetId !== recordId) {
            this.card.keep(recordId);
            await this.proposeAgain(this.card);
        }
    }

    /** What survives depends on who is in; until the answer comes the old one stays. */
    async proposeAgain(card) {
        if (!card.canMerge) {
            return;
        }
        const args = [card.cluster, card.match_ids, card.targetId, card.sourceIds];
        const asked = JSON.stringify(args);
        card.asked = asked;
        const proposals = await this.orm.silent.call("crm.review", "read_proposals", args);
        if (card.asked === asked && !proposals.gone) {
            card.setProposals(proposals);
        }
    }

    // ---------------------------------------------------------------- keys

    onKeydown(ev) {
        const typing = ev.target.closest?.("input, textarea, select, [contenteditable=true]");
        if (typing || ev.altKey || this.ui.activeElement !== document || this.ui.isBlocked) {
            return;
        }
        const run = this.getCommand(ev);
        if (run) {
            ev.preventDefault();
            ev.stopPropagation();
            run();
        }
    }

    getCommand(ev) {
        const key = ev.key.length === 1 ? ev.key.toLowerCase() : ev.key;
        if (ev.ctrlKey || ev.metaKey) {
            return key === "z" && !ev.shiftKey ? () => this.undo() : null;
        }
        if (key === "u") {
            return () => this.undo();
        }
        if (key === "?") {
            return () => (this.state.help = !this.state.help);
        }
        if (key === "Escape" && this.state.help) {
            return () => (this.state.help = false);
        }
        return this.card ? this.getCardCommand(ev, key) : null;
    }

    getCardCommand(ev, key) {
        const card = this.card;
        // by its place: on a Czech or French keyboard digits are typed with Shift
        const digit = /^(Digit|Numpad)([0-9])$/.exec(ev.code || "");
        if (digit || /^[0-9]$/.test(key)) {
            const number = Number(digit ? digit[2] : key);
            if (!number) {
                return () => card.propose();
            }
            const record = card.records[number - 1];
            return ev.shiftKey
                ? () => record && this.toggle(record.id)
                : () => card.chooseNumber(number);
        }
        const onButton = key === "Enter" && ev.target.closest?.("button, a");
        if (onButton || (ev.repeat && !key.startsWith("Arrow"))) {
            return null;
        }
        return {
            ArrowUp: () => this.moveRow(-1),
            ArrowDown: () => this.moveRow(1),
            ArrowLeft: () => card.moveColumn(-1),
            ArrowRight: () => card.moveColumn(1),
            Enter: () => this.merge(),
            m: () => this.merge(),
            n: () => this.decide("distinct"),
            l: () => this.decide("later"),
            k: () => this.keep(card.records[card.column].id),
            x: () => this.toggle(card.records[card.column].id),
            w: () => (this.state.why = !this.state.why),
        }[key];
    }

    moveRow(by) {
        this.card.moveRow(by);
        const row = this.board.el?.querySelector(`[data-row="${this.card.row}"]`);
        row?.scrollIntoView({block: "nearest"});
    }
}

registry.category("actions").add("crm_review", Review);
