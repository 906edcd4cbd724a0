"""The routes of a pool as a SAML identity provider, and what plugs it into the hosted pages."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from flask import Blueprint, Response

from federation.saml_idp import description, places, sign_on, single_logout
from idp.oauth.provider import Provider

Serve = Callable[[Provider, str], Response]

ROUTES: tuple[tuple[str, Serve, tuple[str, ...]], ...] = (
    (description.METADATA, places.metadata, ("GET",)),
    (description.SIGN_ON, sign_on.serve, ("GET", "POST")),
    (description.LOGOUT, single_logout.serve, ("GET", "POST")),
    (description.START, sign_on.start, ("GET",)),
    (description.SIGNED_OUT, single_logout.signed_out, ("GET",)),
)


def create_blueprint(provider: Provider) -> Blueprint:
    """Every endpoint of every pool. The hosted pages' blueprint shows what is refused."""
    blueprint = Blueprint("saml_idp", __name__)
    for place, serve, methods in ROUTES:
        path = f"{description.PATH}/<pool_id>/{place}"
        blueprint.add_url_rule(path, place, partial(serve, provider), methods=list(methods))
    return blueprint
