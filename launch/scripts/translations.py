"""Keeps translations complete: `translations.py check|update ADDON=TEMPLATE.pot ...`.

`update` merges the template that Odoo just exported into the po files of the addon;
`check` ends with an error when a text is missing, in doubt, or has lost a placeholder.
"""

import re
import sys
from pathlib import Path

import polib

ADDONS = Path(__file__).parents[2] / "addons"
LANGUAGES = ("cs", "pl", "ru")
# %(name)s, %s and tags must survive; text in braces may be prose
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|</?\w+")


def update(addon: str, template: polib.POFile) -> list[str]:
    """Bring new texts into the po files; what went away is dropped."""
    for language in LANGUAGES:
        path = ADDONS / addon / "i18n" / f"{language}.po"
        translated = polib.pofile(path)
        translated.merge(template)
        for entry in translated.obsolete_entries():
            translated.remove(entry)
        translated.save()
    return []


def check(addon: str, template: polib.POFile) -> list[str]:
    """What is wrong with the translations of an addon, a line each."""
    problems = []
    for language in LANGUAGES:
        translated = polib.pofile(ADDONS / addon / "i18n" / f"{language}.po")
        known = {entry.msgid: entry for entry in translated if not entry.obsolete}
        for source in template:
            entry = known.get(source.msgid)
            where = f"{addon}/{language}: {source.msgid[:70]!r}"
            if entry is None or not entry.msgstr:
                problems.append(f"{where} is not translated")
            elif entry.fuzzy:
                problems.append(f"{where} is in doubt")
            elif placeholders(entry.msgid) != placeholders(entry.msgstr):
                problems.append(f"{where} lost or gained a placeholder")
    return problems


def placeholders(text: str) -> list[str]:
    return sorted(PLACEHOLDER.findall(text))


def main(mode: str, *templates: str) -> int:
    job = {"check": check, "update": update}[mode]
    problems = []
    for template in templates:
        addon, path = template.split("=", 1)
        problems += job(addon, polib.pofile(path))
    print("\n".join(problems[:60]))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
