"""A certificate authority of the tests' own, for servers and for clients."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

PEM = serialization.Encoding.PEM


@dataclass(frozen=True)
class Certificate:
    """PEM, and files of it."""

    chain: str
    private_key: str

    def write(self, folder: Path, name: str) -> Certificate:
        """As the operator's pair `name`; each file takes the other's place at once."""
        folder.mkdir(parents=True, exist_ok=True)
        for ending, content in ((".crt", self.chain), (".key", self.private_key)):
            new = folder / f"{name}{ending}.new"
            new.write_text(content)
            new.replace(folder / f"{name}{ending}")
        return self

    def file(self, path: Path) -> Path:
        """Certificate and key as one file, for `load_cert_chain`."""
        path.write_text(self.chain + self.private_key)
        return path


@dataclass(frozen=True)
class Authority:
    """Issues certificates that are valid around `now`."""

    name: str = "Tests"
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )

    @cached_property
    def certificate(self) -> str:
        """The authority's own certificate."""
        builder = self._builder(_name(self.name), self.key, timedelta(days=3650))
        return _pem(
            builder.add_extension(
                x509.BasicConstraints(ca=True, path_length=None), critical=True
            ).sign(self.key, hashes.SHA256())
        )

    def write(self, path: Path) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self.certificate)
        return path

    def server(self, *hosts: str, days: float = 30) -> Certificate:
        """For hosts, the first of which is the common name too."""
        return self._issue(hosts[0], ExtendedKeyUsageOID.SERVER_AUTH, hosts, days)

    def client(self, name: str = "client", days: float = 30) -> Certificate:
        return self._issue(name, ExtendedKeyUsageOID.CLIENT_AUTH, (), days)

    def _issue(
        self, name: str, usage: x509.ObjectIdentifier, hosts: tuple[str, ...], days: float
    ) -> Certificate:
        key = ec.generate_private_key(ec.SECP256R1())
        builder = self._builder(_name(name), key, timedelta(days=days)).add_extension(
            x509.ExtendedKeyUsage([usage]), critical=False
        )
        if hosts:
            names = x509.SubjectAlternativeName([x509.DNSName(host) for host in hosts])
            builder = builder.add_extension(names, critical=False)
        certificate = builder.sign(self.key, hashes.SHA256())
        private = key.private_bytes(
            PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return Certificate(_pem(certificate), private.decode())

    def _builder(
        self, subject: x509.Name, key: ec.EllipticCurvePrivateKey, lifetime: timedelta
    ) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(_name(self.name))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(min(self.now, self.now + lifetime) - timedelta(days=60))
            .not_valid_after(self.now + lifetime)
            .add_extension(
                x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False
            )
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()),
                critical=False,
            )
        )


def hold(instance: Path, arn: str, *hosts: str, now: datetime | None = None) -> None:
    """Put a certificate for the hosts where an instance finds it by its ARN."""
    authority = Authority(now=now) if now else Authority()
    authority.server(*hosts).write(instance / "certificates", arn.rpartition("/")[2])


def _name(common: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Tests"),
            x509.NameAttribute(NameOID.COMMON_NAME, common),
        ]
    )


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(PEM).decode()
