"""Checks of the operator's certificates and trust stores for custom domains."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from kernel.settings import Settings
from kernel.tls.folder import FOLDER, CertificateFolder
from kernel.tls.pairs import BadPair
from poolgate.doctor.finding import Finding, good, problem

EXPIRY_WARNING = timedelta(days=14)


def check_certificates(settings: Settings) -> Iterator[Finding]:
    """Each pair of files can be served, and is not about to expire."""
    folder = settings.instance / FOLDER
    for name in sorted({file.stem for kind in ("crt", "key") for file in folder.glob(f"*.{kind}")}):
        yield _check(CertificateFolder.of(settings), name)


def _check(folder: CertificateFolder, name: str) -> Finding:
    try:
        _, certificate = folder.read(name)
    except BadPair as error:
        return problem(f"the certificate {name} {error}", f"give {name}.crt and {name}.key in PEM")
    expires = certificate.not_valid_after_utc
    found = f"the certificate {name} is valid until {expires:%Y-%m-%d}"
    if expires - datetime.now(UTC) < EXPIRY_WARNING:
        return problem(found, "put a renewed pair in its place")
    return good(found)
