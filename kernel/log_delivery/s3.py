"""Buckets of S3-compatible storage: each batch becomes one object of JSON lines."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import urlsplit

from kernel.aws.signing import S3, AccessKey, signature_headers
from kernel.aws.wire import Request
from kernel.log_delivery.sink import Destination, SinkFailed
from kernel.outbound import Outbound, OutboundError

TIMEOUT = 10.0


@dataclass(frozen=True)
class S3Sink:
    """Puts objects by the REST API, path-style, signed by Signature Version 4."""

    url: str
    access_key_id: str
    secret_access_key: str = field(repr=False)
    outbound: Outbound = field(repr=False)
    linger: float = 60.0

    def deliver(self, destination: Destination, entries: Sequence[bytes]) -> None:
        now = datetime.now(UTC)
        url = f"{self.url}/{destination.name}/{_key(destination.prefix, now)}"
        body = b"".join(entry + b"\n" for entry in entries)
        try:
            reply = self.outbound.request(
                "PUT",
                url,
                headers=self._headers(url, body, destination.region, now),
                body=body,
                timeout=TIMEOUT,
                trusted=True,
            )
        except OutboundError as error:
            raise SinkFailed(f"the S3 storage failed: {error}") from None
        if not 200 <= reply.status < 300:
            raise SinkFailed(f"the S3 storage answered {reply.status}")

    def _headers(self, url: str, body: bytes, region: str, now: datetime) -> Mapping[str, str]:
        """The headers of a signed PUT. Our keys hold nothing that S3 would encode its own way."""
        parts = urlsplit(url)
        headers = {"host": parts.netloc.rpartition("@")[2]}
        request = Request("PUT", parts.path, "", headers, body)
        key = AccessKey(self.access_key_id, self.secret_access_key)
        signature = signature_headers(request, key, region, S3, now)
        return {**headers, **signature, "content-type": "application/x-ndjson"}


def _key(prefix: str, now: datetime) -> str:
    """Keys are ordered by time, and no two workers make the same one."""
    return f"{prefix}/{now:%Y/%m/%d/%H}/{int(now.timestamp() * 1000)}-{uuid.uuid4()}.jsonl"
