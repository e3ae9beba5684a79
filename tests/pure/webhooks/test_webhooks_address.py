"""No spelling of an address, and no name for it, leads inside."""

import doctest
import ipaddress
import socket

import pytest
from webhooks import address
from webhooks.address import PUBLIC, AddressRefused, Rules, parse, resolve

INSIDE = Rules(inside=address.networks("10.1.0.0/16"), ports=(443, 8443, 80))

CLOSED = """
127.0.0.1 127.1.2.3 0.0.0.0 10.0.0.1 172.16.0.1 172.31.255.255 192.168.1.1
169.254.169.254 100.64.0.1 100.100.100.200 192.0.0.192 168.63.129.16 192.0.2.1
198.18.0.1 198.51.100.7 203.0.113.9 192.88.99.1 224.0.0.1 239.255.255.255 240.0.0.1
255.255.255.255
::1 :: ::ffff:127.0.0.1 ::ffff:169.254.169.254 ::ffff:7f00:1 ::127.0.0.1
64:ff9b::7f00:1 64:ff9b::10.0.0.1 64:ff9b::169.254.169.254 64:ff9b:1::1.1.1.1
fe80::1 fec0::1 fc00::1 fd00:ec2::254 fd12:3456::1 ff02::1 2001:db8::1 2001::1
2001:10::1 2002:7f00:1:: 2002:a00:1:: 3fff::1 100::1 5f00::1
""".split()
OPEN = """
1.1.1.1 8.8.8.8 172.32.0.1 172.15.255.255 100.63.255.255 100.128.0.1 192.167.1.1
223.255.255.255 169.253.1.1 2606:4700:4700::1111 2a00:1450:4014::200e
::ffff:8.8.8.8 64:ff9b::8.8.8.8
""".split()
ODD = """
2130706433 0x7f000001 0x7f.0.0.1 017700000001 0177.0.0.1 127.1 127.0.1 0127.0.0.1
1.2.3.4.5 256.1.1.1 1.1.1 erp.example.123 0x
""".split()


def answering(*addresses):
    def lookup(host, port, type=0):
        return [
            (socket.AF_INET, type, 6, "", (one, port, 0, 0)[: 4 if ":" in one else 2])
            for one in addresses
        ]

    return lookup


def literal(one):
    return f"https://[{one}]/hook" if ":" in one else f"https://{one}/hook"


def refusal(url, rules=PUBLIC):
    with pytest.raises(AddressRefused) as error:
        parse(url, rules)
    return error.value.code


def test_the_examples_hold():
    result = doctest.testmod(address)
    assert result.attempted and not result.failed


@pytest.mark.parametrize("one", CLOSED)
def test_a_closed_address_is_refused_as_written_and_as_resolved(one):
    assert refusal(literal(one)) == "private"
    target = parse("https://erp.example.com/hook")
    with pytest.raises(AddressRefused) as error:
        resolve(target, lookup=answering(one))
    assert error.value.code == "private"


@pytest.mark.parametrize("one", OPEN)
def test_a_public_address_is_taken(one):
    assert parse(literal(one)).host == str(ipaddress.ip_address(one))
    target = parse("https://erp.example.com/hook")
    assert resolve(target, lookup=answering(one)) == [str(ipaddress.ip_address(one))]


@pytest.mark.parametrize("one", ODD)
def test_numbers_in_unusual_spellings_are_refused(one):
    assert refusal(f"https://{one}/hook") == "host"


def test_even_if_such_a_spelling_passed_its_meaning_would_be_refused():
    for spelling in ("2130706433", "0177.0.0.1", "0x7f.1"):
        target = address.Target("https", spelling, 443, "/")
        with pytest.raises(AddressRefused) as error:
            resolve(target)  # the system's own resolver reads these as 127.0.0.1
        assert error.value.code in ("private", "name")


def test_a_name_for_a_public_and_a_private_address_is_refused():
    target = parse("https://erp.example.com/hook")
    for answer in (("1.1.1.1", "10.0.0.1"), ("10.0.0.1", "1.1.1.1")):
        with pytest.raises(AddressRefused):
            resolve(target, lookup=answering(*answer))


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("", "url"),
        ("erp.example.com", "scheme"),
        ("http://erp.example.com/", "scheme"),
        ("file:///etc/passwd", "scheme"),
        ("gopher://erp.example.com/", "scheme"),
        ("ftp://erp.example.com/", "scheme"),
        ("//erp.example.com/", "scheme"),
        ("https://user@erp.example.com/", "url"),
        ("https://user:word@erp.example.com/", "url"),
        ("https://@erp.example.com/", "url"),
        ("https://erp.example.com/#part", "url"),
        ("https://erp.example.com\\@10.0.0.1/", "url"),
        ("https://erp.example.com/a b", "url"),
        ("https://erp.example.com/\r\nHost: x", "url"),
        ("https://erp.example.com/\x00", "url"),
        ("https://erp.example.com/" + "a" * 2000, "url"),
        ("https://pošta.example.com/", "url"),
        ("https://[fe80::1%25eth0]/", "url"),
        ("https://[::1/", "url"),
        ("https://erp.example.com:99999/", "url"),
        ("https://erp.example.com:22/", "port"),
        ("https://erp.example.com:0/", "port"),
        ("https://erp.example.com:5432/", "port"),
        ("https:///hook", "host"),
        ("https://-erp.example.com/", "host"),
        ("https://erp..example.com/", "host"),
        ("https://" + "a." * 130 + "com/", "host"),
        ("https://localhost/", "private"),
        ("https://localhost./", "private"),
        ("https://a.localhost/", "private"),
        ("https://db/", "private"),
        ("https://printer.local/", "private"),
        ("https://metadata.google.internal/", "private"),
    ],
)
def test_an_address_that_can_be_seen_to_be_wrong_is_refused_unresolved(url, code):
    assert refusal(url) in (code, "host" if "%25" in url else code)


def test_the_parts_are_those_of_the_address():
    target = parse("https://ERP.example.com:8443/a/b?c=d")
    assert (target.host, target.port, target.path) == (
        "erp.example.com",
        8443,
        "/a/b?c=d",
    )
    assert target.authority == "erp.example.com:8443"
    assert parse("https://[2606:4700::1111]").authority == "[2606:4700::1111]"
    assert parse("https://erp.example.com").path == "/"
    assert parse("https://erp.example.com?c=d").path == "/?c=d"


def test_an_opened_network_is_open_and_no_other():
    for url in (
        "http://10.1.2.3/",
        "https://10.1.2.3/",
        "http://erp/",
        "http://a.lan/",
    ):
        parse(url, INSIDE)
    assert refusal("http://10.2.0.1/", INSIDE) == "private"
    assert refusal("https://127.0.0.1/", INSIDE) == "private"
    target = parse("http://erp.example.com/", INSIDE)
    assert resolve(target, INSIDE, answering("10.1.0.9")) == ["10.1.0.9"]
    with pytest.raises(AddressRefused) as error:
        resolve(target, INSIDE, answering("8.8.8.8"))
    assert error.value.code == "scheme"


def test_metadata_services_stay_closed_whatever_is_opened():
    everything = Rules(inside=address.networks("0.0.0.0/0, ::/0"))
    for one in ("169.254.169.254", "100.100.100.200", "168.63.129.16", "fd00:ec2::254"):
        assert refusal(literal(one), everything) == "private"


def test_a_name_that_is_not_known_says_so():
    def unknown(*_args, **_kwargs):
        raise socket.gaierror

    for lookup in (unknown, answering()):
        with pytest.raises(AddressRefused) as error:
            resolve(parse("https://erp.example.com/"), lookup=lookup)
        assert error.value.code == "name"
