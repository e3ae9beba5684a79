"""What people read of an addon on GitHub and in Apps is what its fragments say."""

import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT / "launch" / "scripts"))

from readme import make_readme  # noqa: E402

ADDONS = sorted(path.parent for path in ROOT.glob("addons/*/__manifest__.py"))


@pytest.mark.parametrize("addon", ADDONS, ids=lambda addon: addon.name)
def test_readme_is_made_of_its_fragments(addon):
    for path, text in make_readme(addon).items():
        assert path.exists() and path.read_text() == text, (
            f"run launch/scripts/readme.py {addon.relative_to(ROOT)}"
        )


@pytest.mark.parametrize("addon", ADDONS, ids=lambda addon: addon.name)
def test_pictures_of_the_page_in_apps_are_there(addon):
    folder = addon / "static" / "description"
    pictures = re.findall(r'src="([^"]+)"', (folder / "index.html").read_text())
    assert pictures
    assert [name for name in pictures if not (folder / name).is_file()] == []


PAGES = [ROOT / "README.md", *sorted(ROOT.glob("docs/*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_of_the_guides_lead_to_files(page):
    targets = re.findall(r"\]\(([^)#\s]+)", page.read_text())
    local = [target for target in targets if "://" not in target]
    assert [name for name in local if not (page.parent / name).exists()] == []


def test_every_picture_is_shown_in_a_guide():
    shown = {
        name
        for page in PAGES
        for name in re.findall(r"images/([\w-]+\.png)", page.read_text())
    }
    assert {path.name for path in ROOT.glob("docs/images/*.png")} == shown
