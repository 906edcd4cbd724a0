"""Streams as HTTP: the protocol in which Amazon Data Firehose calls HTTP endpoints.

Amazon Data Firehose developer guide, "HTTP endpoint delivery request and response specifications",
version 1.0: many collectors of logs speak it.
"""

from __future__ import annotations

import base64
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field

import orjson

from kernel.log_delivery.sink import Destination, SinkFailed
from kernel.outbound import Outbound, OutboundError

TIMEOUT = 5.0


@dataclass(frozen=True)
class FirehoseSink:
    """Posts batches to the operator's endpoint, which tells streams apart by their ARN."""

    url: str = field(repr=False)
    access_key: str | None = field(repr=False)
    outbound: Outbound = field(repr=False)
    linger: float = 1.0

    def deliver(self, destination: Destination, entries: Sequence[bytes]) -> None:
        request_id = str(uuid.uuid4())
        body = {
            "requestId": request_id,
            "timestamp": int(time.time() * 1000),
            "records": [{"data": base64.b64encode(entry).decode()} for entry in entries],
        }
        headers = {
            "Content-Type": "application/json",
            "X-Amz-Firehose-Protocol-Version": "1.0",
            "X-Amz-Firehose-Request-Id": request_id,
            "X-Amz-Firehose-Source-Arn": destination.arn,
        }
        if self.access_key:
            headers["X-Amz-Firehose-Access-Key"] = self.access_key
        try:
            reply = self.outbound.request(
                "POST",
                self.url,
                headers=headers,
                body=orjson.dumps(body),
                timeout=TIMEOUT,
                trusted=True,
            )
        except OutboundError as error:
            raise SinkFailed(f"the Firehose endpoint failed: {error}") from None
        if not 200 <= reply.status < 300:
            raise SinkFailed(f"the Firehose endpoint answered {reply.status}")
