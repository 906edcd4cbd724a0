"""In --dev, where any signature is good, a page of another site still calls no operation."""

from __future__ import annotations

from collections.abc import Callable
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from tests.servers.poolgate_server import Poolgate

PRESIGNED = (
    "/v2/apis?X-Amz-Algorithm=AWS4-HMAC-SHA256"
    "&X-Amz-Credential=AKIAMADEUPBYTHEPAGE0%2F20260101%2Fus-east-1%2Fapigateway%2Faws4_request"
    "&X-Amz-Date=20260101T000000Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Signature=00"
)


def status(server: Poolgate, **headers: str) -> int:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        with urlopen(Request(server.url + PRESIGNED, headers=names), timeout=10) as answer:
            code: int = answer.status
            return code
    except HTTPError as refused:
        with refused:
            return refused.code


def test_pages_of_other_sites_are_refused_and_local_ones_served(
    start_poolgate: Callable[..., Poolgate],
) -> None:
    server = start_poolgate("--dev")
    # An image or a link of another site comes without an Origin.
    assert status(server, Sec_Fetch_Site="cross-site", Sec_Fetch_Dest="image") == 403
    assert status(server, Sec_Fetch_Site="cross-site", Origin="https://evil.example") == 403
    assert status(server) == 200
    assert status(server, Sec_Fetch_Site="none") == 200
    assert status(server, Sec_Fetch_Site="cross-site", Origin="http://127.0.0.1:3000") == 200
