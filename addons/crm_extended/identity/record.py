"""The columns by which records are compared, and how they are made of raw values."""

from . import normalise as n

# what a customer has -> what is compared; every value is text or None
COLUMNS = (
    "given", "family", "sound", "name", "email", "domain", "phone", "vat", "ref",
    "street", "house", "street2", "city", "zip", "country", "birth", "personal",
)  # fmt: skip


def normalised(raw: dict, home: str | None = None) -> dict[str, str | None]:
    """The columns of one customer.

    :param raw: name, is_company, email, phone, vat, ref, street, street2, city, zip,
        country (two letters), website, birth, personal; whatever is known
    :param home: country of numbers written without one
    """
    country = raw.get("country") or home
    name, given, family = raw.get("name"), None, None
    if raw.get("is_company"):
        full = n.company(name)
    else:
        given, family = n.person(name)
        full = " ".join(sorted(f"{given or ''} {family or ''}".split())) or None
    street, house = n.address(raw.get("street"))
    mail = n.email(raw.get("email"))
    return {
        "given": given,
        "family": family,
        "sound": n.sound(full if raw.get("is_company") else family),
        "name": full,
        "email": mail,
        "domain": n.domain(raw.get("website")) or n.domain(mail),
        "phone": n.phone(raw.get("phone"), country),
        "vat": n.tax_id(raw.get("vat"), country),
        "ref": n.identifier(raw.get("ref")),
        "street": street,
        "house": house,
        "street2": n.fold(raw.get("street2")),
        "city": n.fold(raw.get("city")),
        "zip": n.postcode(raw.get("zip")),
        "country": (raw.get("country") or "").casefold() or None,
        "birth": n.date(raw.get("birth")),
        "personal": n.identifier(raw.get("personal")),
    }
