"""Who Poolgate is at an ACME server."""

from __future__ import annotations

from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric import ec

from kernel.tls import pairs


@dataclass(frozen=True)
class AcmeAccount:
    """`uri` is empty before it is registered. The key is PEM."""

    private_key: bytes
    uri: str = ""

    @classmethod
    def make(cls) -> AcmeAccount:
        return cls(pairs.key_pem(ec.generate_private_key(ec.SECP256R1())))
