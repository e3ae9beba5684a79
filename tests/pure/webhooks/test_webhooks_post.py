"""Real servers on this machine: one that answers well and many that misbehave."""

import datetime
import ipaddress
import socket
import ssl
import threading
import time
from contextlib import closing, contextmanager

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from webhooks import address, post
from webhooks.post import Outcome

BODY = b'{"type":"exchange.test"}'
OK = b"HTTP/1.1 204 No Content\r\n\r\n"


class Server:
    """Answers each connection by `speak(connection, request)`; keeps what it got."""

    def __init__(self, speak, context=None):
        self.speak, self.context = speak, context
        self.requests, self.peers, self.names = [], [], []
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.port = self.listening.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                plain, peer = self.listening.accept()
            except OSError:
                return
            self.peers.append(peer)
            try:
                with self.secured(plain) as line:
                    line.settimeout(5)
                    self.requests.append(self.read(line))
                    self.speak(line, self.requests[-1])
            except OSError:
                continue

    def secured(self, plain):
        if not self.context:
            return plain
        self.context.sni_callback = lambda _line, name, _context: self.names.append(
            name
        )
        return self.context.wrap_socket(plain, server_side=True)

    def read(self, line):
        got = b""
        while not got.endswith(BODY):
            part = line.recv(4096)
            if not part:
                break
            got += part
        return got


@contextmanager
def serving(speak, context=None):
    server = Server(speak, context)
    with closing(server.listening):
        yield server


def answer(data):
    return lambda line, _request: line.sendall(data)


def rules(*servers):
    return address.Rules(
        inside=address.networks("127.0.0.0/8"), ports=tuple(s.port for s in servers)
    )


def send(server, path="/hook", host="127.0.0.1", scheme="http", **options):
    headers = {"content-type": "application/json", "webhook-id": "msg_1"}
    options.setdefault("rules", rules(server))
    url = f"{scheme}://{host}:{server.port}{path}"
    return post.post(url, headers, BODY, **options)


def said(outcome):
    return outcome.status, outcome.error


def test_a_message_arrives_as_it_was_made():
    with serving(answer(OK)) as server:
        outcome = send(server, "/a/b?c=d")
    assert said(outcome) == (204, "")
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    assert lines[0] == b"POST /a/b?c=d HTTP/1.1"
    assert f"Host: 127.0.0.1:{server.port}".encode() in lines
    assert b"webhook-id: msg_1" in lines
    assert f"Content-Length: {len(BODY)}".encode() in lines
    assert body == BODY


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", (200, "")),
        (b"HTTP/1.0 202 Accepted\n\n", (202, "")),
        (b"HTTP/1.1 500\r\n\r\n", (500, "status")),
        (b"HTTP/1.1 404 Not Found\r\n\r\n", (404, "status")),
        (b"HTTP/1.1 410 Gone\r\n\r\n", (410, "gone")),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", (200, "")),
        (b"", (0, "answer")),
        (b"HTTP/1.1 200 OK\r\n", (0, "answer")),
        (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", (0, "answer")),
        (b"HTTP/1.1 999 Odd\r\n\r\n", (0, "answer")),
        (b"HTTP/1.1 200 OK\r\nX: " + b"a" * 10**6 + b"\r\n\r\n", (0, "answer")),
    ],
)
def test_an_answer_is_judged_by_its_status(data, expected):
    with serving(answer(data)) as server:
        assert said(send(server)) == expected


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(status):
    with serving(answer(OK)) as inner:
        location = f"http://127.0.0.1:{inner.port}/"
        data = f"HTTP/1.1 {status} Moved\r\nLocation: {location}\r\n\r\n".encode()
        with serving(answer(data)) as server:
            assert said(send(server)) == (status, "redirect")
        assert not inner.peers


def test_the_receiver_may_ask_us_to_wait():
    data = b"HTTP/1.1 429 Slow\r\nretry-AFTER: 120\r\n\r\n"
    with serving(answer(data)) as server:
        assert send(server).retry_after == 120
    for value in (b"-1", b"soon", b"99999999999", b"1e9"):
        data = b"HTTP/1.1 503 X\r\nRetry-After: %s\r\n\r\n" % value
        with serving(answer(data)) as server:
            assert send(server).retry_after == 0


def test_one_clock_runs_for_a_receiver_that_drips():
    def drip(line, _request):
        line.sendall(b"HTTP/1.1 200 OK\r\nX: ")
        for _ in range(50):
            line.sendall(b"a")
            time.sleep(0.1)

    with serving(drip) as server:
        began = time.monotonic()
        assert said(send(server, seconds=0.5)) == (0, "timeout")
        assert time.monotonic() - began < 1.5


def test_a_silent_receiver_costs_its_time_and_no_more():
    with serving(lambda _line, _request: time.sleep(2)) as server:
        outcome = send(server, seconds=0.3)
    assert said(outcome) == (0, "timeout")
    assert 300 <= outcome.milliseconds < 1500


def test_an_endless_answer_is_not_read_to_its_end():
    def pour(line, _request):
        line.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            line.sendall(b"a" * 65536)

    with serving(pour) as server:
        began = time.monotonic()
        assert said(send(server)) == (200, "")
        assert time.monotonic() - began < 3


def test_nobody_there_is_told_from_a_wrong_name():
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    inside = address.Rules(inside=address.networks("127.0.0.0/8"), ports=(port,))
    url = f"http://127.0.0.1:{port}/"
    assert said(post.post(url, {}, BODY, inside)) == (0, "connect")

    def unknown(*_args, **_kwargs):
        raise socket.gaierror

    url = f"http://erp.example.com:{port}/"
    outcome = post.post(url, {}, BODY, inside, lookup=unknown)
    assert said(outcome) == (0, "name")


def test_without_a_rule_nothing_reaches_this_machine():
    with serving(answer(OK)) as server:
        closed = address.Rules(ports=(server.port,))
        outcome = send(server, rules=closed)
        assert (outcome.error, server.peers) == ("refused", [])
        outcome = send(server, scheme="https", rules=closed)
        assert (outcome.error, server.peers) == ("refused", [])


def test_a_name_that_turns_inward_is_refused_and_asked_once_per_attempt():
    """DNS rebinding: judged as public, then connected to as private."""
    answers = [["127.0.0.1"], ["10.0.0.7"], ["127.0.0.1", "10.0.0.7"]]
    asked = []

    def lookup(host, port, type=0):
        asked.append(host)
        return [(2, type, 6, "", (one, port)) for one in answers.pop(0)]

    with serving(answer(OK)) as server:
        outcome = send(server, host="erp.example.com", lookup=lookup)
        assert said(outcome) == (204, "")
        assert len(asked) == 1  # what was judged is what was connected to
        assert f"Host: erp.example.com:{server.port}".encode() in server.requests[0]
        for _ in range(2):
            outcome = send(server, host="erp.example.com", lookup=lookup)
            assert said(outcome) == (0, "refused")
        assert len(server.peers) == 1


def test_a_header_cannot_carry_a_second_one():
    with serving(answer(OK)) as server:
        with pytest.raises(ValueError, match="more than one line"):
            post.post(
                f"http://127.0.0.1:{server.port}/",
                {"webhook-id": "a\r\nX: b"},
                BODY,
                rules(server),
            )


# ---------------------------------------------------------------------- TLS


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate for erp.example.com, which vouches for itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "erp.example.com")])
    now = datetime.datetime.now(datetime.UTC)
    names = x509.SubjectAlternativeName([x509.DNSName("erp.example.com")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


@pytest.fixture
def of_server(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def to_this_machine(_host, port, type=0):
    return [(2, type, 6, "", ("127.0.0.1", port))]


def test_the_certificate_must_bear_the_name_although_the_address_is_pinned(
    certificate, of_server
):
    trusting = ssl.create_default_context(cafile=certificate)
    with serving(answer(OK), of_server) as server:
        options = {"scheme": "https", "lookup": to_this_machine, "context": trusting}
        assert said(send(server, host="erp.example.com", **options)) == (204, "")
        assert server.names == ["erp.example.com"]
        assert f"Host: erp.example.com:{server.port}".encode() in server.requests[0]
        assert said(send(server, host="other.example.com", **options)) == (0, "tls")
        assert said(send(server, host="127.0.0.1", **options)) == (0, "tls")


def test_a_certificate_of_nobody_known_is_refused(of_server):
    with serving(answer(OK), of_server) as server:
        outcome = send(
            server, host="erp.example.com", scheme="https", lookup=to_this_machine
        )
    assert outcome.error == "tls"
    assert not server.requests or BODY not in server.requests[0]


def test_a_receiver_that_never_shakes_hands_costs_its_time_only(of_server):
    with closing(socket.create_server(("127.0.0.1", 0))) as mute:
        port = mute.getsockname()[1]
        inside = address.Rules(inside=address.networks("127.0.0.0/8"), ports=(port,))
        outcome = post.post(
            f"https://erp.example.com:{port}/",
            {},
            BODY,
            inside,
            lookup=to_this_machine,
            seconds=0.3,
        )
    assert said(outcome) == (0, "timeout")


def test_the_next_address_is_tried_when_one_cannot_be_reached():
    def lookup(_host, port, type=0):
        return [(2, type, 6, "", (one, port)) for one in ("127.0.0.2", "127.0.0.1")]

    with serving(answer(OK)) as server:
        assert ipaddress.ip_address("127.0.0.2").is_loopback
        outcome = send(server, host="erp.example.com", lookup=lookup)
    assert isinstance(outcome, Outcome)
    assert said(outcome) == (204, "")
