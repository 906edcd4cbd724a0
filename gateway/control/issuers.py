"""Which issuers of tokens both planes take. Pure rules."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from kernel.settings import is_loopback_name

_ISSUER = re.compile(r"[!-~]{1,2048}")


def is_issuer(issuer: str) -> bool:
    """OpenID Connect Discovery §3: an https URL without query and fragment. Our own pools are on
    loopback where Poolgate has no certificate, so http is taken there."""
    try:
        parts = urlsplit(issuer)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return False
    if not _ISSUER.fullmatch(issuer) or not host or "@" in parts.netloc:
        return False
    if "?" in issuer or "#" in issuer:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and is_loopback_name(host))
