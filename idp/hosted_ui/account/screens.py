"""Every section with the form that it has."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from flask import Response

from idp.hosted_ui.account import (
    applications,
    data,
    deletion,
    devices,
    identities,
    overview,
    passkeys,
    password,
    places,
    profile,
    second_step,
    sessions,
)
from idp.hosted_ui.visit import Visit

Show = Callable[[Visit], Response]
Submit = Callable[[Visit, Mapping[str, str]], Response]

SCREENS: tuple[tuple[str, Show, Submit], ...] = (
    (places.ACCOUNT, overview.show_all, overview.nothing),
    (places.PROFILE, profile.show_profile, profile.submit_profile),
    (places.VERIFY, profile.show_code, profile.submit_code),
    (places.PASSWORD, password.show_form, password.submit),
    (places.PASSKEYS, passkeys.show_list, passkeys.submit),
    (places.SECOND_STEP, second_step.show_factors, second_step.submit_factors),
    (places.AUTHENTICATOR, second_step.show_authenticator, second_step.submit_authenticator),
    (places.DEVICES, devices.show_list, devices.submit),
    (places.SESSIONS, sessions.show_list, sessions.submit),
    (places.IDENTITIES, identities.show_list, identities.submit),
    (places.APPLICATIONS, applications.show_list, applications.submit),
    (places.DATA, data.show_page, data.submit),
    (places.DELETE, deletion.show_form, deletion.submit),
    (places.DELETED, overview.show_deleted, overview.nothing),
)
