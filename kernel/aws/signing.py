"""Signs requests to AWS-compatible services with Signature Version 4.

IAM user guide, "Create a signed AWS API request". The counterpart, which checks, is `sigv4`.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from kernel.aws.canonical import canonical_request
from kernel.aws.credential_scope import ALGORITHM, TERMINATOR, Credential
from kernel.aws.signature import TIME_FORMAT, Signature
from kernel.aws.sigv4 import signing_key, string_to_sign
from kernel.aws.wire import Request

S3 = "s3"
UNSIGNED = frozenset({"user-agent"})
"""What proxies on the way may change."""
CONTENT_HASH = "x-amz-content-sha256"


@dataclass(frozen=True)
class AccessKey:
    """A key that signs."""

    id: str
    secret: str = field(repr=False)


def signature_headers(
    request: Request, key: AccessKey, region: str, service: str, now: datetime
) -> Mapping[str, str]:
    """What makes a request signed: its date, its signature, and for S3 its body's hash.

    `request` has every header that is sent, `host` among them, by lower-case name; its path is
    percent-encoded. `service` is the signing name, such as `sqs` or `states`.
    """
    added = {"x-amz-date": now.strftime(TIME_FORMAT)}
    if service == S3:
        added[CONTENT_HASH] = hashlib.sha256(request.body).hexdigest()
    signed = replace(request, headers={**request.headers, **added})
    names = tuple(sorted(signed.headers.keys() - UNSIGNED))
    credential = Credential(key.id, f"{now:%Y%m%d}", region, service, TERMINATOR)
    canonical = canonical_request(signed, names, is_presigned=False, keeps_path=service == S3)
    text = string_to_sign(Signature(credential, names, "", now), canonical)
    proof = hmac.new(signing_key(key.secret, credential), text, hashlib.sha256).hexdigest()
    added["authorization"] = (
        f"{ALGORITHM} Credential={key.id}/{credential.scope}, "
        f"SignedHeaders={';'.join(names)}, Signature={proof}"
    )
    return added
