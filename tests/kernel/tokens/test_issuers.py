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
