"""/signInByEmail: from the e-mail address to the provider that has its domain.

Cognito developer guide, "SAML identity provider names and identifiers": people who are asked for
their corporate e-mail address are sent to the provider whose identifier is its domain.
"""

from __future__ import annotations

from collections.abc import Mapping

from flask import Response

from idp.hosted_ui import fields, sign_in
from idp.hosted_ui.federated import departure, providers
from idp.hosted_ui.visit import Visit


def show(visit: Visit) -> Response:
    """Who loads the page again is asked anew."""
    return sign_in.show(visit)


def submit(visit: Visit, form: Mapping[str, str]) -> Response:
    address = form.get(fields.WORK_EMAIL.name, "")
    found = providers.of_address(visit, address)
    if found is None:
        return sign_in.show(visit, unknown_address=address)
    return departure.begin_by_form(visit, found, address)
