"""An account with a REST API, `rest1234567`, whose stages are `dev` and `prod`."""

from __future__ import annotations

from pathlib import Path

import pytest

from kernel.runtime import Kernel
from tests.gateway.control.caller import NOON, Caller
from tests.gateway.control.rest_rows import add_rest_api
from tests.servers.authority import Authority

ARNS = tuple(
    f"arn:aws:acm:us-east-1:000000000000:certificate/{name}" for name in ("0123-4567", "89ab-cdef")
)


@pytest.fixture
def rest(caller: Caller) -> Caller:
    """The control plane of REST APIs."""
    return caller.rest


@pytest.fixture
def api_id(caller: Caller) -> str:
    return add_rest_api(caller.kernel.database, "rest1234567", "dev", "prod")


@pytest.fixture(autouse=True)
def instance(kernel: Kernel) -> Path:
    """An instance with certificates by both ARNs, and a trust store in two versions."""
    folder = kernel.settings.instance
    authority = Authority(now=NOON)
    for arn in ARNS:
        pair = authority.server("api.example.com", "*.example.com")
        pair.write(folder / "certificates", arn.rpartition("/")[2])
    for version in ("1", "2"):
        authority.write(folder / "truststores" / "bucket" / f"ca.pem@{version}")
    return folder
