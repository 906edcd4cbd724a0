"""Attacks with logout tokens: what they could pass for, and where they could be sent."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from idp.errors import InvalidAccessToken
from idp.models import LogoutNotice, User
from idp.oauth import id_token_hint
from idp.user_pools.services import logout_tokens
from idp.user_pools.services.logout_delivery import LogoutDelivery
from kernel.tokens.errors import Malformed
from kernel.tokens.verification import Verifier
from tests.idp.oauth.moves import logout, signed_in
from tests.idp.oauth.world import LOGOUT, TestClient, World
from tests.servers.relying_party import RelyingParty, listening


@pytest.fixture
def party() -> Iterator[RelyingParty]:
    with listening() as made:
        yield made


@pytest.fixture
def logout_token(world: World, public_client: TestClient) -> str:
    (user,) = world.rows(User)
    return logout_tokens.make(
        world.kernel, public_client.pool_id, public_client.id, user.id, "sso" + "0" * 25
    )


def test_rfc8725_3_11_a_logout_token_is_no_access_token(world: World, logout_token: str) -> None:
    """The gateway's verifier takes whatever this one takes."""
    with pytest.raises(Malformed, match="type that gives no access"):
        world.kernel.of(Verifier).verify(logout_token)
    assert world.user_info(logout_token).status_code == 401


def test_backchannel_2_4_a_logout_token_is_no_id_token(world: World, logout_token: str) -> None:
    with pytest.raises(InvalidAccessToken):
        id_token_hint.read(world.kernel, logout_token, None)
    given = {"id_token_hint": logout_token, "post_logout_redirect_uri": LOGOUT}
    assert logout(world.browser(), **given).status_code == 400


def test_a_logout_token_buys_nothing(
    world: World, public_client: TestClient, logout_token: str
) -> None:
    exchanged = world.token(
        grant_type="urn:ietf:params:oauth:grant-type:token-exchange",
        client_id=public_client.id,
        subject_token=logout_token,
        subject_token_type="urn:ietf:params:oauth:token-type:id_token",
    )
    assert exchanged.status_code == 400
    refreshed = world.token(
        grant_type="refresh_token", client_id=public_client.id, refresh_token=logout_token
    )
    assert refreshed.status_code == 400


@pytest.mark.parametrize(
    "host", ["localhost", "127.0.0.1", "[::1]", "127.1", "2130706433", "0x7f000001"]
)
def test_a_notice_reaches_no_private_address(
    world: World, public_client: TestClient, party: RelyingParty, host: str
) -> None:
    """SSRF: the server calls an address that a client registered."""
    scheme = "http" if host in {"localhost", "127.0.0.1", "[::1]"} else "https"
    uri = party.url.replace("http://127.0.0.1", f"{scheme}://{host}")
    world.register(public_client, backchannel_logout_uri=uri)
    browser = world.browser()
    signed_in(world, browser, public_client)
    logout(browser, client_id=public_client.id, logout_uri=LOGOUT)
    LogoutDelivery(world.kernel).deliver_due()
    assert party.tokens == []
    (notice,) = world.rows(LogoutNotice)
    assert notice.attempts == 1
