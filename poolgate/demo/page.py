"""The demo's application: a page that signs in with code and PKCE and calls the protected API.

The API's upstream is here too, so that the demo needs no other server.
"""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, Response, jsonify, redirect, render_template, send_from_directory
from werkzeug.wrappers import Response as ResponseBase

from poolgate.demo.resources import CALLBACK, PAGE, UPSTREAM, DemoResources

ROOT = Path(__file__).parents[2]
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'"
)


def create_blueprint(resources: DemoResources) -> Blueprint:
    """The page, its script, and the upstream that the demo's API forwards to."""
    blueprint = Blueprint("demo", __name__, template_folder=str(ROOT / "templates"))

    @blueprint.get(PAGE)
    @blueprint.get(CALLBACK, endpoint="signed_in")
    def page() -> Response:
        response = Response(render_template("demo/page.html", resources=resources))
        response.headers["Content-Security-Policy"] = POLICY
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["Cache-Control"] = "no-store"
        return response

    @blueprint.get("/")
    def home() -> ResponseBase:
        # The address that a newcomer opens first.
        return redirect(PAGE)

    @blueprint.get("/demo/static/<name>")
    def asset(name: str) -> Response:
        return send_from_directory(ROOT / "static" / "demo", name)

    @blueprint.get(UPSTREAM)
    def upstream() -> Response:
        """What a company's own service would answer."""
        return jsonify(orders=[{"id": 1, "item": "A lighthouse, slightly used"}])

    return blueprint
