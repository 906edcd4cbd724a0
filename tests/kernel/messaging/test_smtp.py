"""E-mail, handed to real SMTP servers on loopback."""

from __future__ import annotations

import logging
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from kernel import settings
from kernel.messaging.message import DeliveryFailed, Message
from kernel.messaging.messenger import Messenger
from kernel.messaging.smtp import SmtpSender
from kernel.outbound import Outbound
from tests.kernel.certificates import write_self_signed


def letter(**changes: str | None) -> Message:
    values = {
        "to": "ada@example.com",
        "subject": "Your code",
        "body": "It is 123456.\n",
        "code": "123456",
    }
    return Message("email", **{**values, **changes})


class Handler:
    """Keeps (recipients, content) of each message; refuses some recipients."""

    def __init__(self) -> None:
        self.received: list[tuple[list[str], bytes]] = []

    async def handle_RCPT(self, server, session, envelope, address, options) -> str:
        if address.startswith("unknown@"):
            return f"550 no such user {address}"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope) -> str:
        self.received.append((envelope.rcpt_tos, envelope.content))
        return "250 OK"


class AnyPort(Controller):
    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory) -> Path:
    return write_self_signed(tmp_path_factory.mktemp("smtp") / "localhost.pem")


@pytest.fixture
def start() -> Iterator[Callable[..., tuple[str, Handler]]]:
    """Starts an SMTP server; gives its address HOST:PORT and what it receives."""
    controllers: list[Controller] = []

    def run(**options) -> tuple[str, Handler]:
        handler = Handler()
        controller = AnyPort(handler, hostname="127.0.0.1", port=0, **options)
        controller.start()
        controllers.append(controller)
        return f"localhost:{controller.port}", handler

    yield run
    for controller in controllers:
        controller.stop()


@pytest.fixture
def server_tls(certificate) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


@pytest.fixture
def client_tls(certificate) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=certificate)


def sender(url: str, **options) -> SmtpSender:
    return SmtpSender(url, "Poolgate <no-reply@pool.example>", **options)


def test_an_email_arrives_as_it_was_written(smtp_server) -> None:
    values = {"smtp_url": smtp_server.url, "mail_from": "no-reply@pool.example"}
    messenger = Messenger.from_settings(settings.parse(values), Outbound())
    messenger.send(letter(subject="Grüße", body="Ihr Code: 123456\n", html="<b>123456</b>"))
    mail = smtp_server.wait("ada@example.com")
    assert (mail["From"], mail["To"], mail["Subject"]) == (
        "no-reply@pool.example",
        "ada@example.com",
        "Grüße",
    )
    assert mail["Date"] is not None
    assert mail["Message-ID"].endswith("@pool.example>")
    assert mail.get_body(["plain"]).get_content().strip() == "Ihr Code: 123456"
    assert mail.get_body(["html"]).get_content().strip() == "<b>123456</b>"


@pytest.mark.parametrize(
    "to",
    [
        "ada@example.com\r\nBcc: eve@example.com",
        "ada@example.com\nBcc: eve@example.com",
        "ada@example.com, eve@example.com",
        "ada@example.com>\r\nRCPT TO:<eve@example.com",
        "Ada <ada@example.com>",
        "ada@example.com (comment",
        "ada",
        "@example.com",
        "",
        " ",
        "ada@example.com\x00",
        '"ada\r\nBcc: eve"@example.com',
    ],
)
def test_an_address_that_is_not_exactly_one_is_not_sent_to(start, to) -> None:
    address, handler = start()
    with pytest.raises(DeliveryFailed):
        sender(f"smtp://{address}").send(letter(to=to))
    assert handler.received == []


def test_line_breaks_in_a_subject_make_no_header(start) -> None:
    address, handler = start()
    sender(f"smtp://{address}").send(
        letter(subject="Hi\r\nBcc: eve@example.com\r\n\r\n<b>body</b>\u2028X-A: 1\x85X-B: 1")
    )
    ((recipients, content),) = handler.received
    assert recipients == ["ada@example.com"]
    assert not any(
        line.lower().startswith((b"bcc", b"x-a", b"x-b", b"<b>")) for line in content.splitlines()
    )


def test_a_lone_dot_in_the_body_does_not_end_the_message(start) -> None:
    address, handler = start()
    sender(f"smtp://{address}").send(letter(body="a\n.\nMAIL FROM:<eve@example.com>\n"))
    assert len(handler.received) == 1
    assert b"MAIL FROM:<eve@example.com>" in handler.received[0][1]


def test_starttls_is_used_where_offered_and_verified(start, server_tls, client_tls) -> None:
    address, handler = start(tls_context=server_tls, require_starttls=True)
    sender(f"smtp://{address}", tls=client_tls).send(letter())
    assert len(handler.received) == 1
    with pytest.raises(DeliveryFailed):
        sender(f"smtp://{address}").send(letter())
    assert len(handler.received) == 1


def test_a_certificate_for_another_name_is_refused(start, server_tls, client_tls) -> None:
    address, handler = start(tls_context=server_tls)
    url = f"smtp://{address}".replace("localhost", "127.0.0.1")
    with pytest.raises(DeliveryFailed):
        sender(url, tls=client_tls).send(letter())
    assert handler.received == []


def test_smtps_speaks_tls_from_the_first_byte(start, server_tls, client_tls) -> None:
    address, handler = start(ssl_context=server_tls)
    sender(f"smtps://{address}", tls=client_tls).send(letter())
    assert len(handler.received) == 1


def accept(server, session, envelope, mechanism, data) -> AuthResult:
    expected = LoginPassword(b"us@er", b"p:/w")
    return AuthResult(success=data == expected, handled=False)


def test_credentials_of_the_url_sign_in(start, server_tls, client_tls) -> None:
    address, handler = start(tls_context=server_tls, authenticator=accept, auth_required=True)
    sender(f"smtp://us%40er:p%3A%2Fw@{address}", tls=client_tls).send(letter())
    assert len(handler.received) == 1
    with pytest.raises(DeliveryFailed):
        sender(f"smtp://us%40er:wrong@{address}", tls=client_tls).send(letter())
    with pytest.raises(DeliveryFailed):
        sender(f"smtp://us%40er:p%C3%A4ss@{address}", tls=client_tls).send(letter())


def test_a_password_is_not_sent_in_clear_beyond_this_machine(start, monkeypatch) -> None:
    passwords = []

    def take(server, session, envelope, mechanism, data) -> AuthResult:
        passwords.append(data)
        return AuthResult(success=True)

    address, _ = start(authenticator=take, auth_require_tls=False)
    sender(f"smtp://user:pass@{address}").send(letter())
    assert len(passwords) == 1
    # This machine has no address that counts as elsewhere, so none counts as loopback.
    monkeypatch.setattr("kernel.messaging.smtp.LOOPBACK_HOSTS", frozenset())
    with pytest.raises(DeliveryFailed, match="no password is sent"):
        sender(f"smtp://user:pass@{address}").send(letter())
    assert len(passwords) == 1


def test_failures_name_no_address_and_no_code(start, caplog) -> None:
    caplog.set_level(logging.DEBUG, logger="kernel")
    address, _ = start()
    with pytest.raises(DeliveryFailed) as refused:
        sender(f"smtp://{address}").send(letter(to="unknown@example.com"))
    with pytest.raises(DeliveryFailed) as unreachable:
        sender("smtp://127.0.0.1:1").send(letter())
    text = f"{refused.value!r} {unreachable.value!r} {caplog.text}"
    assert "unknown@" not in text
    assert "123456" not in text
    assert refused.value.__cause__ is None
