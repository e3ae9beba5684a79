"""README.rst and static/description/index.html of the addons, from readme/*.md.

`readme.py ADDON_FOLDER...` writes both; the fragments are what people edit.
"""

import ast
import re
import sys
from pathlib import Path

import mistune
from docutils.core import publish_parts
from mistune.renderers.rst import RSTRenderer

SECTIONS = {  # fragment -> title; the description comes first, without one
    "DESCRIPTION": "",
    "CONFIGURE": "Configuration",
    "USAGE": "Usage",
    "ROADMAP": "Known issues / Roadmap",
}
GENERATED = (
    ".. Generated from readme/ by launch/scripts/readme.py: edit the fragments.\n"
)
FIGURE = re.compile(r"(\.\. figure:: \S+)\n\n   (.+)")
STRICT = {"report_level": 1, "halt_level": 2, "initial_header_level": 2}


def make_readme(addon: Path) -> dict[Path, str]:
    """Text by path, of what is generated for an addon.

    :raises docutils.utils.SystemMessage: the fragments make no clean reStructuredText
    """
    manifest = ast.literal_eval((addon / "__manifest__.py").read_text())
    title = _headline(manifest["name"], "=")
    body = "\n".join([*_sections(addon), *_footer(manifest)])
    readme = f"{GENERATED}\n{title}\n{body}"
    page = readme.replace("figure:: static/description/", "figure:: ")
    html = publish_parts(page, writer="html5", settings_overrides=STRICT)["html_body"]
    return {
        addon / "README.rst": readme,
        addon / "static" / "description" / "index.html": html,
    }


def _sections(addon: Path):
    to_rst = mistune.create_markdown(renderer=RSTRenderer())
    for name, title in SECTIONS.items():
        text = (addon / "readme" / f"{name}.md").read_text()
        # fragments are read in readme/, the README beside static/
        text = to_rst(text.replace("](../static/", "](static/")).strip()
        text = FIGURE.sub(r"\1\n   :alt: \2\n   :width: 100%\n\n   \2", text)
        yield f"{_headline(title)}\n{text}\n" if title else f"{text}\n"


def _footer(manifest: dict):
    author, terms = manifest["author"], manifest["license"]
    yield f"{_headline('Credits')}\n{author}. License: {terms}.\n"


def _headline(title: str, mark: str = "-") -> str:
    return f"{title}\n{mark * len(title)}\n"


if __name__ == "__main__":
    for folder in sys.argv[1:]:
        for path, text in make_readme(Path(folder)).items():
            path.write_text(text)
            print(path)
