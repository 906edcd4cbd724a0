"""OpenID Connect Back-Channel Logout 1.0: who is told of which end, once, whatever breaks."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import jwt
import pytest
from flask.testing import FlaskClient

from idp.models import BrowserSession, LogoutNotice, User, UserPool
from idp.oauth import clients
from idp.user_pools.operations import FAMILIES
from idp.user_pools.rules.documented_settings import WrongSetting
from idp.user_pools.services import logout_delivery, revocation, user_sessions, users
from idp.user_pools.services.logout_delivery import LogoutDelivery
from idp.user_pools.services.tokens import Tokens
from kernel.aws.operations import Call
from tests.idp.oauth.moves import logout, logout_claims, signed_in, single_sign_on
from tests.idp.oauth.world import LOGOUT, PASSWORD, TestClient, World
from tests.idp.oauth.world import world_with_peers as world
from tests.servers.relying_party import RelyingParty, listening

__all__ = ["world"]


@pytest.fixture
def party() -> Iterator[RelyingParty]:
    with listening() as made:
        yield made


@pytest.fixture
def client(world: World, public_client: TestClient, party: RelyingParty) -> TestClient:
    world.register(public_client, backchannel_logout_uri=party.url)
    return public_client


@pytest.fixture
def browser(world: World) -> FlaskClient:
    return world.browser()


def deliver(world: World) -> None:
    LogoutDelivery(world.kernel).deliver_due()


def id_claims(tokens: dict[str, str]) -> dict[str, Any]:
    claims: dict[str, Any] = jwt.decode(tokens["id_token"], options={"verify_signature": False})
    return claims


def operation(world: World, name: str, request: dict[str, Any]) -> None:
    (handler,) = [f.handlers[name] for f in FAMILIES if name in f.handlers]
    call = Call(world.kernel, "cognito-idp", name, "000000000000", "us-east-1", "request")
    handler(call, request)


def test_a_sign_out_tells_the_client_who_and_which_session(
    world: World, client: TestClient, browser: FlaskClient, party: RelyingParty
) -> None:
    told = id_claims(signed_in(world, browser, client))
    (session,) = world.rows(BrowserSession)
    logout(browser, client_id=client.id, logout_uri=LOGOUT)
    assert party.tokens == []  # not within the request
    deliver(world)
    claims = logout_claims(world, client, party.tokens[0])
    assert (claims["sub"], claims["sid"]) == (told["sub"], told["sid"])
    assert claims["sid"] == session.session_id
    assert party.content_types == ["application/x-www-form-urlencoded"]
    assert world.rows(LogoutNotice) == []


def test_every_client_of_the_session_is_told_and_no_other(
    world: World, client: TestClient, browser: FlaskClient, party: RelyingParty, pool_id: str
) -> None:
    second, absent, silent = (world.client(pool_id) for _ in range(3))
    for each in (second, absent):
        world.register(each, backchannel_logout_uri=party.url)
    signed_in(world, browser, client)
    signed_in(world, world.browser(), absent)
    single_sign_on(world, browser, second)
    single_sign_on(world, browser, silent)
    logout(browser, client_id=client.id, logout_uri=LOGOUT)
    deliver(world)
    told = {jwt.decode(t, options={"verify_signature": False})["aud"] for t in party.tokens}
    assert told == {client.id, second.id}


def test_a_client_without_the_metadata_has_cognitos_tokens(
    world: World, public_client: TestClient, browser: FlaskClient
) -> None:
    assert "sid" not in id_claims(signed_in(world, browser, public_client))


def test_somebody_who_proves_himself_again_keeps_his_session(
    world: World, client: TestClient, browser: FlaskClient, party: RelyingParty
) -> None:
    """Else the client would be signed out by a sign-in, and never told of the later sign-out."""
    first = id_claims(signed_in(world, browser, client))
    world.time.now += 60
    second = id_claims(signed_in(world, browser, client))
    assert second["sid"] == first["sid"]
    deliver(world)
    assert party.tokens == []
    logout(browser, client_id=client.id, logout_uri=LOGOUT)
    deliver(world)
    assert logout_claims(world, client, party.tokens[0])["sid"] == first["sid"]


def test_somebody_else_in_the_same_browser_ends_the_session_before(
    world: World, client: TestClient, browser: FlaskClient, party: RelyingParty
) -> None:
    world.user(client.pool_id, "grace@example.com")
    adas = id_claims(signed_in(world, browser, client))
    graces = id_claims(signed_in(world, browser, client, email="grace@example.com"))
    assert graces["sid"] != adas["sid"]
    deliver(world)
    claims = logout_claims(world, client, party.tokens[0])
    assert (claims["sub"], claims["sid"]) == (adas["sub"], adas["sid"])


# --- what else ends sign-ins ---------------------------------------------------------------------


def the_user(world: World) -> User:
    (user,) = world.rows(User)
    found: User = user
    return found


def revoke_browser_session(world: World, _client: TestClient) -> None:
    (session,) = world.rows(BrowserSession)
    _revoke(world, session.session_id)


def revoke_token_session(world: World, _client: TestClient) -> None:
    user = the_user(world)

    def unit(session: Any) -> Any:
        return user_sessions.page(session, user, world.kernel.clock.now(), None)

    (token_session,) = [s for s in world.kernel.database.read(unit) if s.id.startswith("tkn")]
    _revoke(world, token_session.id)


def _revoke(world: World, session_id: str) -> None:
    now = world.kernel.clock.now()
    world.kernel.database.write(
        user_sessions.revoke, the_user(world).id, session_id, now, linked=True
    )


def sign_out_globally(world: World, _client: TestClient) -> None:
    now = world.kernel.clock.now()
    world.kernel.database.write(revocation.revoke_user, the_user(world).id, now)


def disable(world: World, client: TestClient) -> None:
    given = {"UserPoolId": client.pool_id, "Username": the_user(world).username}
    operation(world, "AdminDisableUser", given)


def delete(world: World, _client: TestClient) -> None:
    user_id = the_user(world).id

    def unit(session: Any) -> None:
        users.delete_user(session, session.get_one(User, user_id), world.kernel.clock.now())

    world.kernel.database.write(unit)


def set_password(world: World, client: TestClient) -> None:
    given = {
        "UserPoolId": client.pool_id,
        "Username": the_user(world).username,
        "Password": PASSWORD + "!",
        "Permanent": True,
    }
    operation(world, "AdminSetUserPassword", given)


@pytest.mark.parametrize(
    "end",
    [revoke_browser_session, revoke_token_session, sign_out_globally, disable, delete,
     set_password],
)  # fmt: skip
def test_whatever_ends_the_sign_in_tells_the_client_once(
    world: World, client: TestClient, browser: FlaskClient, party: RelyingParty, end: Any
) -> None:
    told = id_claims(signed_in(world, browser, client))
    world.time.now += 60
    end(world, client)
    deliver(world)
    deliver(world)
    (token,) = party.tokens
    claims = logout_claims(world, client, token)
    assert (claims["sub"], claims["sid"]) == (told["sub"], told["sid"])


def test_a_sign_in_through_the_api_has_no_session_to_tell_of(
    world: World, client: TestClient, party: RelyingParty
) -> None:
    """InitiateAuth is no sign-in at an OpenID provider."""
    context = clients.find(world.kernel, client.id)
    assert context is not None
    world.kernel.database.record(
        world.kernel.of(Tokens).open_family,
        context.context,
        the_user(world).id,
        sign_in_id="sign-in",
    )
    sign_out_globally(world, client)
    deliver(world)
    assert party.tokens == []


# --- delivery ------------------------------------------------------------------------------------


@pytest.fixture
def left(world: World, client: TestClient, browser: FlaskClient) -> None:
    """A notice that waits."""
    signed_in(world, browser, client)
    logout(browser, client_id=client.id, logout_uri=LOGOUT)
    assert len(world.rows(LogoutNotice)) == 1


@pytest.mark.usefixtures("left")
@pytest.mark.parametrize("status", [302, 400, 404, 500, 503])
def test_a_client_that_fails_is_tried_again_later(
    world: World, party: RelyingParty, status: int
) -> None:
    party.answers = [status, 204]
    deliver(world)
    deliver(world)
    assert len(party.tokens) == 1
    world.time.now += 10
    deliver(world)
    assert len(party.tokens) == 2
    assert world.rows(LogoutNotice) == []
    jtis = {jwt.decode(t, options={"verify_signature": False})["jti"] for t in party.tokens}
    assert len(jtis) == 2


@pytest.mark.usefixtures("left")
def test_a_client_that_stays_away_is_given_up(world: World, party: RelyingParty) -> None:
    party.answers = [500]
    for pause in (*logout_delivery.PAUSES, None):
        deliver(world)
        if pause is not None:
            world.time.now += pause.total_seconds()
    assert len(party.tokens) == len(logout_delivery.PAUSES) + 1
    assert world.rows(LogoutNotice) == []


@pytest.mark.usefixtures("left")
def test_a_worker_that_dies_leaves_the_notice_for_the_next(
    world: World, party: RelyingParty
) -> None:
    LogoutDelivery(world.kernel)._take()
    deliver(world)
    assert party.tokens == []
    world.time.now += logout_delivery.LEASE.total_seconds()
    deliver(world)
    assert len(party.tokens) == 1


@pytest.mark.usefixtures("left")
def test_two_workers_deliver_once(world: World, party: RelyingParty) -> None:
    party.wait = 0.2
    with ThreadPoolExecutor(4) as workers:
        for job in [workers.submit(deliver, world) for _ in range(4)]:
            job.result()
    assert len(party.tokens) == 1


@pytest.mark.usefixtures("left")
def test_the_job_of_a_worker_wakes_up(world: World, party: RelyingParty) -> None:
    job = LogoutDelivery(world.kernel)
    job.start()
    revocation.announce(world.kernel)
    party.wait_for(1)
    job.stop()
    assert world.rows(LogoutNotice) == []


@pytest.mark.usefixtures("left")
def test_a_client_that_no_longer_wants_it_is_not_told(
    world: World, client: TestClient, party: RelyingParty
) -> None:
    world.register(client)
    deliver(world)
    assert party.tokens == []
    assert world.rows(LogoutNotice) == []


@pytest.mark.parametrize(
    "uri", ["http://app.example/", "https://app.example/#x", "ftp://app.example", "", 1]
)
def test_an_address_that_is_not_secure_is_refused(
    world: World, public_client: TestClient, uri: Any
) -> None:
    with pytest.raises(WrongSetting, match="backchannel_logout_uri"):
        world.register(public_client, backchannel_logout_uri=uri)


def test_a_pool_that_is_deleted_leaves_nothing_to_tell(
    world: World, client: TestClient, browser: FlaskClient, party: RelyingParty
) -> None:
    signed_in(world, browser, client)
    logout(browser, client_id=client.id, logout_uri=LOGOUT)
    world.kernel.database.write(
        lambda session: session.delete(session.get_one(UserPool, client.pool_id))
    )
    deliver(world)
    assert party.tokens == []


@pytest.mark.parametrize("is_required", [True, False])
def test_a_client_that_requires_sid_gets_no_token_without(
    world: World, client: TestClient, party: RelyingParty, is_required: bool
) -> None:
    world.register(
        client,
        backchannel_logout_uri=party.url,
        backchannel_logout_session_required=is_required,
    )
    (user,) = world.rows(User)
    now = world.kernel.clock.now()
    notice = LogoutNotice(
        id="x", client_id=client.id, user_id=user.id, browser_session_id=None, due=now, created=now
    )
    world.kernel.database.write(lambda session: session.add(notice))
    deliver(world)
    assert len(party.tokens) == (0 if is_required else 1)
    assert world.rows(LogoutNotice) == []
