"""Debian packages unpacked into a folder, without installing anything.

The mirror is the one that the machine's own apt uses; package lists and downloads are
kept apart from the system's, so this works for any user.
"""

import os
import re
from collections.abc import Iterable
from pathlib import Path

from .console import Failure, run, which
from .paths import RUN, SYSTEM

KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
APT = RUN / "apt"


def _release() -> dict[str, str]:
    lines = Path("/etc/os-release").read_text().splitlines()
    return dict(re.findall(r'^(\w+)="?([^"\n]*)"?$', "\n".join(lines), re.M))


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


def mirror() -> str:
    """The Debian archive this machine already uses.

    :raises Failure: when its sources name none and `DEBIAN_MIRROR` is not set.
    """
    if chosen := os.environ.get("DEBIAN_MIRROR"):
        return chosen.rstrip("/")
    for uri in _uris():
        if re.search(r"/debian/?$", uri):
            return uri.rstrip("/")
    raise Failure(
        "the apt sources of this machine name no Debian archive: set DEBIAN_MIRROR to "
        "one, or ODOO_HOME to a folder with Odoo 19, and run again"
    )


def _options() -> list[str]:
    for folder in ("lists/partial", "cache/archives/partial", "parts", "preferences"):
        (APT / folder).mkdir(parents=True, exist_ok=True)
    settings = {
        "Dir::Etc::SourceList": APT / "sources.list",
        "Dir::Etc::SourceParts": APT / "parts",
        "Dir::Etc::Preferences": APT / "preferences.none",
        "Dir::Etc::PreferencesParts": APT / "preferences",
        "Dir::State::Lists": APT / "lists",
        "Dir::Cache": APT / "cache",
        "APT::Sandbox::User": "root",
        "Debug::NoLocking": "1",
        "Acquire::Languages": "none",
        "Acquire::Retries": "3",
        "APT::Default-Release": _release().get("VERSION_CODENAME", "bookworm"),
    }
    return [
        part for key, value in settings.items() for part in ("-o", f"{key}={value}")
    ]


def refresh_lists() -> None:
    """Fetch package lists of sid and of the releases fonts and servers come from."""
    if not KEYRING.exists():
        raise Failure("install the package debian-archive-keyring and run again")
    address = mirror()
    suites = {"sid", "bookworm"}
    if _release().get("ID") == "debian":
        suites.add(_release().get("VERSION_CODENAME", "bookworm"))
    APT.mkdir(parents=True, exist_ok=True)
    (APT / "sources.list").write_text(
        "".join(
            f"deb [signed-by={KEYRING}] {address} {suite} main\n"
            for suite in sorted(suites)
        )
    )
    run(
        ["apt-get", *_options(), "-qq", "update"],
        remedy="Check that the Debian mirror can be reached, then run again.",
    )


def unpack(packages: Iterable[str], prefix: Path = SYSTEM) -> None:
    """Download just these packages (`name` or `name/suite`) and unpack them."""
    downloads = APT / "downloads"
    downloads.mkdir(parents=True, exist_ok=True)
    prefix.mkdir(parents=True, exist_ok=True)
    for package in packages:
        name = package.split("/")[0]
        if not any(downloads.glob(f"{name}_*.deb")):
            run(
                ["apt-get", *_options(), "-qq", "download", package],
                cwd=downloads,
                remedy="The download stopped: run again, it goes on where it was.",
            )
        for archive in downloads.glob(f"{name}_*.deb"):
            run(["dpkg", "-x", archive, prefix])


def unpack_with_dependencies(package: str, prefix: Path) -> None:
    """Download a package with what this machine lacks for it; unpack all of it."""
    run(
        ["apt-get", *_options(), "-qq", "-y", "--no-install-recommends"]
        + ["--download-only", "install", package],
        remedy="The download stopped: run again, it goes on where it was.",
    )
    prefix.mkdir(parents=True, exist_ok=True)
    for archive in (APT / "cache" / "archives").glob("*.deb"):
        run(["dpkg", "-x", archive, prefix])


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
