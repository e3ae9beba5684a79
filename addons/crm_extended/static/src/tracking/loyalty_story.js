import {Component} from "@odoo/owl";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";
import {formatFloat} from "@web/views/fields/formatters";
import {formatDate} from "@web/core/l10n/dates";

const {DateTime} = luxon;

/** What binds a customer: four bars, with marks for the year before and the segment. */
export class LoyaltyStory extends Component {
    static template = "crm_extended.LoyaltyStory";
    static props = {...standardFieldProps};

    get story() {
        return this.props.record.data[this.props.name];
    }

    get day() {
        return formatDate(DateTime.fromISO(this.story.date));
    }

    number(value) {
        return value === false ? "–" : formatFloat(value, {digits: [16, Number.isInteger(value) ? 0 : 1]});
    }

    place(value) {
        return `${Math.min(Math.max(value, 0), 100)}%`;
    }
}

registry.category("fields").add("loyalty_story", {
    component: LoyaltyStory,
    supportedTypes: ["json"],
});
