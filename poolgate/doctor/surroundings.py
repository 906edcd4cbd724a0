"""Checks of what an instance needs around it: clock, ports, TLS, Valkey, mail."""

from __future__ import annotations

import ctypes
import os
import smtplib
import socket
import ssl
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from cryptography import x509

from kernel.settings import SettingError, Settings
from kernel.tls.context import server_context
from poolgate import instance_lock
from poolgate.doctor.finding import Finding, good, note, problem
from poolgate.server.listeners import bind

SMTP_SECONDS = 5.0
EXPIRY_WARNING = timedelta(days=14)
# adjtimex(2): TIME_ERROR is returned, and STA_UNSYNC set, while nothing disciplines the clock.
TIMEX_BYTES, TIME_ERROR = 208, 5


def check_clock(settings: Settings) -> Iterator[Finding]:
    """Signatures are refused beyond five minutes of skew; tokens and codes expire by the clock."""
    wall, steady = time.time(), time.monotonic()
    time.sleep(0.05)
    if abs((time.time() - wall) - (time.monotonic() - steady)) > 0.02:
        yield problem("the wall clock jumps", "stop whatever sets it, and let NTP discipline it")
    newest = _newest_change(settings)
    if newest > time.time() + 60:
        yield problem("files of the instance are from the future", "the clock went back: set it")
    synchronised = _is_synchronised()
    if synchronised is None:
        yield note("whether NTP disciplines the clock cannot be told here", "make sure it does")
    elif synchronised:
        yield good("the clock is synchronised")
    else:
        yield note("the clock is not synchronised", "run chrony or systemd-timesyncd")


def check_ports(settings: Settings) -> Iterator[Finding]:
    """The ports are free, or ours."""
    if settings.instance.is_dir():
        try:
            with instance_lock.hold(settings):
                pass
        except SettingError:
            yield good("the instance is being served; its ports are in use")
            return
    ports = {"port": (settings.host, settings.port)}
    if settings.http_port:
        ports["http_port"] = (settings.host, settings.http_port)
    if settings.mtls_port:
        ports["mtls_port"] = (settings.host, settings.mtls_port)
    if settings.metrics_port:
        ports["metrics_port"] = ("127.0.0.1", settings.metrics_port)
    for name, (host, port) in ports.items():
        try:
            bind(host, port, name).close()
            yield good(f"{name} {port} is free on {host}")
        except SettingError as error:
            yield problem(str(error).rstrip("."), f"stop what uses it, or set {name} or host")


def check_tls(settings: Settings) -> Iterator[Finding]:
    """The certificate is served with its key and is not about to expire."""
    if not (settings.tls_cert and settings.tls_key):
        speaks = settings.serves_tls or settings.trusted_proxies
        if settings.origin.startswith("https://") and not speaks:
            yield note(
                "public_url is https, but there is neither tls_cert nor a trusted proxy",
                "set trusted_proxies, or clients' addresses will be the proxy's",
            )
        return
    try:
        server_context(settings.tls_cert, settings.tls_key)
    except SettingError as error:
        yield problem(str(error).rstrip("."), "give a PEM chain and its unencrypted key")
        return
    certificate = x509.load_pem_x509_certificates(settings.tls_cert.read_bytes())[0]
    expires = certificate.not_valid_after_utc
    found = f"the certificate is valid until {expires:%Y-%m-%d}"
    if expires - datetime.now(UTC) < EXPIRY_WARNING:
        yield problem(found, "renew it, and send SIGHUP")
    else:
        yield good(found)


def check_valkey(settings: Settings) -> Iterator[Finding]:
    """Several workers can share what they must."""
    if settings.valkey_url:
        yield from _check_valkey_server(settings.valkey_url)
    elif settings.workers > 1:
        from poolgate.server.private_valkey import find_server

        try:
            yield good(f"workers share state through {find_server()}")
        except SettingError as error:
            yield problem(str(error).rstrip("."), "install one of them")


def check_mail(settings: Settings) -> Iterator[Finding]:
    """Codes and invitations can leave."""
    if settings.smtp_url:
        yield _check_smtp(settings.smtp_url)
    if settings.smtp_url and settings.sms_sender:
        return
    outbox = settings.instance / "outbox.jsonl"
    target = outbox if outbox.exists() else settings.instance
    if os.access(target, os.W_OK):
        channels = "SMS" if settings.smtp_url else "messages"
        yield note(f"{channels} go to {outbox}", "set smtp_url and sms_sender to send them")
    else:
        yield problem(f"{outbox} cannot be written", "give the folder to the user who serves")


def _check_smtp(url: str) -> Finding:
    parts = urlsplit(url)
    host = parts.hostname or "localhost"
    secure = parts.scheme == "smtps"
    port = parts.port or (465 if secure else 587)
    try:
        server: smtplib.SMTP
        if secure:
            context = ssl.create_default_context()
            server = smtplib.SMTP_SSL(host, port, timeout=SMTP_SECONDS, context=context)
        else:
            server = smtplib.SMTP(host, port, timeout=SMTP_SECONDS)
        with server:
            server.noop()
    except (OSError, smtplib.SMTPException) as error:
        reason = type(error).__name__
        return problem(f"the mail server {host}:{port} does not answer ({reason})", "see smtp_url")
    return good(f"the mail server {host}:{port} answers")


def _check_valkey_server(url: str) -> Iterator[Finding]:
    from kernel.shared_state.connection import Connection

    connection = Connection(url)
    answers = connection.ask(lambda: bool(connection.client.ping()), lambda: False)
    connection.close()
    if answers:
        yield good("the Valkey of valkey_url answers")
    else:
        yield problem("the Valkey of valkey_url does not answer", "start it, or correct the URL")


def _newest_change(settings: Settings) -> float:
    if not settings.instance.is_dir():
        return 0.0
    return max((each.stat().st_mtime for each in settings.instance.iterdir()), default=0.0)


def _is_synchronised() -> bool | None:
    try:
        state = ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(TIMEX_BYTES))
    except (AttributeError, OSError):
        return None
    return None if state < 0 else state != TIME_ERROR


def check_resolution(settings: Settings) -> Iterator[Finding]:
    """The public host's name leads somewhere."""
    host = urlsplit(settings.origin).hostname or ""
    if settings.is_public_url_loopback:
        return
    try:
        socket.getaddrinfo(host, None)
        yield good(f"{host} resolves")
    except OSError:
        yield problem(f"{host} of public_url does not resolve", "add it to the DNS")
