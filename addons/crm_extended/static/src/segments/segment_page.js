import {Component, onWillStart, useState} from "@odoo/owl";
import {formatInteger} from "@web/views/fields/formatters";
import {Layout} from "@web/search/layout";
import {standardActionServiceProps} from "@web/webclient/actions/action_service";
import {useService} from "@web/core/utils/hooks";
import {useSetupAction} from "@web/search/action_hook";

/**
 * A page that draws segments: it asks the server anew whenever a choice changes, and
 * comes back from a list of customers with the choices it was left with.
 *
 * Pages say what they ask (`method`, `args`) and with which choices they begin.
 */
export class SegmentPage extends Component {
    static components = {Layout};
    static props = {...standardActionServiceProps};

    setup() {
        this.orm = useService("orm");
        this.actionService = useService("action");
        this.display = {controlPanel: {}};
        const begin = this.props.state?.choices || this.getChoices(this.context);
        this.choices = useState(begin);
        this.state = useState({data: null, failed: "", loading: false});
        useSetupAction({getLocalState: () => ({choices: {...this.choices}})});
        onWillStart(() => this.load());
    }

    get context() {
        const {context = {}, params = {}} = this.props.action;
        return {...params, ...context};
    }

    /** Ids given by the button that opened the page. */
    getActiveIds(context) {
        const ids = context.segment_ids || [];
        return ids.filter((id) => Number.isInteger(id));
    }

    /** Take over choices and ask again; of answers that cross only the last counts. */
    async choose(choices) {
        Object.assign(this.choices, choices);
        await this.load();
    }

    async load() {
        if (!this.isReady) {
            this.state.data = null;
            return;
        }
        const asked = (this.asked = Symbol("asked"));
        this.state.loading = true;
        try {
            const data = await this.ask(this.method, this.args);
            if (asked === this.asked) {
                Object.assign(this.state, {data, failed: ""});
                this.take(data);
            }
        } catch (error) {
            if (asked === this.asked && error.data?.message) {
                Object.assign(this.state, {data: null, failed: error.data.message});
            } else {
                throw error;
            }
        } finally {
            if (asked === this.asked) {
                this.state.loading = false;
            }
        }
    }

    ask(method, args) {
        return this.orm.call("crm.segment.picture", method, args);
    }

    async open(method, args) {
        await this.actionService.doAction(await this.ask(method, args));
    }

    formatNumber(value) {
        return formatInteger(value);
    }

    formatShare(share) {
        const percent = 100 * share;
        const digits = percent > 0 && percent < 10 ? 1 : 0;
        return `${percent.toLocaleString(undefined, {maximumFractionDigits: digits})} %`;
    }

    // ------------------------------------------------------------------ for pages

    get isReady() {
        return true;
    }

    take() {}
}
