"""ListUserSessions, RevokeUserSession and their Admin twins, and the limit of sessions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from idp import cleanup
from idp.models import BrowserSession, RefreshFamily
from idp.user_pools.rules import session_ids
from idp.user_pools.services import revocation
from tests.idp.user_pools.operations.statements import recorded
from tests.idp.user_pools.operations.tracked import claims_of, current, sessions_of, track
from tests.idp.user_pools.operations.world import (
    FLOWS,
    AppClient,
    Pool,
    World,
    at_once,
    new_email,
    outcome,
    refused,
)


@pytest.fixture(scope="module")
def pool(world: World) -> Pool:
    made = world.email_pool()
    track(made)
    return made


@pytest.fixture(scope="module")
def client(pool: Pool) -> AppClient:
    return pool.client()


@pytest.fixture
def email(pool: Pool) -> str:
    address = new_email()
    pool.create_user(address, email=address, email_verified="true")
    return address


def browser_session(world: World, pool: Pool, email: str) -> str:
    """A session at the hosted pages; journeys through them are in tests/idp/oauth."""
    made = session_ids.new_browser_session(world.kernel.randomness)
    now = world.kernel.clock.now()
    row = BrowserSession(
        id_hash=made.encode(),
        pool_id=pool.id,
        user_id=pool.attributes(email)["sub"],
        auth_time=now,
        expires=world.kernel.clock.now().replace(year=now.year + 1),
        session_id=made,
        last_active=now,
        address="198.51.100.7",
        user_agent="Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    )
    world.kernel.database.write(lambda session: session.add(row))
    return made


def test_person_sees_where_he_is_signed_in(
    world: World, pool: Pool, client: AppClient, email: str
) -> None:
    first = client.tokens(email)
    world.time.pass_by(minutes=5)
    second = pool.client().tokens(email)
    browser = browser_session(world, pool, email)
    seen = {each["SessionId"]: each for each in sessions_of(client, first["AccessToken"])}
    assert len(seen) == 3
    assert seen[browser]["SessionType"] == "SSO"
    assert seen[browser]["DeviceType"] == "Firefox on Linux"
    assert "ClientId" not in seen[browser]
    (mine,) = [each for each in seen.values() if each["IsCurrentSession"]]
    assert mine["SessionType"] == "TOKEN"
    assert mine["ClientId"] == client.id
    assert mine["LastIPAddress"] == "127.0.0.1"
    assert mine["DeviceType"].startswith("AWS SDK for Python")
    assert mine["CreateDate"] == mine["LastActiveDate"]
    assert "OriginSessionId" not in mine
    assert "LastLocation" not in mine
    other = current(client, second["AccessToken"])
    assert other["SessionId"] != mine["SessionId"]
    assert (other["CreateDate"] - mine["CreateDate"]).total_seconds() == 300


def test_administrator_sees_the_same_and_no_current_one(
    pool: Pool, client: AppClient, email: str
) -> None:
    tokens = client.tokens(email)
    seen = pool.call("admin_list_user_sessions", Username=email)["Sessions"]
    (mine,) = sessions_of(client, tokens["AccessToken"])
    assert seen == [{**mine, "IsCurrentSession": False}]
    with refused("UserNotFoundException"):
        pool.call("admin_list_user_sessions", Username=new_email())


def test_ids_stand_for_families_and_back() -> None:
    for family in ("00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"):
        assert session_ids.family_of(session_ids.of_family(family)) == family
    assert session_ids.family_of("tkn" + "z" * 25) is None
    assert session_ids.family_of("sso" + "0" * 25) is None


def test_expired_sessions_are_not_listed(world: World, pool: Pool, email: str) -> None:
    short = pool.client(RefreshTokenValidity=60, TokenValidityUnits={"RefreshToken": "minutes"})
    short.tokens(email)
    world.time.pass_by(minutes=60)
    assert pool.call("admin_list_user_sessions", Username=email)["Sessions"] == []


def test_refreshing_keeps_the_session_current(world: World, client: AppClient, email: str) -> None:
    tokens = client.tokens(email)
    world.time.pass_by(minutes=10)
    renewed = client.refresh(tokens["RefreshToken"])["AuthenticationResult"]
    mine = current(client, renewed["AccessToken"])
    assert (mine["LastActiveDate"] - mine["CreateDate"]).total_seconds() == 600


def test_rotating_keeps_the_session_current(world: World, pool: Pool, email: str) -> None:
    client = pool.client(
        ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"],
        RefreshTokenRotation={"Feature": "ENABLED", "RetryGracePeriodSeconds": 0},
    )
    tokens = client.tokens(email)
    world.time.pass_by(seconds=10)
    renewed = client.rotate(tokens["RefreshToken"])
    mine = current(client, renewed["AccessToken"])
    assert (mine["LastActiveDate"] - mine["CreateDate"]).total_seconds() == 10


def test_session_shows_from_where_it_was_refreshed_last(
    pool: Pool, client: AppClient, email: str
) -> None:
    def refreshed(address: str, agent: str) -> dict[str, Any]:
        pool.call(
            "admin_initiate_auth",
            ClientId=client.id,
            AuthFlow="REFRESH_TOKEN_AUTH",
            AuthParameters={"REFRESH_TOKEN": tokens["RefreshToken"]},
            ContextData={
                "IpAddress": address,
                "ServerName": "s",
                "ServerPath": "/",
                "HttpHeaders": [{"headerName": "User-Agent", "headerValue": agent}],
            },
        )
        return current(client, tokens["AccessToken"])

    tokens = client.tokens(email)
    phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) CriOS/130.0 Safari/604.1"
    seen = refreshed("203.0.113.9", phone)
    assert (seen["LastIPAddress"], seen["DeviceType"]) == ("203.0.113.9", "Chrome on iOS")
    assert refreshed("203.0.113.9", "ä" * 5000)["DeviceType"] == "unknown"


def test_refreshing_at_once_writes_nothing_more(
    world: World, client: AppClient, email: str
) -> None:
    tokens = client.tokens(email)
    client.refresh(tokens["RefreshToken"])
    before = current(client, tokens["AccessToken"])
    world.time.pass_by(seconds=59)
    client.refresh(tokens["RefreshToken"])
    assert current(client, tokens["AccessToken"]) == before


def test_pages_hold_every_session_once(world: World, pool: Pool, client: AppClient) -> None:
    address, track_more = new_email(), 130
    sub = pool.create_user(address)
    tokens = client.tokens(address)
    for _ in range(track_more):
        browser_session(world, pool, address)
    first = world.public.list_user_sessions(AccessToken=tokens["AccessToken"])
    assert len(first["Sessions"]) == 125
    second = world.public.list_user_sessions(
        AccessToken=tokens["AccessToken"], NextToken=first["NextToken"]
    )
    seen = [each["SessionId"] for each in (*first["Sessions"], *second["Sessions"])]
    assert len(seen) == len(set(seen)) == track_more + 1
    assert "NextToken" not in second
    other = new_email()
    pool.create_user(other)
    stranger = client.tokens(other)["AccessToken"]
    with refused("InvalidParameterException"):
        world.public.list_user_sessions(AccessToken=stranger, NextToken=first["NextToken"])
    assert claims_of(tokens["AccessToken"])["sub"] == sub


def test_revoked_session_ends_at_once_and_is_gone(
    world: World, pool: Pool, client: AppClient, email: str
) -> None:
    lost, here = client.tokens(email), client.tokens(email)
    lost_id = current(client, lost["AccessToken"])["SessionId"]
    request = {"AccessToken": here["AccessToken"], "SessionId": lost_id}
    world.public.revoke_user_session(**request)
    with refused("NotAuthorizedException", "revoked"):
        world.public.get_user(AccessToken=lost["AccessToken"])
    with refused("NotAuthorizedException", "revoked"):
        client.refresh(lost["RefreshToken"])
    assert [each["IsCurrentSession"] for each in sessions_of(client, here["AccessToken"])] == [True]
    with refused("ResourceNotFoundException"):
        world.public.revoke_user_session(**request)


def test_session_is_not_revoked_with_its_own_token(
    world: World, client: AppClient, email: str
) -> None:
    tokens = client.tokens(email)
    own = current(client, tokens["AccessToken"])["SessionId"]
    with refused("InvalidParameterException"):
        world.public.revoke_user_session(AccessToken=tokens["AccessToken"], SessionId=own)
    assert client.refresh(tokens["RefreshToken"])


def test_nobody_revokes_anothers_session(
    world: World, pool: Pool, client: AppClient, email: str
) -> None:
    """And he does not learn that it is there."""
    victim = client.tokens(email)
    token_session = current(client, victim["AccessToken"])["SessionId"]
    sso_session = browser_session(world, pool, email)
    other = new_email()
    pool.create_user(other)
    attacker = client.tokens(other)["AccessToken"]
    absent = "tkn" + "0" * 25
    for each in (token_session, sso_session, absent, "sso" + "0" * 25, "tkn" + "z" * 25):
        for associated in ("NONE", "LINKED"):
            given = {"SessionId": each, "RevokeAssociatedSessions": associated}
            with refused("ResourceNotFoundException", "Session not found."):
                world.public.revoke_user_session(AccessToken=attacker, **given)
            with refused("ResourceNotFoundException", "Session not found."):
                pool.call("admin_revoke_user_session", Username=other, **given)
    assert len(sessions_of(client, victim["AccessToken"])) == 2
    assert not {token_session, sso_session} & {
        each["SessionId"] for each in sessions_of(client, attacker)
    }


@pytest.mark.parametrize("text", ["", "tkn", "tkn" + "A" * 25, "tkn" + "0" * 26, "abc" + "0" * 25])
def test_malformed_ids_are_refused(pool: Pool, email: str, text: str) -> None:
    with refused("InvalidParameterException"):
        pool.call("admin_revoke_user_session", Username=email, SessionId=text)


def test_administrator_revokes_what_belongs_to_the_user(
    pool: Pool, client: AppClient, email: str
) -> None:
    tokens = client.tokens(email)
    session_id = current(client, tokens["AccessToken"])["SessionId"]
    pool.call("admin_revoke_user_session", Username=email, SessionId=session_id)
    with refused("NotAuthorizedException", "revoked"):
        client.refresh(tokens["RefreshToken"])
    with refused("UserNotFoundException"):
        pool.call("admin_revoke_user_session", Username=new_email(), SessionId=session_id)


def test_other_pools_administrators_reach_no_session(
    world: World, pool: Pool, client: AppClient, email: str
) -> None:
    tokens = client.tokens(email)
    session_id = current(client, tokens["AccessToken"])["SessionId"]
    other = world.email_pool()
    track(other)
    other.create_user(email)
    with refused("ResourceNotFoundException"):
        other.call("admin_revoke_user_session", Username=email, SessionId=session_id)
    stranger = world.client(key="OTHER")
    with refused("ResourceNotFoundException"):
        stranger.admin_list_user_sessions(UserPoolId=pool.id, Username=email)
    assert client.refresh(tokens["RefreshToken"])


def operations(pool: Pool, token: str, email: str) -> list[Callable[[], Any]]:
    public, some = pool.world.public, "tkn" + "0" * 25
    return [
        lambda: public.list_user_sessions(AccessToken=token),
        lambda: public.revoke_user_session(AccessToken=token, SessionId=some),
        lambda: pool.call("admin_list_user_sessions", Username=email),
        lambda: pool.call("admin_revoke_user_session", Username=email, SessionId=some),
    ]


def test_pool_that_does_not_track_has_no_sessions_to_show(world: World) -> None:
    pool, address = world.email_pool(), new_email()
    pool.create_user(address)
    token = pool.client().tokens(address)["AccessToken"]
    for operation in operations(pool, token, address):
        with refused("OperationNotEnabledException"):
            operation()


def test_revoked_and_foreign_tokens_list_nothing(
    world: World, client: AppClient, email: str
) -> None:
    tokens = client.tokens(email)
    client.call("revoke_token", Token=tokens["RefreshToken"])
    for token in (tokens["AccessToken"], tokens["IdToken"], "x.y.z"):
        with refused("NotAuthorizedException"):
            world.public.list_user_sessions(AccessToken=token)


def limited(world: World, most: int) -> tuple[Pool, AppClient, str]:
    pool, address = world.email_pool(), new_email()
    pool.create_user(address)
    track(pool, most)
    return pool, pool.client(), address


def test_one_more_sign_in_ends_the_session_used_least(world: World) -> None:
    _, client, address = limited(world, 2)
    first = client.tokens(address)
    world.time.pass_by(minutes=2)
    second = client.tokens(address)
    world.time.pass_by(minutes=2)
    client.refresh(first["RefreshToken"])
    world.time.pass_by(minutes=2)
    third = client.tokens(address)
    with refused("NotAuthorizedException", "revoked"):
        client.refresh(second["RefreshToken"])
    with refused("NotAuthorizedException", "revoked"):
        world.public.get_user(AccessToken=second["AccessToken"])
    for kept in (first, third):
        assert client.refresh(kept["RefreshToken"])


def test_lowered_limit_holds_from_the_next_sign_in(world: World) -> None:
    pool, client, address = limited(world, 20)
    before = [client.tokens(address) for _ in range(5)]
    track(pool, 1)
    assert len(sessions_of(client, before[0]["AccessToken"])) == 5
    last = client.tokens(address)
    assert len(sessions_of(client, last["AccessToken"])) == 1
    for tokens in before:
        with refused("NotAuthorizedException", "revoked"):
            client.refresh(tokens["RefreshToken"])


def test_refused_sign_ins_end_no_session(world: World) -> None:
    _, client, address = limited(world, 1)
    tokens = client.tokens(address)
    with refused("NotAuthorizedException"):
        client.sign_in(address, "Wrong-horse-7")
    assert client.refresh(tokens["RefreshToken"])


def test_limit_counts_each_user_alone(world: World) -> None:
    pool, client, address = limited(world, 1)
    other = new_email()
    pool.create_user(other)
    tokens = client.tokens(address)
    client.tokens(other)
    assert client.refresh(tokens["RefreshToken"])


def test_parallel_sign_ins_do_not_pass_the_limit(world: World) -> None:
    pool, client, address = limited(world, 3)
    assert at_once(*[lambda: client.tokens(address)] * 8) == ["ok"] * 8
    assert len(pool.call("admin_list_user_sessions", Username=address)["Sessions"]) == 3


def test_evicted_session_is_in_the_revocation_feed(world: World) -> None:
    _, client, address = limited(world, 1)
    ended = claims_of(client.tokens(address)["AccessToken"])["origin_jti"]
    client.tokens(address)
    rows = world.kernel.database.read(revocation.since, 0, world.kernel.clock.now())
    assert ended in {row.origin_jti for row in rows}


def test_revoking_in_parallel_succeeds_once(world: World) -> None:
    pool, client, address = limited(world, 20)
    session_id = current(client, client.tokens(address)["AccessToken"])["SessionId"]

    def revoke() -> None:
        pool.call("admin_revoke_user_session", Username=address, SessionId=session_id)

    assert at_once(*[revoke] * 4).count("ok") == 1
    assert outcome(revoke) == "ResourceNotFoundException"


def test_pool_that_does_not_track_pays_nothing(world: World) -> None:
    """The same statements with and without, but for those of the limit."""
    address = new_email()
    plain = world.email_pool()
    plain.create_user(address)
    client = plain.client(ExplicitAuthFlows=FLOWS)
    client.tokens(address)
    with recorded(world) as statements:
        client.tokens(address)
        tokens = client.tokens(address)
        client.refresh(tokens["RefreshToken"])
    assert not [each for each, _ in statements if "count(" in each.lower()]
    assert not [each for each, _ in statements if "user_pool_documents" in each]
    assert not [each for each, _ in statements if each.startswith("UPDATE refresh_families")]


def came_through(world: World, client: AppClient, tokens: dict[str, str], origin: str) -> None:
    """Link a token session to a browser session, as a code from the hosted pages does."""

    def unit(session: Any) -> None:
        family_id = claims_of(tokens["AccessToken"])["origin_jti"]
        session.get_one(RefreshFamily, family_id).browser_session_id = origin

    world.kernel.database.write(unit)


def is_there(world: World, session_id: str) -> bool:
    query = select(BrowserSession).where(BrowserSession.session_id == session_id)
    return world.kernel.database.read(lambda session: session.scalar(query)) is not None


def test_linked_token_revocation_ends_the_browser_session_alone(
    world: World, pool: Pool, client: AppClient, email: str
) -> None:
    lost, sibling = client.tokens(email), client.tokens(email)
    origin = browser_session(world, pool, email)
    for tokens in (lost, sibling):
        came_through(world, client, tokens, origin)
    assert current(client, lost["AccessToken"])["OriginSessionId"] == origin
    client.call("revoke_token", Token=lost["RefreshToken"], RevokeAssociatedSessions="LINKED")
    assert not is_there(world, origin)
    assert client.refresh(sibling["RefreshToken"])
    with refused("NotAuthorizedException", "revoked"):
        client.refresh(lost["RefreshToken"])


@pytest.mark.parametrize("associated", [{}, {"RevokeAssociatedSessions": "NONE"}])
def test_token_is_revoked_alone_by_default(
    world: World, pool: Pool, client: AppClient, email: str, associated: dict[str, str]
) -> None:
    tokens, origin = client.tokens(email), browser_session(world, pool, email)
    came_through(world, client, tokens, origin)
    client.call("revoke_token", Token=tokens["RefreshToken"], **associated)
    assert is_there(world, origin)


def test_linked_has_no_effect_while_tracking_is_off(world: World) -> None:
    pool, client, address = limited(world, 5)
    tokens, origin = client.tokens(address), browser_session(world, pool, address)
    came_through(world, client, tokens, origin)
    track(pool, tracking="DISABLED")
    client.call("revoke_token", Token=tokens["RefreshToken"], RevokeAssociatedSessions="LINKED")
    assert is_there(world, origin)
    with refused("NotAuthorizedException", "revoked"):
        client.refresh(tokens["RefreshToken"])


def test_person_ends_all_that_came_through_a_browser(
    world: World, pool: Pool, client: AppClient, email: str
) -> None:
    lost, here = client.tokens(email), client.tokens(email)
    origin = browser_session(world, pool, email)
    came_through(world, client, lost, origin)
    world.public.revoke_user_session(
        AccessToken=here["AccessToken"], SessionId=origin, RevokeAssociatedSessions="LINKED"
    )
    assert [each["SessionType"] for each in sessions_of(client, here["AccessToken"])] == ["TOKEN"]
    with refused("NotAuthorizedException", "revoked"):
        client.refresh(lost["RefreshToken"])


def test_nobody_ends_anothers_browser_session_by_a_link(
    world: World, pool: Pool, client: AppClient, email: str
) -> None:
    """Whatever a family says of where it came from: both must be the same user's."""
    victims = browser_session(world, pool, email)
    other = new_email()
    pool.create_user(other)
    tokens = client.tokens(other)
    came_through(world, client, tokens, victims)
    client.call("revoke_token", Token=tokens["RefreshToken"], RevokeAssociatedSessions="LINKED")
    assert is_there(world, victims)


def test_other_workers_hear_of_a_revoked_session(
    world: World, pool: Pool, client: AppClient, email: str
) -> None:
    heard: list[bytes] = []
    world.kernel.shared_state.subscribe(revocation.CHANNEL, heard.append, lambda: None)
    lost, here = client.tokens(email), client.tokens(email)
    ids = [current(client, each["AccessToken"])["SessionId"] for each in (lost, here)]
    world.public.revoke_user_session(AccessToken=here["AccessToken"], SessionId=ids[0])
    assert len(heard) == 1
    pool.call("admin_revoke_user_session", Username=email, SessionId=ids[1])
    assert len(heard) == 2
    ended = world.kernel.database.read(revocation.since, 0, world.kernel.clock.now())
    families = {session_ids.family_of(each) for each in ids}
    assert families <= {row.origin_jti for row in ended}


def test_evicted_sessions_do_not_pile_up(world: World) -> None:
    """They are swept a day later, when no token of theirs is alive, not after thirty."""
    pool, client, address = limited(world, 1)
    sub = pool.attributes(address)["sub"]
    for _ in range(4):
        last = client.tokens(address)
    world.time.pass_days(1.01)
    cleanup.sweep(world.kernel)
    query = select(RefreshFamily.id).where(RefreshFamily.user_id == sub)
    left = world.kernel.database.read(lambda session: list(session.scalars(query)))
    assert left == [claims_of(last["AccessToken"])["origin_jti"]]
    assert client.refresh(last["RefreshToken"])
