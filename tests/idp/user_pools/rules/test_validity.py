from __future__ import annotations

from datetime import timedelta

import pytest

from idp.errors import InvalidParameter
from idp.user_pools.rules.validity import TokenLifetimes, lifetimes, token_validity


def test_without_settings_the_defaults_are_awss():
    assert token_validity({}) == {"RefreshTokenValidity": 30, "AuthSessionValidity": 3}
    assert lifetimes({}) == TokenLifetimes(
        access=timedelta(hours=1),
        id=timedelta(hours=1),
        refresh=timedelta(days=30),
        session=timedelta(minutes=3),
    )


def test_units_name_what_the_numbers_mean():
    settings = token_validity(
        {
            "AccessTokenValidity": 5,
            "IdTokenValidity": 86400,
            "RefreshTokenValidity": 3650,
            "TokenValidityUnits": {"AccessToken": "minutes", "IdToken": "seconds"},
        }
    )
    assert settings["TokenValidityUnits"] == {
        "AccessToken": "minutes",
        "IdToken": "seconds",
        "RefreshToken": "days",
    }
    assert lifetimes(settings) == TokenLifetimes(
        timedelta(minutes=5), timedelta(days=1), timedelta(days=3650), timedelta(minutes=3)
    )


@pytest.mark.parametrize("unit", ["seconds", "minutes", "hours", "days"])
def test_a_refresh_validity_of_zero_means_thirty_days_in_any_unit(unit):
    given = {"RefreshTokenValidity": 0, "TokenValidityUnits": {"RefreshToken": unit}}
    assert lifetimes(token_validity(given)).refresh == timedelta(days=30)


@pytest.mark.parametrize(
    ("member", "value", "unit"),
    [
        ("AccessToken", 299, "seconds"),
        ("AccessToken", 4, "minutes"),
        ("AccessToken", 86401, "seconds"),
        ("AccessToken", 25, "hours"),
        ("AccessToken", 2, "days"),
        ("AccessToken", 86400, "days"),
        ("IdToken", 1, "minutes"),
        ("IdToken", 1441, "minutes"),
        ("RefreshToken", 59, "minutes"),
        ("RefreshToken", 3599, "seconds"),
        ("RefreshToken", 3651, "days"),
        ("RefreshToken", 315360000, "days"),
        ("RefreshToken", 10**18, "days"),
        ("RefreshToken", -1, "days"),
    ],
)
def test_durations_outside_the_ranges_are_refused(member, value, unit):
    given = {f"{member}Validity": value, "TokenValidityUnits": {member: unit}}
    with pytest.raises(InvalidParameter, match="Invalid range for token validity"):
        token_validity(given)


@pytest.mark.parametrize("member", ["AccessToken", "IdToken"])
def test_no_token_outlives_its_refresh_token(member):
    given = {
        f"{member}Validity": 2,
        "RefreshTokenValidity": 1,
        "TokenValidityUnits": {member: "hours", "RefreshToken": "hours"},
    }
    with pytest.raises(InvalidParameter, match="outlive"):
        token_validity(given)


@pytest.mark.parametrize("minutes", [2, 16, 0])
def test_a_session_lives_three_to_fifteen_minutes(minutes):
    for allowed in (3, 15):
        given = {"AuthSessionValidity": allowed}
        assert lifetimes(token_validity(given)).session == timedelta(minutes=allowed)
    with pytest.raises(InvalidParameter, match="AuthSessionValidity"):
        token_validity({"AuthSessionValidity": minutes})
