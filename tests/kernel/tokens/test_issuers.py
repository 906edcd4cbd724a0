from __future__ import annotations

import pytest

from kernel.tokens.errors import UnknownIssuer
from kernel.tokens.issuers import ChainedIssuers, LocalIssuers
from kernel.tokens.keys import public_jwk


def test_the_first_source_that_knows_an_issuer_answers_for_it(signing_key, other_key):
    ours, theirs = LocalIssuers(), LocalIssuers()
    ours.put("a", [public_jwk(signing_key)])
    theirs.put("a", [public_jwk(other_key)])
    theirs.put("b", [public_jwk(other_key)])
    chained = ChainedIssuers(ours, theirs)

    assert chained.keys("a", signing_key.kid) is not None
    assert chained.keys("a", other_key.kid) is None
    assert chained.keys("b", other_key.kid) is not None
    with pytest.raises(UnknownIssuer):
        chained.keys("c", other_key.kid)


def test_a_change_in_any_source_is_a_new_generation(signing_key):
    ours, theirs = LocalIssuers(), LocalIssuers()
    chained = ChainedIssuers(ours, theirs)
    seen = [chained.generation]

    theirs.put("a", [public_jwk(signing_key)])
    seen.append(chained.generation)
    ours.forget("x")
    seen.append(chained.generation)
    theirs.forget_all()
    seen.append(chained.generation)

    assert seen == [0, 1, 2, 3]
    with pytest.raises(UnknownIssuer):
        chained.keys("a", signing_key.kid)


class Published:
    """What a database holds, and how often it was asked."""

    def __init__(self, *keys):
        self.jwks = [public_jwk(key) for key in keys]
        self.asked = 0
        self.now = 0.0

    def load(self, issuer):
        self.asked += 1
        return self.jwks if issuer == "a" else None

    def issuers(self):
        return LocalIssuers(self.load, lambda: self.now)


def test_a_key_that_is_new_is_found_at_once(signing_key, other_key):
    published = Published(signing_key)
    issuers = published.issuers()
    issuers.keys("a", signing_key.kid)
    published.jwks.append(public_jwk(other_key))

    assert issuers.keys("a", other_key.kid) is not None
    assert issuers.generation == 0


def test_made_up_names_are_looked_for_once_a_second(signing_key):
    published = Published(signing_key)
    issuers = published.issuers()
    issuers.keys("a", signing_key.kid)
    for number in range(1000):
        published.now = 2 + number / 1000
        assert issuers.keys("a", f"made-up-{number}") is None

    assert published.asked == 2


def test_an_issuer_that_is_gone_has_no_new_keys(signing_key):
    published = Published(signing_key)
    issuers = published.issuers()
    issuers.keys("a", signing_key.kid)
    issuers._load = lambda _issuer: None

    assert issuers.keys("a", "made-up") is None


def test_only_a_withdrawal_is_a_new_generation(signing_key, other_key):
    published = Published(signing_key)
    issuers = published.issuers()
    issuers.keys("a", signing_key.kid)

    issuers.renew("a", [public_jwk(other_key), public_jwk(signing_key)])
    assert issuers.generation == 0
    published.jwks = [public_jwk(other_key)]
    issuers.renew("a", published.jwks)
    assert issuers.generation == 1
    assert issuers.keys("a", signing_key.kid) is None


def test_what_is_loaded_while_somebody_compares_is_not_kept(signing_key, other_key):
    """It may be older than what he compares with, and would be kept for ever."""
    published = Published(signing_key)

    def load(issuer):
        old = list(published.load(issuer))
        published.jwks = [public_jwk(other_key)]
        assert issuers.known() == []
        return old

    issuers = LocalIssuers(load)
    assert issuers.keys("a", signing_key.kid) is not None
    issuers._load = published.load
    assert issuers.keys("a", signing_key.kid) is None
    assert issuers.keys("a", other_key.kid) is not None
