"""Who signed a request: the real check, and the one of `--dev`."""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from kernel.aws.access import AccessKeys, Authorizer, Caller, KeyMaterial
from kernel.aws.credential_scope import Credential
from kernel.aws.operations import AwsError, Principal
from kernel.aws.signature import Signature, parse_signature
from kernel.aws.sigv4 import check_scope, unrecognized_client, verify
from kernel.aws.wire import Request
from kernel.clock import Clock
from kernel.settings import Settings, is_loopback_name


class SignatureAuthenticator:
    """Verifies Signature Version 4 against the stored keys. Fills `Authenticator`."""

    def __init__(self, keys: AccessKeys, authorizer: Authorizer, clock: Clock) -> None:
        self._keys = keys
        self._authorizer = authorizer
        self._clock = clock

    def authenticate(self, request: Request, signing_name: str) -> Caller:
        """The caller. Raises `AwsError` with the code that AWS uses for what is wrong."""
        signature = parse_signature(request)
        credential = signature.credential
        key = self._keys.find(credential.access_key_id)
        if key is None or not key.is_active or not _is_own_token(key, signature):
            raise unrecognized_client()
        verify(request, signature, key.secret, signing_name, self._clock.now())
        return Caller(_principal(key, credential), credential.region)

    def authorize(
        self, caller: Caller, action: str, resource_arns: Sequence[str], context: Mapping[str, Any]
    ) -> None:
        self._authorizer.authorize(caller.principal, action, resource_arns, context)


class DevelopmentAuthenticator:
    """Takes any access key with a well-formed credential scope, for `--dev` on loopback.

    A browser on the same laptop is an attacker there: a page of another site may reach us by a
    name that it rebinds to 127.0.0.1 (so the Host must be ours), or by a cross-origin request (so
    a foreign Origin is refused). A stored key keeps its account, ARN and policies.
    """

    def __init__(self, keys: AccessKeys, authorizer: Authorizer, settings: Settings) -> None:
        self._keys = keys
        self._authorizer = authorizer
        self._settings = settings

    def authenticate(self, request: Request, signing_name: str) -> Caller:
        """The caller. Raises `AwsError`."""
        refuse_foreign_browser(request)
        signature = parse_signature(request)
        credential = signature.credential
        check_scope(credential, signing_name, signature.moment)
        key = self._keys.find(credential.access_key_id)
        if key is not None and key.is_active:
            return Caller(_principal(key, credential), credential.region)
        account = self._settings.account_id
        root = Principal(account, credential.access_key_id, f"arn:aws:iam::{account}:root")
        return Caller(root, credential.region, is_unrestricted=True)

    def authorize(
        self, caller: Caller, action: str, resource_arns: Sequence[str], context: Mapping[str, Any]
    ) -> None:
        if not caller.is_unrestricted:
            self._authorizer.authorize(caller.principal, action, resource_arns, context)


def refuse_foreign_browser(request: Request) -> None:
    """Raise AccessDeniedException unless Host, and Origin where there is one, are loopback's.

    A browser sends no Origin with an image or a link, so there Sec-Fetch-Site says who asks.
    """
    if not is_loopback(f"http://{request.host}"):
        raise AwsError("AccessDeniedException", "--dev answers to loopback hosts only.")
    origin = request.headers.get("origin")
    if origin is None:
        is_foreign = request.headers.get("sec-fetch-site") == "cross-site"
    else:
        is_foreign = not is_loopback(origin)
    if is_foreign:
        raise AwsError("AccessDeniedException", "--dev refuses pages of other origins.")


def is_loopback(origin: str) -> bool:
    """Whether the host of an origin is loopback or below .localhost (RFC 6761 §6.3)."""
    try:
        host = urlsplit(origin).hostname or ""
    except ValueError:
        return False
    return is_loopback_name(host)


def _is_own_token(key: KeyMaterial, signature: Signature) -> bool:
    """A temporary key comes with its session token, a long-term key with none."""
    expected, given = key.session_token or "", signature.session_token or ""
    return hmac.compare_digest(expected.encode(), given.encode())


def _principal(key: KeyMaterial, credential: Credential) -> Principal:
    return Principal(key.account, credential.access_key_id, key.arn)
