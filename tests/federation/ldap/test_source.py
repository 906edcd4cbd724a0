"""The directory as the authority: it checks every password, and what it says of people holds."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlencode
from uuid import uuid4

import pytest

from idp.errors import (
    DirectoryUnavailable,
    InvalidParameter,
    NotAuthorized,
    RefreshTokenRevoked,
    SignUpNotPermitted,
    UserDisabled,
)
from idp.models import AttemptCount, User
from idp.user_pools.rules.documented_settings import WrongSetting
from idp.user_pools.services import (
    access,
    directory_users,
    password_change,
    password_reset,
    sign_up,
)
from idp.user_pools.services.circumstances import NOT_TOLD
from idp.user_pools.services.sign_in import machine
from idp.user_pools.services.sign_in.attempt import Asked, Challenge
from idp.user_pools.services.sign_up import Application
from tests.federation.ldap.conftest import DirectoryWorld
from tests.idp.oauth.world import ORIGIN, TestClient, request_of
from tests.idp.oauth.world import PASSWORD as LOCAL_PASSWORD
from tests.servers.run import free_port
from tests.servers.slapd import BASE, GROUPS, PASSWORD, PEOPLE, Slapd

NEW_PASSWORD = "Another-directory-8"


@pytest.fixture
def uid(slapd: Slapd) -> str:
    """Somebody in the directory, of this test's own."""
    name = f"u{uuid4().hex[:10]}"
    slapd.person(name)
    return name


@pytest.fixture
def client(directory_world: DirectoryWorld, slapd: Slapd) -> TestClient:
    return directory_world.client(directory_world.pool(slapd.document()))


def only_user(directory_world: DirectoryWorld) -> User:
    [user] = directory_world.world.rows(User)
    return user  # type: ignore[no-any-return]


def refused(directory_world: DirectoryWorld, client: TestClient, name: str, password: str) -> None:
    with pytest.raises(NotAuthorized, match="Incorrect username or password"):
        directory_world.sign_in(client, name, password)


def test_a_person_signs_in_with_the_password_of_the_directory_which_is_not_kept(
    directory_world: DirectoryWorld, client: TestClient, uid: str
) -> None:
    tokens = directory_world.sign_in(client, uid, PASSWORD)
    claims = directory_world.claims(tokens)
    assert claims["cognito:username"] == uid
    assert (claims["email"], claims["email_verified"]) == (f"{uid}@example.com", True)
    user = only_user(directory_world)
    assert user.status == "EXTERNAL_PROVIDER"
    kept = (user.sealed_verifier, user.srp_salt, user.password_hash, user.password_set)
    assert kept == (None, None, None, None)


def test_a_wrong_password_and_a_missing_name_are_answered_alike(
    directory_world: DirectoryWorld, client: TestClient, uid: str
) -> None:
    refused(directory_world, client, uid, "wrong")
    refused(directory_world, client, "nobody-at-all", "wrong")
    assert directory_world.world.rows(User) == []


def test_nobody_learns_whether_the_directory_knows_a_name(
    directory_world: DirectoryWorld, client: TestClient, uid: str
) -> None:
    """Not even where the client lets people know who is a user: these are none yet."""
    legacy = directory_world.client(client.pool_id, PreventUserExistenceErrors="LEGACY")
    refused(directory_world, legacy, uid, "wrong")
    refused(directory_world, legacy, "nobody-at-all", "wrong")


def test_strangers_take_no_names_of_the_directory(
    directory_world: DirectoryWorld, client: TestClient, uid: str
) -> None:
    context = directory_world.context(client)
    with pytest.raises(SignUpNotPermitted):
        sign_up.sign_up(directory_world.world.kernel, context, Application(uid, LOCAL_PASSWORD, {}))
    directory_world.world.relax_pkce(client)
    page = directory_world.world.browser().get(
        "/login?" + urlencode(request_of(client)), base_url=ORIGIN
    )
    assert page.status_code == 200
    assert "/signup" not in page.text


def test_a_changed_password_counts_at_once(
    directory_world: DirectoryWorld, slapd: Slapd, client: TestClient, uid: str
) -> None:
    directory_world.sign_in(client, uid, PASSWORD)
    slapd.replace(f"uid={uid},{PEOPLE}", userPassword=NEW_PASSWORD)
    refused(directory_world, client, uid, PASSWORD)
    assert directory_world.sign_in(client, uid, NEW_PASSWORD)


def test_attributes_and_mapped_groups_follow_the_directory(
    directory_world: DirectoryWorld, slapd: Slapd, uid: str
) -> None:
    dn, name = f"uid={uid},{PEOPLE}", f"makers-{uid}"
    group = slapd.group(name, dn)
    groups = {"base_dn": GROUPS, "mapping": {group: "makers", "other": "others"}}
    pool_id = directory_world.pool(slapd.document(groups=groups), "makers", "others", "own")
    client = directory_world.client(pool_id)
    claims = directory_world.claims(directory_world.sign_in(client, uid, PASSWORD))
    assert claims["cognito:groups"] == ["makers"]
    directory_world.join(pool_id, "own", only_user(directory_world).id)
    slapd.replace(dn, mail="new@example.com")
    slapd.delete(group)
    claims = directory_world.claims(directory_world.sign_in(client, uid, PASSWORD))
    assert claims["email"] == "new@example.com"
    assert claims["cognito:groups"] == ["own"]


def test_an_attribute_that_the_directory_has_no_more_goes(
    directory_world: DirectoryWorld, slapd: Slapd, client: TestClient, uid: str
) -> None:
    directory_world.sign_in(client, uid, PASSWORD)
    slapd.change(f"dn: uid={uid},{PEOPLE}\nchangetype: modify\ndelete: mail")
    claims = directory_world.claims(directory_world.sign_in(client, uid, PASSWORD))
    assert "email" not in claims


def test_groups_may_be_read_of_the_persons_own_entry(
    directory_world: DirectoryWorld, slapd: Slapd, uid: str
) -> None:
    slapd.group(f"readers-{uid}", f"uid={uid},{PEOPLE}")
    groups = {"mapping": {f"readers-{uid}": "readers"}}
    client = directory_world.client(directory_world.pool(slapd.document(groups=groups), "readers"))
    claims = directory_world.claims(directory_world.sign_in(client, uid, PASSWORD))
    assert claims["cognito:groups"] == ["readers"]


def test_a_renamed_person_stays_the_same_user(
    directory_world: DirectoryWorld, slapd: Slapd, client: TestClient, uid: str
) -> None:
    before = directory_world.claims(directory_world.sign_in(client, uid, PASSWORD))["sub"]
    slapd.change(f"dn: uid={uid},{PEOPLE}\nchangetype: modrdn\nnewrdn: uid={uid}x\ndeleteoldrdn: 1")
    after = directory_world.claims(directory_world.sign_in(client, f"{uid}x", PASSWORD))["sub"]
    assert before == after


def test_people_go_on_being_known_by_the_same_identifier(
    directory_world: DirectoryWorld, slapd: Slapd, client: TestClient, uid: str
) -> None:
    directory_world.configure(client.pool_id, slapd.document(id_attribute="uid"))
    directory_world.configure(client.pool_id, slapd.document())
    directory_world.sign_in(client, uid, PASSWORD)
    directory_world.configure(client.pool_id, slapd.document(id_attribute="entryuuid"))
    with pytest.raises(WrongSetting, match="id_attribute cannot change"):
        directory_world.configure(client.pool_id, slapd.document(id_attribute="uid"))


def test_who_gets_the_name_of_somebody_who_left_does_not_become_him(
    directory_world: DirectoryWorld, slapd: Slapd, client: TestClient, uid: str
) -> None:
    directory_world.sign_in(client, uid, PASSWORD)
    slapd.delete(f"uid={uid},{PEOPLE}")
    slapd.person(uid, NEW_PASSWORD)
    refused(directory_world, client, uid, NEW_PASSWORD)


def test_the_pools_own_user_keeps_his_name_and_his_password(
    directory_world: DirectoryWorld, client: TestClient, uid: str
) -> None:
    directory_world.own_user(client.pool_id, uid)
    refused(directory_world, client, uid, PASSWORD)
    tokens = directory_world.sign_in(client, uid, LOCAL_PASSWORD)
    assert directory_world.claims(tokens)["cognito:username"] == uid


def test_an_address_of_another_user_is_not_taken_over(
    directory_world: DirectoryWorld, slapd: Slapd, uid: str
) -> None:
    pool_id = directory_world.pool(slapd.document(), AliasAttributes=["email"])
    client = directory_world.client(pool_id)
    directory_world.own_user(pool_id, "victim", email="victim@example.com")
    directory_world.sign_in(client, uid, PASSWORD)
    slapd.replace(f"uid={uid},{PEOPLE}", mail="victim@example.com")
    claims = directory_world.claims(directory_world.sign_in(client, uid, PASSWORD))
    assert claims["email"] == f"{uid}@example.com"


def test_no_password_is_set_here(
    directory_world: DirectoryWorld, client: TestClient, uid: str
) -> None:
    world = directory_world.world
    legacy = directory_world.client(client.pool_id, PreventUserExistenceErrors="LEGACY")
    tokens = directory_world.sign_in(client, uid, PASSWORD)
    with pytest.raises(NotAuthorized, match="cannot be reset in the current state"):
        password_reset.start(world.kernel, directory_world.context(legacy), uid, {})
    owner = access.authenticate(world.kernel, tokens.access_token)
    for previous in (PASSWORD, "wrong", None):
        with pytest.raises(NotAuthorized, match="cannot be changed in the current state"):
            password_change.change(world.kernel, owner, previous, LOCAL_PASSWORD, NOT_TOLD)


def test_a_client_cannot_allow_what_needs_a_verifier(
    directory_world: DirectoryWorld, slapd: Slapd, client: TestClient
) -> None:
    with pytest.raises(InvalidParameter, match="ALLOW_USER_SRP_AUTH"):
        directory_world.client(client.pool_id, ExplicitAuthFlows=["ALLOW_USER_SRP_AUTH"])
    other = directory_world.world.pool()
    directory_world.client(other, ExplicitAuthFlows=["ALLOW_USER_SRP_AUTH"])
    with pytest.raises(WrongSetting, match="mode cannot be source"):
        directory_world.configure(other, slapd.document())


def test_who_chooses_how_to_sign_in_is_offered_the_password(
    directory_world: DirectoryWorld, slapd: Slapd, uid: str
) -> None:
    pool_id = directory_world.pool(slapd.document(), UserPoolTier="ESSENTIALS")
    for prevent in ("ENABLED", "LEGACY"):
        client = directory_world.client(
            pool_id, ExplicitAuthFlows=["ALLOW_USER_AUTH"], PreventUserExistenceErrors=prevent
        )
        for _ in range(2):  # before he is a user, and after
            kernel, asked = directory_world.world.kernel, Asked()
            given = {"USERNAME": uid}
            posed = machine.start(kernel, "USER_AUTH", client.id, given, asked)
            assert isinstance(posed, Challenge)
            assert posed.available == ("PASSWORD",)
            given = {"USERNAME": uid, "PREFERRED_CHALLENGE": "PASSWORD", "PASSWORD": PASSWORD}
            assert machine.start(kernel, "USER_AUTH", client.id, given, asked)


def test_who_is_removed_is_signed_out_and_let_in_again_with_a_good_password_alone(
    directory_world: DirectoryWorld, slapd: Slapd, uid: str
) -> None:
    dn = f"uid={uid},{PEOPLE}"
    members_only = f"(&(uid={{username}})(title=member-{uid}))"
    slapd.change(f"dn: {dn}\nchangetype: modify\nadd: title\ntitle: member-{uid}")
    client = directory_world.client(directory_world.pool(slapd.document(user_filter=members_only)))
    tokens = directory_world.sign_in(client, uid, PASSWORD)
    directory_world.check()
    assert directory_world.refresh(client, tokens)
    slapd.replace(dn, title="former")
    directory_world.check(5)
    assert directory_world.refresh(client, tokens)  # not asked yet
    directory_world.check()
    with pytest.raises(RefreshTokenRevoked):
        directory_world.refresh(client, tokens)
    assert not only_user(directory_world).enabled
    slapd.replace(dn, title=f"member-{uid}")
    refused(directory_world, client, uid, "wrong")
    assert directory_world.sign_in(client, uid, PASSWORD)
    assert only_user(directory_world).enabled


def test_whom_an_administrator_disabled_stays_so(
    directory_world: DirectoryWorld, client: TestClient, uid: str
) -> None:
    directory_world.sign_in(client, uid, PASSWORD)
    directory_world.world.change_user(only_user(directory_world).id, enabled=False)
    with pytest.raises(UserDisabled):
        directory_world.sign_in(client, uid, PASSWORD)


def test_while_the_directory_is_away_people_stay_signed_in_for_a_while(
    directory_world: DirectoryWorld, slapd: Slapd, client: TestClient, uid: str
) -> None:
    tokens = directory_world.sign_in(client, uid, PASSWORD)
    away = slapd.document(urls=[f"ldaps://localhost:{free_port()}"], grace_minutes=60)
    directory_world.configure(client.pool_id, away)
    directory_world.check(70)
    assert directory_world.refresh(client, tokens)
    with pytest.raises(DirectoryUnavailable):
        directory_world.sign_in(client, uid, PASSWORD)
    directory_world.check(10)
    with pytest.raises(RefreshTokenRevoked):
        directory_world.refresh(client, tokens)
    directory_world.configure(client.pool_id, slapd.document())
    assert directory_world.sign_in(client, uid, PASSWORD)


def test_removing_the_directory_signs_its_people_out(
    directory_world: DirectoryWorld, client: TestClient, uid: str
) -> None:
    world = directory_world.world
    tokens = directory_world.sign_in(client, uid, PASSWORD)
    now = world.kernel.clock.now() + timedelta(seconds=1)
    assert world.kernel.database.write(directory_users.sign_all_out, client.pool_id, now) == 1
    with pytest.raises(RefreshTokenRevoked):
        directory_world.refresh(client, tokens)


def test_start_tls_and_this_machine_work_too(
    directory_world: DirectoryWorld, slapd: Slapd, uid: str
) -> None:
    for members in ({"start_tls": True}, {"plain_on_loopback": True}):
        document = slapd.document(urls=[slapd.url], **members)
        client = directory_world.client(directory_world.pool(document))
        assert directory_world.sign_in(client, uid, PASSWORD)


def test_the_next_server_is_asked_where_one_does_not_answer(
    directory_world: DirectoryWorld, slapd: Slapd, uid: str
) -> None:
    dead = f"ldaps://localhost:{free_port()}"
    document = slapd.document(urls=[dead, slapd.tls_url])
    client = directory_world.client(directory_world.pool(document))
    assert directory_world.sign_in(client, uid, PASSWORD)


def test_a_name_that_two_people_have_is_nobodys(
    directory_world: DirectoryWorld, slapd: Slapd, uid: str
) -> None:
    slapd.person(f"{uid}b", description=uid)
    document = slapd.document(user_filter="(|(uid={username})(description={username}))")
    client = directory_world.client(directory_world.pool(document))
    refused(directory_world, client, uid, PASSWORD)


def test_a_pool_of_addresses_takes_them_from_the_directory(
    directory_world: DirectoryWorld, slapd: Slapd, uid: str
) -> None:
    document = slapd.document(user_filter="(mail={username})")
    client = directory_world.client(directory_world.pool(document, UsernameAttributes=["email"]))
    for _ in range(2):
        tokens = directory_world.sign_in(client, f"{uid}@example.com", PASSWORD)
        assert directory_world.claims(tokens)["email"] == f"{uid}@example.com"
    only_user(directory_world)


def test_a_wrong_secret_of_ours_is_no_wrong_password_of_theirs(
    directory_world: DirectoryWorld, slapd: Slapd, uid: str
) -> None:
    document = slapd.document(bind_password="not it")
    client = directory_world.client(directory_world.pool(document))
    with pytest.raises(DirectoryUnavailable):
        directory_world.sign_in(client, uid, PASSWORD)
    assert directory_world.world.rows(AttemptCount) == []


def test_a_base_that_is_not_there_ends_nobodys_session(
    directory_world: DirectoryWorld, slapd: Slapd, client: TestClient, uid: str
) -> None:
    tokens = directory_world.sign_in(client, uid, PASSWORD)
    directory_world.configure(client.pool_id, slapd.document(base_dn=f"ou=nowhere,{BASE}"))
    directory_world.check()
    assert directory_world.refresh(client, tokens)
