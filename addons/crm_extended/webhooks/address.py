"""Where a message may be sent: a partner names the address, so it is not trusted.

Without these rules a partner could make this server knock at its own database, at the
cloud's metadata service or at any machine behind the firewall (SSRF). An address is
judged twice: as it is written, and after its name was resolved; what was judged is what
is connected to.
"""

import ipaddress
import re
import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

MAX_URL = 2000
PORTS = (443, 8443)

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# IANA's special-purpose registry, and addresses of cloud metadata outside of it
_CLOSED_4 = [
    ipaddress.ip_network(net)
    for net in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",  # shared by providers; also Alibaba's metadata
        "127.0.0.0/8",
        "168.63.129.16/32",  # Azure's wire server, in a public range
        "169.254.0.0/16",  # link-local; metadata of most clouds
        "172.16.0.0/12",
        "192.0.0.0/24",  # also Oracle's metadata
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and broadcast
    )
]
# of IPv6 only global unicast is open, less what carries or documents other addresses
_OPEN_6 = ipaddress.ip_network("2000::/3")
_CLOSED_6 = [
    ipaddress.ip_network(net)
    for net in (
        "2001::/23",  # Teredo, ORCHID and other protocols' own
        "2001:db8::/32",
        "2002::/16",  # 6to4: carries an IPv4 address
        "3fff::/20",
    )
]
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
# never, not even for who opens a network to us: they hand out this machine's own rights
_METADATA = [
    ipaddress.ip_network(net)
    for net in (
        "100.100.100.200/32",
        "168.63.129.16/32",
        "169.254.0.0/16",
        "192.0.0.192/32",
        "fd00:ec2::254/128",
        "fe80::/10",
    )
]

_UNFIT = re.compile(r"[^\x21-\x7e]|[\\\"<>^`{|}]")
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_INSIDE_NAMES = ("localhost", "local", "internal", "lan", "intranet", "home.arpa")


class AddressRefused(ValueError):
    """Nothing is sent there.

    :param code: `url`, `scheme`, `port`, `host`, `name` (it does not resolve) or
        `private`
    """

    def __init__(self, code: str, message: str):
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True)
class Rules:
    """What an operator opened beyond the public internet.

    :param inside: networks of our own where a hook may go, over plain http as well
    :param ports: the only ports ever connected to
    """

    inside: tuple[Network, ...] = ()
    ports: tuple[int, ...] = PORTS


PUBLIC = Rules()


@dataclass(frozen=True)
class Target:
    """An address taken apart. `host` is without brackets, `path` has the query."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """What the header `Host` says."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        usual = {"https": 443, "http": 80}[self.scheme]
        return host if self.port == usual else f"{host}:{self.port}"


def parse(url: str, rules: Rules = PUBLIC) -> Target:
    """The parts of an address, refused when it can be seen unresolved that it must be.

    :raises AddressRefused: `url`, `scheme`, `port`, `host`, `private`
    """
    if not url or len(url) > MAX_URL or _UNFIT.search(url):
        raise AddressRefused("url", "It must be ASCII without spaces, 2000 at most.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise AddressRefused("url", "It is no address.") from error
    if parts.scheme not in (("https", "http") if rules.inside else ("https",)):
        raise AddressRefused("scheme", "It must begin with https://")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise AddressRefused("url", "No user, password or fragment may be in it.")
    port = port if port is not None else {"https": 443, "http": 80}[parts.scheme]
    if port not in rules.ports:
        allowed = ", ".join(str(p) for p in rules.ports)
        raise AddressRefused("port", f"The port must be one of {allowed}.")
    host = _host((parts.hostname or "").removesuffix("."), rules)
    path = parts.path or "/"
    path = f"{path}?{parts.query}" if parts.query else path
    return Target(parts.scheme, host, port, path)


def _host(host, rules):
    """A host, refused as written: other spellings of numbers, names of the inside."""
    try:
        found = ipaddress.ip_address(host)
    except ValueError:
        found = None
    if found is not None:
        if getattr(found, "scope_id", None):
            raise AddressRefused("host", "An address with a zone is none of a partner.")
        _check(found, rules)
        return str(found)
    labels = host.split(".")
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise AddressRefused("host", "It names no host; write other alphabets as xn--")
    if _NUMBER.fullmatch(labels[-1]):
        raise AddressRefused("host", "It is an address in an unusual spelling.")
    named_inside = len(labels) == 1 or any(
        host == name or host.endswith("." + name) for name in _INSIDE_NAMES
    )
    if named_inside and not rules.inside:
        raise AddressRefused("private", "It names a machine of an inside network.")
    return host


def resolve(
    target: Target,
    rules: Rules = PUBLIC,
    lookup: Callable[..., Iterable[tuple]] = socket.getaddrinfo,
) -> list[str]:
    """The addresses to connect to; a name of which any address is closed is refused.

    Whoever lets a name stand for a public and a private address means the private one.

    :raises AddressRefused: `name`, `private`, `scheme`
    """
    try:
        rows = lookup(target.host, target.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise AddressRefused("name", "The name of the host is not known.") from error
    found = [ipaddress.ip_address(row[4][0].partition("%")[0]) for row in rows]
    if not found:
        raise AddressRefused("name", "The name of the host is not known.")
    for one in found:
        _check(one, rules)
        if target.scheme != "https" and not _is_inside(_bare(one), rules):
            raise AddressRefused("scheme", "Outside only https:// is used.")
    return [str(one) for one in found]


def is_public(address: Address) -> bool:
    """Whether an address belongs to the public internet and to nothing else.

    >>> [is_public(ipaddress.ip_address(a)) for a in ("1.1.1.1", "2606:4700::1111")]
    [True, True]
    >>> [is_public(ipaddress.ip_address(a)) for a in ("10.0.0.1", "::ffff:10.0.0.1")]
    [False, False]
    """
    address = _bare(address)
    if address.version == 4:
        return not any(address in net for net in _CLOSED_4)
    return address in _OPEN_6 and not any(address in net for net in _CLOSED_6)


def networks(text: str) -> tuple[Network, ...]:
    """Networks written with commas between; `ValueError` names none.

    >>> networks("10.1.0.0/16, fd00:1::/64")
    (IPv4Network('10.1.0.0/16'), IPv6Network('fd00:1::/64'))
    """
    names = (name.strip() for name in text.split(","))
    return tuple(ipaddress.ip_network(name) for name in names if name)


def _check(address, rules):
    address = _bare(address)
    if any(address in net for net in _METADATA):
        raise AddressRefused("private", "Nothing is sent to a metadata service.")
    if not is_public(address) and not _is_inside(address, rules):
        raise AddressRefused("private", "It is no public address.")


def _is_inside(address, rules):
    return any(address in net for net in rules.inside)


def _bare(address):
    """The IPv4 address that an IPv6 one stands for, else the address itself."""
    if address.version == 6:
        if address.ipv4_mapped:
            return address.ipv4_mapped
        if address in _NAT64:
            return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address
