"""Names and passwords that mean more to a directory than a name and a password."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from pyasn1.codec.ber import decoder

from federation.ldap import filters, messages
from federation.ldap.messages import Unsendable
from idp.errors import IdpError, InvalidParameter, NotAuthorized
from idp.models import User
from tests.federation.ldap.conftest import DirectoryWorld
from tests.servers.active_directory import SEARCHER, ActiveDirectory, active_directory
from tests.servers.slapd import BASE, GROUPS, PASSWORD, PEOPLE, Slapd

FILTERS = [
    "*",
    "ad*",
    "*)(uid=*",
    "*)(|(uid=*",
    "ada)(uid=ada",
    "ada)(|(password=*)",
    "*))%00",
    "ada\x00",
    "ada\x00)(uid=*",
    "\\2a",
    "\\61da",
    "ad\\61",
    "ada)",
    "(ada",
    "&",
    "|(uid=ada)",
    "!(uid=nobody)",
    "ada:dn:=ada",
    "{username}",
    "{dn}",
    "ada\ud800",
    "ada\u2a00",
    "\uff0a",
    "uid=ada",
    f"uid=ada,{PEOPLE}",
    "ada,ou=people",
    "ada+cn=admin",
    '"ada"',
    "ada#",
    "ada;binary",
    "a" * 5000,
]
IDS = [f"filter-{number}" for number in range(len(FILTERS))]


@pytest.fixture(scope="module", autouse=True)
def _ada(slapd: Slapd) -> None:
    slapd.person("ada")


def test_a_name_is_never_more_than_a_name(directory_world: DirectoryWorld, slapd: Slapd) -> None:
    client = directory_world.client(directory_world.pool(slapd.document()))
    for name in FILTERS:
        with pytest.raises(NotAuthorized, match="Incorrect username or password"):
            directory_world.sign_in(client, name, PASSWORD)
    assert directory_world.world.rows(User) == []
    assert directory_world.sign_in(client, "ada", PASSWORD)


@pytest.mark.parametrize("name", FILTERS, ids=IDS)
def test_a_filter_compares_the_name_as_it_is(name: str) -> None:
    """Read by another reader of BER: one equality, whose value is the name."""
    from ldap3.protocol.rfc4511 import LDAPMessage

    text = filters.fill("(uid={username})", {"username": name})
    request = messages.search_request(1, "dc=x", "subtree", text, ["cn"], (1, 1))
    read, rest = decoder.decode(request, asn1Spec=LDAPMessage())
    assert rest == b""
    sought = read["protocolOp"]["searchRequest"]["filter"]
    assert sought.getName() == "equalityMatch"
    assert bytes(sought["equalityMatch"]["assertionValue"]) == name.encode(errors="replace")


@pytest.mark.parametrize(
    "cn", ["Doe\\, John", "a*b", "x)(member=*", "\\#1", "Müller \\+ Söhne"], ids=range(5)
)
def test_the_dn_of_a_person_is_never_more_than_a_dn(
    directory_world: DirectoryWorld, slapd: Slapd, cn: str, request: pytest.FixtureRequest
) -> None:
    """It goes into the filter that looks for groups."""
    uid = f"dn{request.node.callspec.indices['cn']}"
    dn = f"cn={cn},{PEOPLE}"
    slapd.change(
        f"dn: {dn}\nobjectClass: inetOrgPerson\nuid: {uid}\nsn: x\nuserPassword: {PASSWORD}",
        "ldapadd",
    )
    own, others = slapd.group(f"own-{uid}", dn), slapd.group(f"others-{uid}", f"uid=ada,{PEOPLE}")
    groups = {"base_dn": GROUPS, "mapping": {own: "own", others: "others"}}
    document = slapd.document(groups=groups, attributes={}, verified=None)
    client = directory_world.client(directory_world.pool(document, "own", "others"))
    claims = directory_world.claims(directory_world.sign_in(client, uid, PASSWORD))
    assert claims["cognito:groups"] == ["own"]


@pytest.mark.parametrize("others", ["people", "groups"], ids=["elsewhere", "beside-it"])
def test_a_group_that_is_called_like_a_dn_is_not_the_group_that_has_it(
    directory_world: DirectoryWorld, slapd: Slapd, others: str
) -> None:
    """Whoever may make groups, and none of that name at that place, calls one as he likes."""
    uid, wanted = f"mallory-{others}", f"cn=engineers-{others},{GROUPS}"
    dn = slapd.person(uid)
    escaped = wanted.replace(",", "\\,").replace("=", "\\=")
    slapd.change(
        f"dn: cn={escaped},ou={others},{BASE}\nobjectClass: groupOfNames\n"
        f"cn: {wanted}\nmember: {dn}",
        "ldapadd",
    )
    own = slapd.group(f"own-{others}", dn)
    mapping = {wanted: "engineers", own: "own", f"own-{others}": "named"}
    document = slapd.document(groups={"base_dn": BASE, "mapping": mapping})
    client = directory_world.client(directory_world.pool(document, "engineers", "own", "named"))
    claims = directory_world.claims(directory_world.sign_in(client, uid, PASSWORD))
    assert sorted(claims["cognito:groups"]) == ["named", "own"]


def test_nor_is_one_of_the_persons_own_entry(
    directory_world: DirectoryWorld, ad: ActiveDirectory
) -> None:
    """RFC 4514 §2.4 lets a `=` stand in a value as it is."""
    ad.accounts["ada"].more["memberOf"] = [b"CN=CN=Engineers,OU=Own,DC=corp"]
    document = ad.document(groups={"mapping": {"CN=Engineers": "engineers"}})
    client = directory_world.client(directory_world.pool(document, "engineers"))
    claims = directory_world.claims(directory_world.sign_in(client, "ada", PASSWORD))
    assert "cognito:groups" not in claims


@pytest.fixture
def ad() -> Iterator[ActiveDirectory]:
    """It takes an empty password for an anonymous bind, and says that it succeeded."""
    with active_directory() as running:
        running.add("ada", PASSWORD)
        yield running


@pytest.mark.parametrize(
    ("password", "error", "binds"),
    [
        pytest.param("", InvalidParameter, [], id="empty"),
        pytest.param("\u00ad", NotAuthorized, [SEARCHER], id="soft-hyphen"),
        pytest.param("\u00ad\u2060", NotAuthorized, [SEARCHER], id="nothing-seen"),
        pytest.param("\x00", NotAuthorized, [SEARCHER], id="nul"),
        pytest.param("\x00x", NotAuthorized, [SEARCHER], id="nul-first"),
        pytest.param("\ud800", NotAuthorized, [SEARCHER], id="surrogate"),
        pytest.param("x" * 100_000, NotAuthorized, [], id="long"),
    ],
)
def test_a_password_that_is_none_is_never_sent(
    directory_world: DirectoryWorld,
    ad: ActiveDirectory,
    password: str,
    error: type[IdpError],
    binds: list[str],
) -> None:
    """RFC 4513 §5.1.2: "Clients SHOULD disallow an empty password input to a Name/Password
    Authentication user interface", for servers may take it for a success."""
    client = directory_world.client(directory_world.pool(ad.document()))
    with pytest.raises(error, match=r"password|PASSWORD"):
        directory_world.sign_in(client, "ada", password)
    assert [dn for dn, _ in ad.binds] == binds
    assert "" not in [given for _, given in ad.binds]
    assert directory_world.world.rows(User) == []


@pytest.mark.parametrize(("dn", "password"), [("", "x"), ("cn=x", ""), ("cn=x", "\u00ad")])
def test_no_bind_without_name_or_password_can_be_written(dn: str, password: str) -> None:
    with pytest.raises(Unsendable):
        messages.bind_request(1, dn, password)


def test_an_entry_without_a_dn_signs_nobody_in(
    directory_world: DirectoryWorld, ad: ActiveDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bind with an empty DN is anonymous, whatever the password (RFC 4513 §5.1.1)."""
    search: Any = ad.search
    monkeypatch.setattr(ad, "search", lambda sought: [("", found) for _, found in search(sought)])
    client = directory_world.client(directory_world.pool(ad.document()))
    with pytest.raises(NotAuthorized):
        directory_world.sign_in(client, "ada", PASSWORD)
    searcher, decoy = (dn for dn, _ in ad.binds)
    assert searcher == SEARCHER
    assert decoy.startswith("cn=")
