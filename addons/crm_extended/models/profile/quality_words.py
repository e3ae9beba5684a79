"""Faults in the words of the user: what is wrong, and what to do about it."""

from odoo.tools.translate import LazyTranslate

_lt = LazyTranslate("crm_extended", default_lang="en_US")

# code -> (what is wrong, what to do)
FAULTS = {
    "missing": (_lt("Not known"), _lt("Ask at the next contact and fill it in.")),
    "stale": (
        _lt("Not confirmed for long"),
        _lt("Ask whether it still holds, then press Still Right."),
    ),
    "name_case": (
        _lt("Written in capitals or small letters only"),
        _lt("Take the proposal, or write it as the customer does."),
    ),
    "name_fake": (_lt("No name of anybody"), _lt("Find out who it is, or archive it.")),
    "phone_invalid": (
        _lt("No such number"),
        _lt("Count the digits, check the country, or ask for the number again."),
    ),
    "phone_country": (
        _lt("Of which country?"),
        _lt("Fill in the customer's country, or write the number with + in front."),
    ),
    "phone_format": (
        _lt("Not in international form"),
        _lt("Take the proposal: the number then works from everywhere."),
    ),
    "email_invalid": (
        _lt("No address that mail can reach"),
        _lt("Correct it, or ask for it again."),
    ),
    "email_typo": (
        _lt("A slip in the domain"),
        _lt("Take the proposal if it is what was meant."),
    ),
    "email_bounced": (
        _lt("Mail came back several times"),
        _lt("Ask for another address. Writing on harms your own good name."),
    ),
    "email_disposable": (
        _lt("An address to throw away"),
        _lt("Ask for one that is read."),
    ),
    "email_role": (
        _lt("Of a desk, not of a person"),
        _lt("Ask for the person's own address, or mark the customer as a company."),
    ),
    "email_format": (
        _lt("Written with something around it"),
        _lt("Take the proposal."),
    ),
    "vat_invalid": (
        _lt("The check digit does not fit"),
        _lt("Compare it with an invoice or the register of the country."),
    ),
    "vat_format": (_lt("Not in its usual form"), _lt("Take the proposal.")),
    "zip_invalid": (
        _lt("No postcode of that country"),
        _lt("Check the postcode and the country."),
    ),
    "zip_format": (_lt("Not written as in that country"), _lt("Take the proposal.")),
    "street_number": (
        _lt("Without a number"),
        _lt("Add the number of the house, if it has one; else skip this."),
    ),
    "city_digits": (
        _lt("Holds the postcode, too"),
        _lt("Leave the city alone here and the postcode in its own field."),
    ),
}
