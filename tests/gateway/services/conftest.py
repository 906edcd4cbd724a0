"""A data plane whose services are those of a server on loopback."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from gateway.effects import CallService
from gateway.integrations.pool import UpstreamPool
from gateway.performers.services import Services, calling_services
from kernel.aws.signing import AccessKey
from kernel.outbound import AddressGuard
from tests.gateway.plane import ACCOUNT, Plane
from tests.gateway.services.server import KEY_ID, SECRET, ServiceServer

NAMES = ("appconfig", "events", "kinesis", "s3", "sns", "sqs", "states")


@pytest.fixture
def services():
    server = ServiceServer()
    yield server
    server.close()


@pytest.fixture
def plane(tokens, services):
    known = Services(dict.fromkeys(NAMES, services.url), ACCOUNT, AccessKey(KEY_ID, SECRET))
    pool = UpstreamPool(AddressGuard(), trusted=True)
    call = calling_services(known, pool, lambda: datetime.now(UTC))
    made = Plane(tokens, performers={CallService: call})
    yield made
    made.pool.close()
    pool.close()
