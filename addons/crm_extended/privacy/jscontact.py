"""A person's card in JSContact (RFC 9553), which other programs can read."""

from datetime import datetime


def card(uid: str, person: dict, updated: datetime | None = None) -> dict:
    """The card of a person; what is not known is left out.

    :param uid: a name of the card that stays the same, such as `urn:uuid:...`
    :param person: texts `name, organization, title, email, phone, website, note,
        street, street2, city, region, postcode, country, country_code, language`, any
        of them absent or empty; `is_company` a bool; `birthday` a date
    """
    result = {"@type": "Card", "version": "1.0", "uid": uid}
    result["kind"] = "org" if person.get("is_company") else "individual"
    if updated:
        result["updated"] = updated.strftime("%Y-%m-%dT%H:%M:%SZ")
    parts = {
        "language": person.get("language", "").replace("_", "-"),
        "name": _filled(full=person.get("name")),
        "organizations": _one("o1", name=person.get("organization")),
        "titles": _one("t1", name=person.get("title")),
        "emails": _one("e1", address=person.get("email")),
        "phones": _one("p1", number=person.get("phone")),
        "links": _one("l1", uri=person.get("website")),
        "addresses": _address(person),
        "notes": _one("n1", note=person.get("note")),
        "anniversaries": _birthday(person.get("birthday")),
    }
    return {**result, **{name: value for name, value in parts.items() if value}}


def _filled(**values) -> dict:
    return {name: value for name, value in values.items() if value}


def _one(key: str, **values) -> dict:
    values = _filled(**values)
    return {key: values} if values else {}


def _address(person: dict) -> dict:
    kinds = (
        ("name", "street"),
        ("apartment", "street2"),
        ("locality", "city"),
        ("region", "region"),
        ("postcode", "postcode"),
        ("country", "country"),
    )
    components = [
        {"kind": kind, "value": person[name]}
        for kind, name in kinds
        if person.get(name)
    ]
    if not components:
        return {}
    address = {"components": components, "isOrdered": False}
    return {"a1": {**address, **_filled(countryCode=person.get("country_code"))}}


def _birthday(day) -> dict:
    if not day:
        return {}
    partial = {
        "@type": "PartialDate",
        "year": day.year,
        "month": day.month,
        "day": day.day,
    }
    return {"k1": {"kind": "birth", "date": partial}}
