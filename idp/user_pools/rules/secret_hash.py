"""SECRET_HASH: the proof that a request comes from an app client that has a secret.

Developer guide, "Computing secret hash values":
`Base64(HMAC_SHA256("Client Secret Key", "Username" + "Client Id"))`.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Collection, Sequence

from idp.errors import SecretHashMismatch, SecretHashMissing


def secret_hash(secret: str, username: str, client_id: str) -> str:
    """SECRET_HASH for the username as it goes into the request."""
    message = (username + client_id).encode("utf-8", "surrogatepass")
    return base64.b64encode(hmac.digest(secret.encode(), message, "sha256")).decode()


def check_secret_hash(
    received: str | None, secrets: Sequence[str], usernames: Collection[str], client_id: str
) -> None:
    """Raise `SecretHashMissing` or `SecretHashMismatch` where the client has secrets.

    A client has two secrets while they are rotated; either is good. `usernames` are the names
    that the hash may have been made with: the one in this request and, where the user is known
    by then, the username itself, because clients sign up with an alias and answer with the
    username. A client without a secret ignores the hash, as AWS does.
    """
    if not secrets:
        return
    if not received:
        raise SecretHashMissing(client_id)
    given = received.encode("utf-8", "surrogatepass")
    # No early exit: the time must not tell which secret or name fitted.
    fits = [
        hmac.compare_digest(secret_hash(secret, name, client_id).encode(), given)
        for secret in secrets
        for name in usernames
    ]
    if not any(fits):
        raise SecretHashMismatch(client_id)
