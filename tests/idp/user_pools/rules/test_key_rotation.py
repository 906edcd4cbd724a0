"""Which key signs, waits and retires, and that nobody ever meets a key that he cannot know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from idp.user_pools.rules import key_rotation, provider_settings
from idp.user_pools.rules.documented_settings import WrongSetting
from idp.user_pools.rules.key_rotation import (
    FRESH_SECONDS,
    PUBLISHED_BEFORE_SIGNING,
    RETIRING,
    STALE_SECONDS,
    Key,
    Plan,
    Turn,
)
from idp.user_pools.rules.provider_settings import ProviderSettings
from idp.user_pools.rules.validity import LONGEST_TOKEN_LIFE

NOW = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=400)
DAILY = ProviderSettings(signing_key_days=1)
LASTING = ProviderSettings()


def signer(kid: str = "old", algorithm: str = "RS256", since: datetime = LONG_AGO) -> Key:
    return Key(kid, algorithm, LONG_AGO, signs_since=since)


def waiting(kid: str = "next", algorithm: str = "RS256", created: datetime = LONG_AGO) -> Key:
    return Key(kid, algorithm, created)


def plan(
    *keys: Key,
    settings: ProviderSettings = LASTING,
    turn: Turn = Turn.WHEN_DUE,
    leaked: frozenset[str] = frozenset(),
) -> Plan:
    return key_rotation.plan(keys, settings, NOW, turn, leaked)


def test_keys_last_where_nothing_is_set() -> None:
    made = plan(signer(), waiting())
    assert (made.signs, made.waits, made.changes) == ("old", "next", False)


def test_a_schedule_turns_when_the_days_are_over() -> None:
    before = signer(since=NOW - timedelta(days=1) + timedelta(seconds=1))
    assert not plan(before, waiting(), settings=DAILY).changes
    made = plan(signer(since=NOW - timedelta(days=1)), waiting(), settings=DAILY)
    assert (made.signs, made.waits, made.retires, made.turned) == ("next", None, "old", True)
    assert made.new_keys == 1


@pytest.mark.parametrize("turn", [Turn.WHEN_DUE, Turn.IF_READY])
def test_a_key_that_nobody_may_know_yet_does_not_sign(turn: Turn) -> None:
    created = NOW - PUBLISHED_BEFORE_SIGNING + timedelta(seconds=1)
    made = plan(signer(), waiting(created=created), settings=DAILY, turn=turn)
    assert (made.signs, made.turned) == ("old", False)
    assert made.ready == NOW + timedelta(seconds=1)


def test_at_once_means_at_once() -> None:
    made = plan(signer(), waiting(created=NOW), turn=Turn.AT_ONCE)
    assert (made.signs, made.retires) == ("next", "old")


def test_by_hand_needs_no_schedule() -> None:
    assert plan(signer(), waiting(), turn=Turn.IF_READY).signs == "next"


def test_another_algorithm_is_published_first_and_signs_later() -> None:
    elliptic = ProviderSettings(signing_algorithm="ES256")
    first = plan(signer(), waiting(), settings=elliptic)
    assert (first.signs, first.waits, first.turned) == ("old", None, False)
    assert first.gone == {"next"}  # it never signed
    published = waiting("ec", "ES256", NOW - PUBLISHED_BEFORE_SIGNING)
    then = plan(signer(), published, settings=elliptic)
    assert (then.signs, then.retires, then.turned) == ("ec", "old", True)


def test_a_pool_of_a_single_key_gets_a_second_one() -> None:
    made = plan(signer(), turn=Turn.IF_READY)
    assert (made.signs, made.waits, made.new_keys, made.turned) == ("old", None, 1, False)
    assert plan(signer(), turn=Turn.AT_ONCE).new_keys == 2


def test_a_leaked_key_is_gone_and_the_next_signs_though_it_is_young() -> None:
    retiring = Key("older", "RS256", LONG_AGO, LONG_AGO, NOW + timedelta(hours=1))
    made = plan(signer(), waiting(created=NOW), retiring, leaked=frozenset({"old"}))
    assert (made.signs, made.waits, made.retires) == ("next", None, None)
    assert made.gone == {"old"}


def test_all_keys_may_have_leaked() -> None:
    kids = frozenset({"old", "next"})
    made = plan(signer(), waiting(), leaked=kids)
    assert (made.signs, made.waits, made.new_keys, made.gone) == (None, None, 2, kids)


def test_a_leaked_key_that_does_not_sign_changes_no_signer() -> None:
    made = plan(signer(), waiting(), leaked=frozenset({"next"}))
    assert (made.signs, made.waits, made.turned, made.gone) == ("old", None, False, {"next"})


def test_a_key_is_deleted_when_it_has_retired() -> None:
    kept = Key("kept", "RS256", LONG_AGO, LONG_AGO, NOW + timedelta(seconds=1))
    over = Key("over", "RS256", LONG_AGO, LONG_AGO, NOW)
    made = plan(signer(), waiting(), kept, over)
    assert (made.gone, made.turned) == ({"over"}, False)


def test_headers_let_caches_keep_keys_for_less_than_a_key_waits() -> None:
    kept = timedelta(seconds=FRESH_SECONDS + STALE_SECONDS)
    assert kept < PUBLISHED_BEFORE_SIGNING
    # API Gateway's verifiers, and our own gateway's of another server, keep keys for two hours.
    assert timedelta(hours=2) <= PUBLISHED_BEFORE_SIGNING
    assert RETIRING > LONGEST_TOKEN_LIFE


@pytest.mark.parametrize("algorithms", [("RS256",), ("RS256", "ES256", "EdDSA", "PS256")])
def test_a_cached_key_set_always_has_the_key_that_signs(algorithms: Sequence[str]) -> None:
    """Ten days of daily rotation, looked at every five minutes, as the job does."""
    names = (f"key-{number}" for number in count())
    keys = [signer(next(names), since=NOW), waiting(next(names), created=NOW)]
    step, history = timedelta(minutes=5), []
    for number in range(10 * 288):
        now = NOW + number * step
        wanted = algorithms[number // 800 % len(algorithms)]
        settings = ProviderSettings(signing_algorithm=wanted, signing_key_days=1)
        made = key_rotation.plan(keys, settings, now, Turn.WHEN_DUE)
        keys = carried_out(keys, made, settings, now, names)
        history.append((now, keys[0].kid, {key.kid for key in keys}))
    assert len({kid for _, kid, _ in history}) >= 8
    cached = int(PUBLISHED_BEFORE_SIGNING / step)
    alive = int(LONGEST_TOKEN_LIFE / step)
    for number, (_, signing, published) in enumerate(history):
        assert len(published) <= 4
        for later in range(number, min(number + cached, len(history))):
            assert history[later][1] in published, "a key signs that a cache does not have"
        assert signing in history[min(number + alive, len(history) - 1)][2], "a token outlives it"


def carried_out(
    keys: list[Key], made: Plan, settings: ProviderSettings, now: datetime, names: object
) -> list[Key]:
    by_name = {key.kid: key for key in keys if key.kid not in made.gone}
    new = [Key(next(names), settings.signing_algorithm, now) for _ in range(made.new_keys)]  # type: ignore[call-overload]
    signs = by_name.pop(made.signs) if made.signs else new.pop()
    waits = by_name.pop(made.waits) if made.waits else new.pop()
    if made.turned:
        signs = replace(signs, signs_since=now)
    rest = [
        replace(key, retires=now + RETIRING) if key.kid == made.retires else key
        for key in by_name.values()
    ]
    return [signs, waits, *rest]


@pytest.mark.parametrize(
    ("document", "complaint"),
    [
        ({"signing_algorithm": "none"}, "one of RS256, PS256, ES256, EdDSA"),
        ({"signing_algorithm": "HS256"}, "one of"),
        ({"signing_algorithm": None}, "one of"),
        ({"signing_algorithm": ["RS256"]}, "one of"),
        ({"signing_key_days": 0}, "whole number from 1 to 3650"),
        ({"signing_key_days": True}, "whole number"),
        ({"signing_key_days": "30"}, "whole number"),
        ({"signing_key_days": 3651}, "whole number"),
    ],
)
def test_wrong_settings_are_refused(document: object, complaint: str) -> None:
    with pytest.raises(WrongSetting, match=complaint):
        provider_settings.parse(document)


def test_settings_are_read() -> None:
    document = {"signing_algorithm": "EdDSA", "signing_key_days": 90}
    assert provider_settings.parse(document) == ProviderSettings(
        signing_algorithm="EdDSA", signing_key_days=90
    )
    assert provider_settings.parse({}) == ProviderSettings()
