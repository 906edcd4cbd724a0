"""AWS Signature Version 4, as the server checks it. Pure: values in, `AwsError` or nothing out.

The order of the checks and their messages are what AWS answers. Decided here where AWS leaves room:

- the payload hash is always that of the body that arrived: `UNSIGNED-PAYLOAD` is refused, since
  every client of these services signs its bodies;
- `host` and every `x-amz-*` header that arrived must be among the signed headers.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime, timedelta

from kernel.aws.canonical import canonical_request
from kernel.aws.credential_scope import ALGORITHM, REGION, TERMINATOR, Credential
from kernel.aws.operations import AwsError
from kernel.aws.signature import TIME_FORMAT, Signature
from kernel.aws.wire import Request

SKEW = timedelta(minutes=5)

MISMATCH = (
    "The request signature we calculated does not match the signature you provided. Check your "
    "AWS Secret Access Key and signing method. Consult the service documentation for details."
)


def unrecognized_client() -> AwsError:
    message = "The security token included in the request is invalid."
    return AwsError("UnrecognizedClientException", message)


def invalid(message: str = MISMATCH) -> AwsError:
    return AwsError("InvalidSignatureException", message)


def verify(
    request: Request, signature: Signature, secret: str, signing_name: str, now: datetime
) -> None:
    """Return if `secret` made the signature for this request, now. Raises `AwsError`."""
    _check_time(signature, now)
    _check_signed_headers(request, signature)
    check_scope(signature.credential, signing_name, signature.moment)
    is_presigned = signature.lifetime is not None
    canonical = canonical_request(request, signature.signed_headers, is_presigned=is_presigned)
    key = signing_key(secret, signature.credential)
    expected = hmac.new(key, string_to_sign(signature, canonical), hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected.encode(), signature.signature.encode()):
        raise invalid()


def string_to_sign(signature: Signature, canonical: str) -> bytes:
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    moment = signature.moment.strftime(TIME_FORMAT)
    return "\n".join((ALGORITHM, moment, signature.credential.scope, digest)).encode()


def signing_key(secret: str, credential: Credential) -> bytes:
    """The secret narrowed to one day, region and service."""
    key = b"AWS4" + secret.encode()
    for part in (credential.date, credential.region, credential.service, TERMINATOR):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key


def check_scope(credential: Credential, signing_name: str, moment: datetime) -> None:
    """Raise InvalidSignatureException, with all that is wrong, for a scope that is not ours."""
    faults = []
    if not REGION.fullmatch(credential.region):
        faults.append("Credential should be scoped to a valid region.")
    if credential.service != signing_name:
        faults.append(f"Credential should be scoped to correct service: '{signing_name}'.")
    if credential.terminator != TERMINATOR:
        faults.append(f"Credential should be scoped with a valid terminator: '{TERMINATOR}'.")
    if credential.date != moment.strftime("%Y%m%d"):
        faults.append(
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date "
            "from HTTP."
        )
    if faults:
        raise invalid(" ".join(faults))


def _check_time(signature: Signature, now: datetime) -> None:
    moment = signature.moment
    stamp, present = moment.strftime(TIME_FORMAT), now.strftime(TIME_FORMAT)
    oldest = now - (signature.lifetime or SKEW)
    if moment < oldest:
        span = "" if signature.lifetime else f" ({present} - 5 min.)"
        earliest = oldest.strftime(TIME_FORMAT)
        raise invalid(f"Signature expired: {stamp} is now earlier than {earliest}{span}")
    if moment > now + SKEW:
        latest = (now + SKEW).strftime(TIME_FORMAT)
        raise invalid(
            f"Signature not yet current: {stamp} is still later than {latest} ({present} + 5 min.)"
        )


def _check_signed_headers(request: Request, signature: Signature) -> None:
    signed = set(signature.signed_headers)
    if "host" not in signed:
        raise invalid("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.")
    for name in request.headers:
        if name.startswith("x-amz-") and name not in signed:
            raise invalid(f"'{name}' must be a 'SignedHeader' in the AWS Authorization.")
