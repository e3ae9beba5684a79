import {Component} from "@odoo/owl";
import {formatDate} from "@web/core/l10n/dates";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";

const {DateTime} = luxon;

/** What a customer earned, and how far the open badges and challenges are. */
export class LoyaltyBadges extends Component {
    static template = "crm_extended.LoyaltyBadges";
    static props = {...standardFieldProps};

    get badges() {
        const badges = this.props.record.data[this.props.name] || [];
        return badges.map((badge) => ({
            ...badge,
            percent: Math.round(100 * badge.share),
            picture: badge.image ? `/web/image/crm.loyalty.badge/${badge.id}/image_128` : "",
            lastText: badge.last ? formatDate(DateTime.fromISO(badge.last)) : "",
            untilText: badge.until ? formatDate(DateTime.fromISO(badge.until)) : "",
        }));
    }
}

registry.category("fields").add("loyalty_badges", {
    component: LoyaltyBadges,
    supportedTypes: ["json", "jsonb"],
});
