"""E-mail addresses: could one be written to, and will a person read it."""

import re
from functools import lru_cache

from .findings import Finding

_ADDRESS = re.compile(
    r"(?P<name>[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*)"
    r"@(?P<domain>(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W\d_]{2,63})"
)
_WRAPPED = re.compile(r".*<([^<>]+)>\s*")
_LONGEST = 254  # RFC 5321
# The addresses of private persons are mostly at these; next to one is a slip
COMMON = frozenset(
    "gmail.com googlemail.com yahoo.com yahoo.co.uk hotmail.com hotmail.co.uk "
    "outlook.com live.com msn.com icloud.com me.com aol.com gmx.de gmx.net gmx.at "
    "web.de t-online.de freenet.de seznam.cz email.cz centrum.cz volny.cz post.cz "
    "atlas.cz tiscali.cz azet.sk zoznam.sk wp.pl onet.pl o2.pl interia.pl op.pl "
    "gazeta.pl poczta.onet.pl orange.fr free.fr laposte.net wanadoo.fr libero.it "
    "mail.ru yandex.ru protonmail.com proton.me".split()
)
_NO_SLIP = frozenset("mail.com email.com gmx.com ymail.com mail.cz mail.de".split())
DISPOSABLE = frozenset(
    "mailinator.com guerrillamail.com 10minutemail.com tempmail.com temp-mail.org "
    "yopmail.com trashmail.com sharklasers.com getnada.com dispostable.com "
    "maildrop.cc throwawaymail.com fakeinbox.com mohmal.com mintemail.com "
    "spamgourmet.com mailnesia.com moakt.com tempr.email discard.email".split()
)
ROLES = frozenset(
    "info office sales contact admin administrator webmaster postmaster support "
    "service hello mail kontakt biuro kancelar sekretariat obchod objednavky faktury "
    "recepce buero bestellung hostmaster abuse marketing billing accounts".split()
)
_NOBODY = frozenset(
    "noreply no-reply donotreply none nomail noemail no neni nema brak test".split()
)


@lru_cache(maxsize=50_000)
def check_email(text: str, is_company: bool = False) -> tuple[Finding, ...]:
    """What is wrong with an address.

    :param is_company: an address as info@ is usual for a company

    >>> check_email("jana@gmial.com")
    (Finding(code='email_typo', field='email', proposal='jana@gmail.com'),)
    >>> check_email("Jana <Jana@Seznam.cz>")
    (Finding(code='email_format', field='email', proposal='Jana@seznam.cz'),)
    >>> check_email("jana@seznam,cz")
    (Finding(code='email_invalid', field='email', proposal='jana@seznam.cz'),)
    """
    if len(text) > 2 * _LONGEST:
        return (Finding("email_invalid", "email"),)
    wrapped = _WRAPPED.fullmatch(text)
    plain = (wrapped[1] if wrapped else text).strip()
    found = _ADDRESS.fullmatch(plain)
    if not found or len(plain) > _LONGEST or len(found["name"]) > 64:
        return (Finding("email_invalid", "email", _mend(plain)),)
    name, domain = found["name"], found["domain"].lower()
    if name.lower() in _NOBODY:
        return (Finding("email_invalid", "email"),)
    if meant := find_slip(domain):
        return (Finding("email_typo", "email", f"{name}@{meant}"),)
    findings = []
    if domain in DISPOSABLE:
        findings.append(Finding("email_disposable", "email"))
    if name.lower() in ROLES and not is_company:
        findings.append(Finding("email_role", "email"))
    if f"{name}@{domain}" != text:
        findings.append(Finding("email_format", "email", f"{name}@{domain}"))
    return tuple(findings)


def _mend(text: str) -> str:
    """The slips of hasty fingers; nothing when the outcome is no address either."""
    mended = "".join(text.split()).replace(",", ".").rstrip(".;:")
    mended = re.sub(r"\.{2,}", ".", mended).removeprefix("mailto:")
    mended = re.sub(r"@{2,}", "@", mended)
    return mended if len(mended) <= _LONGEST and _ADDRESS.fullmatch(mended) else ""


@lru_cache(maxsize=20_000)
def find_slip(domain: str) -> str:
    """The common domain that one slip of the finger made this one from.

    >>> find_slip("seznma.cz"), find_slip("gmail.cm"), find_slip("harmonia.cz")
    ('seznam.cz', 'gmail.com', '')
    """
    if domain in COMMON or domain in _NO_SLIP or domain in DISPOSABLE:
        return ""
    near = [common for common in COMMON if is_one_slip(domain, common)]
    return near[0] if len(near) == 1 else ""


def is_one_slip(one: str, other: str) -> bool:
    """Whether one letter is too many, missing, wrong, or two have changed places.

    That is a distance of 1 of Damerau and Levenshtein (optimal string alignment). Short
    names are left alone: op.pl is as good as wp.pl.
    """
    if abs(len(one) - len(other)) > 1 or min(len(one), len(other)) < 7:
        return False
    start = 0
    while start < min(len(one), len(other)) and one[start] == other[start]:
        start += 1
    a, b = one[start:], other[start:]
    swapped = len(a) > 1 and len(b) > 1 and a[0] == b[1] and a[1] == b[0]
    return a[1:] == b[1:] or a[1:] == b or a == b[1:] or (swapped and a[2:] == b[2:])
