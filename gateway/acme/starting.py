"""Starts getting certificates where the operator configured a directory, and only there."""

from __future__ import annotations

import ipaddress
import ssl
from urllib.parse import urlsplit

from gateway.acme.challenges import Challenges
from gateway.snapshot import SnapshotHolder
from kernel.outbound import Outbound, allowed_networks
from kernel.runtime import Kernel
from kernel.settings import SettingError, Settings
from kernel.tls.folder import CertificateFolder


def start(kernel: Kernel, holder: SnapshotHolder) -> None:
    """Provide `Challenges`, and look for what is due from now on."""
    settings = kernel.settings
    if settings.acme_directory_url is None:
        return
    # The library is heavy, and nobody else needs it.
    from gateway.acme.orders import Binding, Orders
    from gateway.acme.renewer import Due, Renewer
    from gateway.acme.store import AcmeStore

    challenges = Challenges(kernel.shared_state)
    kernel.provide(challenges)
    key_id, hmac_key = settings.acme_eab_key_id, settings.acme_eab_hmac_key
    orders = Orders(
        settings.acme_directory_url,
        settings.acme_email,
        outbound_of(settings),
        challenges,
        Binding(key_id, hmac_key) if key_id and hmac_key else None,
    )
    renewer = Renewer(
        kernel,
        Due(holder, CertificateFolder.of(settings), own_host(settings)),
        AcmeStore(kernel, settings.acme_directory_url),
        orders,
    )
    renewer.start()
    kernel.on_close(renewer.stop)


def own_host(settings: Settings) -> str:
    """The server's host where it needs a certificate; empty where it has one, or can have none."""
    host = urlsplit(settings.origin).hostname or ""
    if settings.tls_cert is not None or settings.is_public_url_loopback:
        return ""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return host
    return ""


def outbound_of(settings: Settings) -> Outbound:
    """The client that reaches the ACME server. Raises `SettingError`."""
    try:
        tls = ssl.create_default_context(cafile=settings.acme_ca_file)
    except OSError:  # ssl.SSLError is one
        raise SettingError(
            f"acme_ca_file {settings.acme_ca_file} must be a PEM file of certificates."
        ) from None
    return Outbound(allowed_networks(settings), tls=tls)


def check(settings: Settings) -> None:
    """Raises `SettingError` for authorities that cannot be read."""
    if settings.acme_ca_file is not None:
        outbound_of(settings)
