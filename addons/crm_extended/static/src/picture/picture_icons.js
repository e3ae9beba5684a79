/** Icons of the channels of the timeline; whatever is new gets the last one. */
export const ICONS = {
    mail: "fa-envelope-o",
    call: "fa-phone",
    meeting: "fa-calendar",
    chat: "fa-comments-o",
    sms: "fa-mobile",
    visit: "fa-map-marker",
    portal: "fa-sign-in",
    web: "fa-globe",
    lead: "fa-star-o",
    order: "fa-shopping-cart",
    invoice: "fa-file-text-o",
    payment: "fa-money",
    case: "fa-life-ring",
    survey: "fa-list-ul",
    campaign: "fa-bullhorn",
    purchase: "fa-shopping-bag",
};

export function iconOf(channel) {
    return ICONS[channel] || "fa-circle-o";
}
