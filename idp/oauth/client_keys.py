"""The public keys that a client registered: by value, or at an address of its own."""

from __future__ import annotations

from typing import Protocol

from idp.oauth.clients import OAuthClient
from kernel.runtime import Kernel
from kernel.tokens import key_sets
from kernel.tokens.key_sets import KeySet, RemoteKeySets
from kernel.tokens.public_keys import PublicKey


class HasKeys(Protocol):
    """Whoever registered public keys."""

    @property
    def jwks(self) -> KeySet | None: ...
    @property
    def jwks_uri(self) -> str | None: ...


def find(kernel: Kernel, client: OAuthClient, kid: str | None, algorithm: str) -> PublicKey | None:
    """The client's key that a header names, or None."""
    return of(kernel, client.metadata, kid, algorithm)


def of(kernel: Kernel, owner: HasKeys, kid: str | None, algorithm: str) -> PublicKey | None:
    """The same of whoever registered keys. May fetch `jwks_uri`: never call it in a unit of work.
    What a JWS itself says of its key (`jwk`, `jku`, `x5u`) is asked nowhere."""
    if owner.jwks is not None:
        return key_sets.choose(owner.jwks, kid, algorithm)
    if owner.jwks_uri is not None:
        return kernel.of(RemoteKeySets).find(owner.jwks_uri, kid, algorithm)
    return None
