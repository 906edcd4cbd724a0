"""The public keys that a client registered: by value, or at an address of its own."""

from __future__ import annotations

from idp.oauth.clients import OAuthClient
from kernel.runtime import Kernel
from kernel.tokens import key_sets
from kernel.tokens.key_sets import RemoteKeySets
from kernel.tokens.public_keys import PublicKey


def find(kernel: Kernel, client: OAuthClient, kid: str | None, algorithm: str) -> PublicKey | None:
    """The client's key that a header names, or None. May fetch `jwks_uri`: never call it in a unit
    of work. What a JWS itself says of its key (`jwk`, `jku`, `x5u`) is asked nowhere."""
    metadata = client.metadata
    if metadata.jwks is not None:
        return key_sets.choose(metadata.jwks, kid, algorithm)
    if metadata.jwks_uri is not None:
        return kernel.of(RemoteKeySets).find(metadata.jwks_uri, kid, algorithm)
    return None
