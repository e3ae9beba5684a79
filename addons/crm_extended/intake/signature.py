"""What the signature under a mail says of its sender; nothing where it is in doubt."""

import re

_CHARS = 20_000  # of the mail; what is longer is no letter of a person
_LINE = 120
_LINES = 10  # of a signature
_QUOTE = re.compile(
    r"^\s*(>|-{3,}\s*(Original|Forwarded|Původní|Wiadomość)|_{10,}|"
    r"(From|Od|Von|От|De)\s*:|(On|Dne|W dniu|Am|Le)\b.{0,150}\b"
    r"(wrote|napsala?|napsal\(a\)|pisze|napisała?|schrieb|a écrit)\s*:)",
    re.IGNORECASE,
)
_MARK = re.compile(r"^\s*--\s*$")
_CLOSING = re.compile(
    r"^\s*(best|kind|warm)?\s*regards\b|^\s*(yours (sincerely|faithfully|truly)|"
    r"sincerely|cheers|many thanks|thank you|thanks)\b|"
    r"^\s*(s pozdravem|se srdečným pozdravem|hezký den|děkuji)\b|"
    r"^\s*(z poważaniem|pozdrawiam|z wyrazami szacunku)\b|"
    r"^\s*(mit freundlichen grüßen|viele grüße)\b|^\s*(cordialement|bien à vous)\b|"
    r"^\s*(с уважением)\b",
    re.IGNORECASE,
)
_EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}")
_SITE = re.compile(r"\b(?:https?://)?(www\.[\w-]{1,63}(?:\.[\w-]{1,63}){1,3})", re.I)
_PHONE = re.compile(r"\+?\(?\d[\d ().\-/\u00a0]{5,22}\d")
_NO_PHONE = re.compile(
    r"\b(fax|iban|swift|vat|i[čc]o?|di[čc]|nip|regon|krs|инн|кпп|account|účet)\b", re.I
)
_NAME = re.compile(
    r"^[^\W\d_]['’.\-]?[^\W\d_.'’\-]*[^\d@:;|/\\<>()\[\]{}=+*&%$#!?\"]*$"
)
_BREAK = re.compile(r"\s[|–•·]\s|, ")
_COMPANY = re.compile(
    r"(\bs\. ?r\. ?o\.|\ba\. ?s\.|\bsp\. z ?o\. ?o\.|\bs\.a\.|\bgmbh\b|\bltd\b|\binc\b|"
    r"\bllc\b|\bplc\b|\bkft\b|\bag\b|\bооо\b|\bзао\b|\bо\.п\.с\.)",
    re.IGNORECASE,
)


def parse_signature(text: str, sender: str = "") -> dict[str, str]:
    """What stands under the mail, by target of the import.

    A signature begins after `-- ` or after a closing phrase; a mail without either has
    none, since a guess would put a sentence of the letter into the customer's name.

    :param text: plain text of the mail, quoted older mails included
    :param sender: the name in the mail's From, which helps to find the name
    :return: some of name, function, company_name, phone, website; empty without one

    >>> mail = "Hi.\\n-- \\nJana Nováková\\nBuyer\\nHudba s.r.o.\\n+420 777 123 456"
    >>> sorted(parse_signature(mail).items())[:2]
    [('company_name', 'Hudba s.r.o.'), ('function', 'Buyer')]
    """
    lines = _find_block(_cut_quotes(text[:_CHARS].splitlines()))
    found: dict[str, str] = {}
    rest = []
    for line in lines:
        left = _take_reach(line, found)
        if left:
            rest.append(left)
    _take_names(rest, found, sender)
    # a lone phrase is a closing word too many, not a signature
    return found if len(found) > 1 or "phone" in found else {}


def _cut_quotes(lines):
    for number, line in enumerate(lines):
        if _QUOTE.match(line[:300]):
            return lines[:number]
    return lines


def _find_block(lines):
    start = None
    for number, line in enumerate(lines):
        if _MARK.match(line[:_LINE]):
            start = number + 1
            break
        if len(line) < 60 and _CLOSING.match(line):
            start = number + 1
    if start is None:
        return []
    block = [line.strip() for line in lines[start:] if line.strip()]
    if len(block) > _LINES + 5:
        return []  # the letter goes on: it was no closing
    return [line for line in block[:_LINES] if len(line) <= _LINE]


def _take_reach(line, found):
    """Take phone and addresses out of a line; what is left may name something."""
    line = _EMAIL.sub(" ", line)
    if site := _SITE.search(line):
        found.setdefault("website", site[1])
        line = line.replace(site[0], " ")
    if _NO_PHONE.search(line):
        return ""
    if phone := _PHONE.search(line):
        digits = sum(char.isdigit() for char in phone[0])
        if 7 <= digits <= 15:
            found.setdefault("phone", " ".join(phone[0].split()))
            return ""
    return line.strip(" |,;–-•·\t")


def _take_names(lines, found, sender):
    wanted = " ".join(sender.split()).casefold()
    for number, line in enumerate(lines):
        first, *after = _BREAK.split(line, maxsplit=1)
        if _is_name(first, wanted):
            found["name"] = first.strip()
            _take_work(after + lines[number + 1 :], found)
            return
    _take_work(lines, found)


def _is_name(text, wanted):
    words = text.split()
    if wanted and " ".join(words).casefold() == wanted:
        return True
    return (
        2 <= len(words) <= 5
        and bool(_NAME.match(text))
        and not _COMPANY.search(text)
        and sum(word[0].isupper() for word in words) >= 2
    )


def _take_work(lines, found):
    """The company by its legal form; the job is what stands before it, right below."""
    for number, line in enumerate(lines):
        if _COMPANY.search(line):
            found.setdefault("company_name", line[:100])
        elif number == 0 and "name" in found and not any(c.isdigit() for c in line):
            found.setdefault("function", line[:100])
