"""Codes of a file -> our records, each list read once, as the user may see it."""

from odoo.models import BaseModel

from ..models.sources.crm_purchase import CHANNELS, PAYMENT_METHODS


def load_line_lookup(line: BaseModel, company: BaseModel) -> dict[str, object]:
    """Casefolded text -> value, for a column whose texts are looked up.

    :param line: crm.import.mapping.line
    :param company: res.company whose branches and products count
    """
    attribute = line._get_attribute()
    if attribute.kind in ("choice", "choices"):
        return _by(attribute.choice_ids, "code", "name")
    target = _TARGET_OF_KIND[attribute.kind] if attribute else line.target
    return _LOADERS[target](line.env, company)


def _by(records, *names):
    """Later names give way to earlier ones, later records to earlier ones."""
    found = {}
    for name in names:
        for record in records:
            text = record[name]
            if text:
                found.setdefault(str(text).strip().casefold(), record.id)
    return found


def _branches(env, company):
    domain = [("company_id", "in", (company.id, False))]
    # the company's own branch hides a shared one of the same code
    return _by(env["crm.branch"].search(domain, order="company_id, id"), "code", "name")


def _categories(env, company):
    return _by(env["product.category"].search([]), "complete_name", "name")


def _products(env, company):
    domain = [
        ("company_id", "in", (company.id, False)),
        "|",
        ("default_code", "!=", False),
        ("barcode", "!=", False),
    ]
    products = env["product.product"].with_context(active_test=False)
    found = products.search_fetch(domain, ["default_code", "barcode"])
    return _by(found.sorted(lambda p: not p.active), "default_code", "barcode")


def _currencies(env, company):
    return _by(env["res.currency"].search([]), "name")


def _countries(env, company):
    countries = env["res.country"].search([])
    english = countries.with_context(lang="en_US")
    return {**_by(english, "name"), **_by(countries, "code", "name")}


def _languages(env, company):
    found = {}
    for code, _name in env["res.lang"].get_installed():
        found[code.casefold()] = code
        found.setdefault(code.partition("_")[0].casefold(), code)
    return found


def _choices(choices):
    def load(env, company):
        labels = {label.casefold(): key for key, label in choices}
        return {**labels, **{key: key for key, label in choices}}

    return load


_TARGET_OF_KIND = {"product": "product_code", "category": "category"}
_LOADERS = {
    "branch": _branches,
    "category": _categories,
    "product_code": _products,
    "currency": _currencies,
    "country": _countries,
    "lang": _languages,
    "channel": _choices(CHANNELS),
    "payment_method": _choices(PAYMENT_METHODS),
}
