"""An account with a REST API, `rest1234567`, whose stages are `dev` and `prod`."""

from __future__ import annotations

import pytest

from tests.gateway.control.caller import Caller
from tests.gateway.control.rest_rows import add_rest_api


@pytest.fixture
def rest(caller: Caller) -> Caller:
    """The control plane of REST APIs."""
    return caller.rest


@pytest.fixture
def api_id(caller: Caller) -> str:
    return add_rest_api(caller.kernel.database, "rest1234567", "dev", "prod")
