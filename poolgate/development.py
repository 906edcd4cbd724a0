"""What `--dev` adds: an empty store on request, the messages, and a guard against web pages.

A browser on the same laptop is an attacker there. A page of another site reaches us by a name that
it rebinds to 127.0.0.1, so every request must be for a loopback host; or by a cross-origin request,
so one with a foreign Origin is refused (as `DevelopmentAuthenticator` does for signed operations).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, abort, jsonify, request
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from gateway.control import versions
from idp.models import UserPool
from idp.user_pools.services import signing_keys
from kernel.aws.authentication import is_loopback
from kernel.configuration import ConfigurationVersion
from kernel.database import Base
from kernel.iam.models import AccessKey
from kernel.messaging.outbox import Outbox
from kernel.runtime import Kernel

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication

REFUSAL = b'{"message":"--dev answers to loopback hosts only."}'


def loopback_hosts_only(app: WSGIApplication) -> WSGIApplication:
    """Refuse every request whose Host is not loopback's or below .localhost."""

    def guarded(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        if is_loopback(f"http://{environ.get('HTTP_HOST', '')}"):
            return app(environ, start_response)
        headers = [("Content-Type", "application/json"), ("Content-Length", str(len(REFUSAL)))]
        start_response("403 Forbidden", headers)
        return [REFUSAL]

    return guarded


def create_blueprint(kernel: Kernel) -> Blueprint:
    """`POST /_poolgate/reset` and `GET /_poolgate/outbox`."""
    blueprint = Blueprint("development", __name__, url_prefix="/_poolgate")

    @blueprint.before_request
    def refuse_foreign_pages() -> None:
        origin = request.headers.get("Origin")
        if origin is not None and not is_loopback(origin):
            abort(403)

    @blueprint.post("/reset")
    def reset() -> tuple[Response, int]:
        pool_ids = kernel.database.read(pools)
        number = kernel.database.write(empty)
        for pool_id in pool_ids:
            # Or the gateway would take the tokens of pools that are gone.
            signing_keys.announce_withdrawal(kernel, pool_id)
        kernel.shared_state.publish(versions.CHANNEL, str(number).encode())
        return jsonify(status="empty"), 200

    @blueprint.get("/outbox")
    def outbox() -> Response:
        return jsonify(messages=list(Outbox.of(kernel.settings).entries()))

    return blueprint


def pools(session: Session) -> list[str]:
    """The ids of all pools."""
    return list(session.scalars(select(UserPool.id)))


def empty(session: Session) -> int:
    """Delete every resource; access keys stay. Answers the gateway configuration's new number."""
    kept = {
        AccessKey.__tablename__,
        ConfigurationVersion.__tablename__,
        "gateway_configuration_version",
        "alembic_version",
    }
    for table in reversed(Base.metadata.sorted_tables):
        if table.name not in kept:
            session.execute(delete(table))
    return versions.advance(session)
