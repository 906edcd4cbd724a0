"""E-mail by SMTP."""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass, field
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid
from urllib.parse import unquote, urlsplit

from kernel.clock import Clock
from kernel.messaging.message import DeliveryFailed, Message
from kernel.settings import LOOPBACK_HOSTS, Settings

TIMEOUT = 15.0


@dataclass(frozen=True)
class SmtpSender:
    """One submission server. A password is never sent in clear beyond this machine."""

    url: str = field(repr=False)
    mail_from: str
    tls: ssl.SSLContext = field(default_factory=ssl.create_default_context, repr=False)
    clock: Clock = field(default_factory=Clock)

    @classmethod
    def from_settings(cls, settings: Settings) -> SmtpSender:
        return cls(str(settings.smtp_url), settings.mail_from)

    def send(self, message: Message) -> None:
        """Submit the message. Raises `DeliveryFailed`."""
        letter = compose(message, self.mail_from, self.clock)
        try:
            with self._connect() as server:
                server.send_message(letter)
        except (smtplib.SMTPException, ValueError) as error:
            # The library's texts hold addresses.
            raise DeliveryFailed(f"the mail server failed: {type(error).__name__}") from None
        except OSError as error:
            raise DeliveryFailed(f"the mail server cannot be reached: {_reason(error)}") from None

    def _connect(self) -> smtplib.SMTP:
        parts = urlsplit(self.url)
        host = parts.hostname or "localhost"
        if parts.scheme == "smtps":
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                host, parts.port or 465, "poolgate", timeout=TIMEOUT, context=self.tls
            )
        else:
            server = smtplib.SMTP(host, parts.port or 587, "poolgate", timeout=TIMEOUT)
        try:
            self._authenticate(server, host)
        except BaseException:
            server.close()
            raise
        return server

    def _authenticate(self, server: smtplib.SMTP, host: str) -> None:
        parts = urlsplit(self.url)
        server.ehlo_or_helo_if_needed()
        encrypted = parts.scheme == "smtps"
        if not encrypted and server.has_extn("starttls"):
            server.starttls(context=self.tls)
            encrypted = True
        if parts.username:
            if not encrypted and host not in LOOPBACK_HOSTS:
                raise DeliveryFailed("the mail server offers no STARTTLS, so no password is sent")
            server.login(unquote(parts.username), unquote(parts.password or ""))


def compose(message: Message, mail_from: str, clock: Clock) -> EmailMessage:
    """The e-mail of a message. Raises `DeliveryFailed` for an address that is not exactly one.

    Line breaks cannot reach a header: the address is parsed (RFC 5322 §3.4.1), white space in the
    subject becomes single spaces, and the library refuses what is left.
    """
    letter = EmailMessage(policy=SMTP)
    try:
        letter["To"] = Address(addr_spec=message.to)
        letter["From"] = mail_from
        letter["Subject"] = " ".join(message.subject.split())
    except (ValueError, IndexError, MessageError):
        raise DeliveryFailed("the message's address is not a valid e-mail address") from None
    letter["Date"] = format_datetime(clock.now())
    letter["Message-ID"] = make_msgid(domain=mail_from.rpartition("@")[2].rstrip(">"))
    letter["Auto-Submitted"] = "auto-generated"  # RFC 3834 §5: keeps responders quiet
    letter.set_content(message.body)
    if message.html is not None:
        letter.add_alternative(message.html, subtype="html")
    return letter


def _reason(error: OSError) -> str:
    return error.strerror or type(error).__name__
