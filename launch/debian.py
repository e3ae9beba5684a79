"""Packages of Debian or Ubuntu unpacked into a folder, without installing anything.

The mirror is the one that the machine's own apt uses; package lists and downloads are
kept apart from the system's, so this works for any user.
"""

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from .console import Failure, run, which
from .paths import RUN, SYSTEM

APT = RUN / "apt"


@dataclass(frozen=True)
class Archive:
    """A kind of archive, and which of its releases has what we need."""

    ending: str  # of its address
    keyring: Path
    components: str
    odoo: str  # the release that carries Odoo 19
    fonts: str  # one that still has Font Awesome 4.7


DEBIAN = Archive(
    ending=r"/debian/?$",
    keyring=Path("/usr/share/keyrings/debian-archive-keyring.gpg"),
    components="main",
    odoo="sid",
    fonts="bookworm",
)
UBUNTU = Archive(
    ending=r"/ubuntu(-ports)?/?$",
    keyring=Path("/usr/share/keyrings/ubuntu-archive-keyring.gpg"),
    components="main universe",
    odoo="stonking",
    fonts="noble",
)


def _uris() -> list[str]:
    """Addresses in the machine's apt sources, both formats, mirror lists resolved."""
    files = [Path("/etc/apt/sources.list")]
    files += sorted(Path("/etc/apt/sources.list.d").glob("*.*"))
    found: list[str] = []
    for file in files:
        if not file.is_file() or file.suffix not in {".list", ".sources"}:
            continue
        text = re.sub(r"^\s*#.*$", "", file.read_text(errors="replace"), flags=re.M)
        for uri in re.findall(r"(?:mirror\+)?(?:https?|file):/+[^\s\]]+", text):
            if uri.startswith("mirror+file:"):
                listed = Path(uri.removeprefix("mirror+file:"))
                found += re.findall(r"https?://\S+", listed.read_text())
            else:
                found.append(uri)
    return found


def find_archive() -> tuple[Archive, str]:
    """The archive this machine already uses, and its address.

    :raises Failure: when its sources name none and `DEBIAN_MIRROR` is not set.
    """
    if chosen := os.environ.get("DEBIAN_MIRROR"):
        return DEBIAN, chosen.rstrip("/")
    for uri in _uris():
        for archive in (DEBIAN, UBUNTU):
            if re.search(archive.ending, uri):
                return archive, uri.rstrip("/")
    raise Failure(
        "the apt sources of this machine name no archive of Debian or Ubuntu: set "
        "DEBIAN_MIRROR to one of Debian, or ODOO_HOME to a folder with Odoo 19, and "
        "run again"
    )


def _options(name: str, **settings) -> list[str]:
    """Options for an apt with lists and a cache of its own; locks nothing."""
    for folder in ("lists/partial", "cache/archives/partial"):
        (APT / name / folder).mkdir(parents=True, exist_ok=True)
    settings = {
        "Dir::State::Lists": APT / name / "lists",
        "Dir::Cache": APT / name / "cache",
        "APT::Sandbox::User": "root",
        "Debug::NoLocking": "1",
        "Acquire::Languages": "none",
        "Acquire::Retries": "3",
    } | settings
    return [
        part for key, value in settings.items() for part in ("-o", f"{key}={value}")
    ]


def _chosen_options(archive: Archive) -> list[str]:
    """apt of the two releases that our own choice of packages comes from."""
    home = APT / "chosen"
    for folder in ("parts", "preferences"):
        (home / folder).mkdir(parents=True, exist_ok=True)
    places = {
        "Dir::Etc::SourceList": home / "sources.list",
        "Dir::Etc::SourceParts": home / "parts",
        "Dir::Etc::Preferences": home / "preferences.none",
        "Dir::Etc::PreferencesParts": home / "preferences",
        "APT::Default-Release": archive.odoo,
    }
    return _options("chosen", **places)


def unpack(
    packages: Iterable[str], old: Iterable[str] = (), prefix: Path = SYSTEM
) -> None:
    """Download just these packages and unpack them.

    :param packages: names, taken from the release that carries Odoo
    :param old: names, taken from the older release
    """
    archive, address = find_archive()
    if not archive.keyring.exists():
        raise Failure(f"install the package {archive.keyring.stem} and run again")
    options = _chosen_options(archive)
    (APT / "chosen" / "sources.list").write_text(
        "".join(
            f"deb [signed-by={archive.keyring}] {address} {suite} "
            f"{archive.components}\n"
            for suite in (archive.odoo, archive.fonts)
        )
    )
    run(
        ["apt-get", *options, "-qq", "update"],
        remedy="Check that the archive of packages can be reached, then run again.",
    )
    downloads = APT / "downloads"
    downloads.mkdir(parents=True, exist_ok=True)
    wanted = {name: archive.odoo for name in packages}
    wanted |= {name: archive.fonts for name in old}
    for name, suite in wanted.items():
        if not any(downloads.glob(f"{name}_*.deb")):
            run(
                ["apt-get", *options, "-qq", "download", f"{name}/{suite}"],
                cwd=downloads,
                remedy="The download stopped: run again, it goes on where it was.",
            )
        for file in downloads.glob(f"{name}_*.deb"):
            _extract(file, prefix)


def unpack_with_dependencies(packages: Iterable[str], prefix: Path) -> None:
    """Unpack packages of this machine's own release with what the machine lacks."""
    options = _options("own")
    run(["apt-get", *options, "-qq", "update"], check=False)
    run(
        ["apt-get", *options, "-qq", "-y", "--no-install-recommends"]
        + ["--download-only", "install", *packages],
        remedy="The download stopped: run again, it goes on where it was.",
    )
    for file in (APT / "own" / "cache" / "archives").glob("*.deb"):
        _extract(file, prefix)


def _extract(file: Path, prefix: Path) -> None:
    prefix.mkdir(parents=True, exist_ok=True)
    run(["dpkg", "-x", file, prefix])


def library_path(prefix: Path) -> str:
    """Folders below a prefix that hold libraries, for LD_LIBRARY_PATH."""
    folders = {str(file.parent) for file in (prefix / "usr" / "lib").rglob("*.so*")}
    return ":".join(sorted(folders))


def install(package: str) -> None:
    """Install a package on the system; only root may."""

    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    apt = which("apt-get") or "apt-get"
    run([apt, "-qq", "update"], env=environment, check=False)
    run(
        [apt, "-qq", "-y", "--no-install-recommends", "install", package],
        env=environment,
        remedy=f"Install {package} by hand and run again.",
    )
