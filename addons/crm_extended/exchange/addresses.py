"""From which addresses a client may call, as networks in CIDR notation."""

import ipaddress
import re

MAX_NETWORKS = 100


def networks(text: str) -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    """The networks in a text, one a line or separated by commas or spaces.

    :raises ValueError: whose text names the first entry that is none

    >>> [str(n) for n in networks("192.0.2.7, 2001:db8::/32")]
    ['192.0.2.7/32', '2001:db8::/32']
    """
    words = [word for word in re.split(r"[\s,;]+", text or "") if word]
    if len(words) > MAX_NETWORKS:
        raise ValueError(f"{len(words)} > {MAX_NETWORKS}")
    found = []
    for word in words:
        try:
            found.append(ipaddress.ip_network(word))
        except ValueError:
            raise ValueError(word) from None
    return found


def admits(text: str, address: str) -> bool:
    """Whether a caller at `address` is admitted; an empty text admits everybody.

    An IPv4 caller that reached us over an IPv6 socket is still an IPv4 caller. An
    address that cannot be read is in no network.

    >>> admits("192.0.2.0/24", "::ffff:192.0.2.9"), admits("192.0.2.0/24", "::1")
    (True, False)
    """
    allowed = networks(text)
    if not allowed:
        return True
    try:
        caller = ipaddress.ip_address((address or "").split("%")[0])
    except ValueError:
        return False
    caller = getattr(caller, "ipv4_mapped", None) or caller
    return any(caller in network for network in allowed)
