import {Component, onWillStart, onWillUpdateProps, useState} from "@odoo/owl";
import {browser} from "@web/core/browser/browser";
import {deserializeDate, deserializeDateTime} from "@web/core/l10n/dates";
import {_t} from "@web/core/l10n/translation";
import {useService} from "@web/core/utils/hooks";
import {KeepLast} from "@web/core/utils/concurrency";
import {StoryChart} from "./story_chart";
import {PictureTimeline} from "./timeline";

const {DateTime} = luxon;
const PATH = ["initial", "acquisition", "consumption", "after_sales"];
const FOLDED = "crm_extended.picture_folded";

/**
 * Everything that is known of a customer, for the eyes of its reader: the server leaves
 * out what he may not see, this component shows what there is and no empty boxes.
 */
export class Picture extends Component {
    static template = "crm_extended.Picture";
    static components = {PictureTimeline, StoryChart};
    static props = {
        partnerId: Number,
        embedded: {type: Boolean, optional: true},
        onNamed: {type: Function, optional: true},
    };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.last = new KeepLast();
        this.state = useState({
            parts: null,
            whole: null,
            folded: new Set(JSON.parse(browser.localStorage.getItem(FOLDED) || "[]")),
            history: false,
        });
        onWillStart(() => this.load());
        onWillUpdateProps((next) => {
            if (next.partnerId !== this.props.partnerId) {
                return this.load(next.partnerId, null);
            }
        });
    }

    async load(partnerId = this.props.partnerId, whole = this.state.whole) {
        const parts = await this.last.add(
            this.orm.call("crm.picture", "get", [partnerId], {whole})
        );
        Object.assign(this.state, {parts, whole: parts.scope.whole});
        this.props.onNamed?.(parts.customer.name);
    }

    switchScope(whole) {
        return this.load(this.props.partnerId, whole);
    }

    // ------------------------------------------------------------------ showing

    /** Lists beside the timeline, in one shape, without the empty ones. */
    get sections() {
        const {parts} = this.state;
        const list = (key, title, icon, items = []) => ({key, title, icon, items});
        const relations = (parts.relations || []).map((row) => ({
            ...row,
            model: "res.partner",
        }));
        const needs = (parts.needs || []).map((row) => ({...row, model: "crm.need"}));
        const loyalty = (parts.loyalty || []).map((row) => ({
            name: row.name,
            amount: row.value,
            when: row.until,
            model: "loyalty.card",
            id: row.id,
        }));
        return [
            ...(parts.desks || []),
            list("loyalty", _t("Loyalty"), "fa-gift", loyalty),
            list("needs", _t("Needs"), "fa-bullseye", needs),
            list("relations", _t("Relations"), "fa-sitemap", relations),
        ].filter((section) => section.items.length);
    }

    /** The way of a customer's life; lost and won back stand in the place of the last. */
    get path() {
        const {phase} = this.state.parts;
        const aside = ["lost", "won_back"].includes(phase.phase);
        const codes = aside ? [...PATH.slice(0, 3), phase.phase] : PATH;
        return codes.map((code) => ({
            code,
            name: phase.names[code],
            current: code === phase.phase,
            passed: codes.indexOf(code) < codes.indexOf(phase.phase),
        }));
    }

    day(text) {
        const moment =
            text.length > 10 ? deserializeDateTime(text) : deserializeDate(text);
        return moment.toLocaleString(DateTime.DATE_MED);
    }

    isFolded(key) {
        return this.state.folded.has(key);
    }

    fold(key) {
        const {folded} = this.state;
        folded.has(key) ? folded.delete(key) : folded.add(key);
        browser.localStorage.setItem(FOLDED, JSON.stringify([...folded]));
    }

    // ------------------------------------------------------------------ opening

    open(model, id) {
        if (model && id) {
            return this.action.doAction({
                type: "ir.actions.act_window",
                res_model: model,
                res_id: id,
                views: [[false, "form"]],
            });
        }
    }

    async openDocument(entry) {
        if (entry.interaction && entry.model) {
            const action = await this.orm.call("crm.interaction", "action_open_document", [
                entry.interaction,
            ]);
            return this.action.doAction(action);
        }
        return entry.interaction
            ? this.open("crm.interaction", entry.interaction)
            : this.open(entry.model, entry.id);
    }
}
