"""Faults in the words of the user: what is wrong, and what to do about it."""

from odoo.tools.translate import LazyTranslate

_lt = LazyTranslate("crm_extended", default_lang="en_US")

CODES = [
    ("missing", "Not known"),
    ("stale", "Not confirmed for long"),
    ("name_case", "Written in capitals or small letters only"),
    ("name_fake", "No name of anybody"),
    ("phone_invalid", "No such number"),
    ("phone_country", "Of which country?"),
    ("phone_format", "Not in international form"),
    ("email_invalid", "No address that mail can reach"),
    ("email_typo", "A slip in the domain"),
    ("email_bounced", "Mail came back several times"),
    ("email_disposable", "An address to throw away"),
    ("email_role", "Of a desk, not of a person"),
    ("email_format", "Written with something around it"),
    ("vat_invalid", "The check digit does not fit"),
    ("vat_format", "Not in its usual form"),
    ("zip_invalid", "No postcode of that country"),
    ("zip_format", "Not written as in that country"),
    ("street_number", "Without a number"),
    ("city_digits", "Holds the postcode, too"),
]
REMEDIES = {
    "missing": _lt("Ask at the next contact and fill it in."),
    "stale": _lt("Ask whether it still holds, then press Still Right."),
    "name_case": _lt("Take the proposal, or write it as the customer does."),
    "name_fake": _lt("Find out who it is, or archive it."),
    "phone_invalid": _lt(
        "Count the digits, check the country, or ask for the number again."
    ),
    "phone_country": _lt(
        "Fill in the customer's country, or write the number with + in front."
    ),
    "phone_format": _lt("Take the proposal: the number then works from everywhere."),
    "email_invalid": _lt("Correct it, or ask for it again."),
    "email_typo": _lt("Take the proposal if it is what was meant."),
    "email_bounced": _lt(
        "Ask for another address. Writing on harms your own good name."
    ),
    "email_disposable": _lt("Ask for one that is read."),
    "email_role": _lt(
        "Ask for the person's own address, or mark the customer as a company."
    ),
    "email_format": _lt("Take the proposal."),
    "vat_invalid": _lt("Compare it with an invoice or the register of the country."),
    "vat_format": _lt("Take the proposal."),
    "zip_invalid": _lt("Check the postcode and the country."),
    "zip_format": _lt("Take the proposal."),
    "street_number": _lt("Add the number of the house, if it has one; else skip this."),
    "city_digits": _lt("Leave the city alone here and the postcode in its own field."),
}
