"""The directory as the authority: it checks every password, and what it says of people holds."""

from __future__ import annotations

import pytest

from idp.errors import NotAuthorized
from tests.federation.ldap.conftest import DirectoryWorld
from tests.servers.slapd import PASSWORD, Slapd


def test_a_person_of_the_directory_signs_in_with_its_password(
    directory_world: DirectoryWorld, slapd: Slapd
) -> None:
    slapd.person("lovelace")
    client = directory_world.client(directory_world.pool(slapd.document()))
    tokens = directory_world.sign_in(client, "lovelace", PASSWORD)
    assert tokens.id_token
    with pytest.raises(NotAuthorized):
        directory_world.sign_in(client, "lovelace", "wrong")
