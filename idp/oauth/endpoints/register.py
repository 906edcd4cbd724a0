"""/oauth2/register: dynamic registration (RFC 7591), and its management (RFC 7592).

A pool's own host says which pool is meant; at the root its id stands before the path.
"""

# Authlib is untyped.
# mypy: allow-untyped-calls

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
from flask import Response, request
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound

from idp.errors import IdpError, LimitExceeded, TooManyRequests
from idp.models import UserPool
from idp.oauth import cors, paths
from idp.oauth.provider import Provider
from idp.oauth.replies import refusal
from idp.user_pools.rules.documented_settings import WrongSetting
from idp.user_pools.rules.registration_requests import InvalidMetadata
from idp.user_pools.services import client_registration, revocation
from idp.user_pools.services.client_registration import Registered, Unauthorised
from idp.user_pools.services.issuers import is_pool_id
from kernel.aws.operations import Call
from kernel.bodies import BodyFault, read_body
from kernel.tokens import encoding

MOST_BYTES = 65_536
# So many registrations from one address, and to one pool.
RATE, BURST = 0.1, 10
POOL_RATE, POOL_BURST = 1.0, 60
TOO_MANY = refusal(429, "temporarily_unavailable", "Too many registrations.", ("Retry-After", "10"))


def register(provider: Provider) -> Response:
    return _served(provider, None)


def register_at_root(provider: Provider, pool_id: str) -> Response:
    return _served(provider, pool_id)


def _served(provider: Provider, pool_id: str | None) -> Response:
    if request.method == "OPTIONS":
        return cors.preflight("POST")
    return cors.allow_any_origin(_answer(lambda: _register(provider, pool_id)))


def manage(provider: Provider, client_id: str) -> Response:
    if request.method == "OPTIONS":
        return cors.preflight("GET", "PUT", "DELETE")
    actions = {"PUT": _replace, "DELETE": _delete}
    action = actions.get(request.method, _read)
    return cors.allow_any_origin(_answer(lambda: action(provider, client_id)))


def _answer(action: Callable[[], Response]) -> Response:
    try:
        return action()
    except Unauthorised:
        return _unauthorised()
    except (TooManyRequests, LimitExceeded):
        return TOO_MANY.response()
    except InvalidMetadata as error:
        return refusal(400, error.error, str(error)).response()
    except WrongSetting as error:
        return refusal(400, "invalid_client_metadata", str(error)).response()
    except IdpError as error:
        return refusal(400, "invalid_client_metadata", error.message).response()


def _register(provider: Provider, named: str | None) -> Response:
    kernel, pool_id, token = provider.kernel, _pool_id(provider, named), _token()
    # Before anything is counted: who may not register takes no turn from those who may.
    kernel.database.read(client_registration.admit, pool_id, token, kernel.clock.now())
    _limit(provider, pool_id)
    own_token = encoding.encode(kernel.randomness.bytes(client_registration.TOKEN_BYTES))
    given = _body()

    def unit(session: Session) -> Registered:
        pool = session.get_one(UserPool, pool_id)
        return client_registration.register(
            session, _call(provider, pool), pool, token, given, own_token
        )

    return _described(provider, kernel.database.write(unit), own_token, 201)


def _read(provider: Provider, client_id: str) -> Response:
    token = _required_token(provider, client_id)
    found = provider.kernel.database.read(
        client_registration.read, provider.kernel, client_id, token
    )
    return _described(provider, found, token, 200)


def _replace(provider: Provider, client_id: str) -> Response:
    token = _required_token(provider, client_id)
    given = _body()

    def unit(session: Session) -> Registered:
        present = client_registration.read(session, provider.kernel, client_id, token)
        _check_identity(present, given)
        call = _call(provider, None)
        return client_registration.replace(session, call, client_id, token, given)

    return _described(provider, provider.kernel.database.write(unit), token, 200)


def _check_identity(present: Registered, given: Any) -> None:
    """RFC 7592 §2.2: "The client MUST include its client_id field in the request, and it MUST be
    the same as its currently issued client identifier"; a secret "MUST match"."""
    if not isinstance(given, dict) or given.get("client_id") != present.client_id:
        raise InvalidMetadata("client_id must be the client's own.")
    if given.get("client_secret") not in (None, present.secret):
        raise InvalidMetadata("client_secret must be the present one.")


def _delete(provider: Provider, client_id: str) -> Response:
    token = _required_token(provider, client_id)
    provider.kernel.database.write(client_registration.delete, provider.kernel, client_id, token)
    revocation.announce(provider.kernel)
    return Response(status=204, headers={"Cache-Control": "no-store"})


def _pool_id(provider: Provider, named: str | None) -> str:
    """Raises `NotFound` where the host is another pool's, or nobody's."""
    addressed = provider.address().pool_id
    pool_id = addressed or named
    if pool_id is None or not is_pool_id(pool_id) or named not in {None, pool_id}:
        raise NotFound
    return pool_id


def _limit(provider: Provider, pool_id: str) -> None:
    take, now = provider.kernel.shared_state.take, provider.kernel.clock.time()
    if not take(f"register:{provider.caller_network}", RATE, BURST, now):
        raise TooManyRequests
    if not take(f"register:{pool_id}", POOL_RATE, POOL_BURST, now):
        raise TooManyRequests


def _body() -> Any:
    body = read_body(request.environ, MOST_BYTES)
    if isinstance(body, BodyFault):
        raise InvalidMetadata("The request body is too large or broken off.")
    if b"\\u0000" in body:
        # No metadata has it, and no database takes it.
        raise InvalidMetadata("The request body has a NUL.")
    try:
        return orjson.loads(body)
    except ValueError:
        raise InvalidMetadata("The request body is not JSON.") from None


def _token() -> str | None:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    token = token.strip()
    return token if scheme.lower() == "bearer" and token.isascii() and token else None


def _required_token(provider: Provider, client_id: str) -> str:
    """The registration access token; the client must be of the pool that the host addresses."""
    token, addressed = _token(), provider.address().pool_id
    is_id = client_id.isprintable()  # no database takes a NUL
    if token is None or not is_id or provider.server.find_client(client_id, addressed) is None:
        raise Unauthorised
    return token


def _call(provider: Provider, pool: UserPool | None) -> Call:
    settings = provider.kernel.settings
    account = pool.account if pool else settings.account_id
    region = pool.region if pool else settings.region
    return Call(provider.kernel, "cognito-idp", "CreateUserPoolClient", account, region, "")


def _described(provider: Provider, registered: Registered, token: str, status: int) -> Response:
    """RFC 7591 §3.2.1."""
    origin = provider.origin_of(request.host, provider.address().pool_id)
    body: dict[str, Any] = {
        "client_id": registered.client_id,
        "client_id_issued_at": int(registered.issued.timestamp()),
        **registered.metadata,
        "registration_access_token": token,
        "registration_client_uri": f"{origin}{paths.REGISTER}/{registered.client_id}",
    }
    if registered.secret is not None:
        body |= {"client_secret": registered.secret, "client_secret_expires_at": 0}
    headers = {"Cache-Control": "no-store", "Pragma": "no-cache"}
    return Response(orjson.dumps(body), status, content_type="application/json", headers=headers)


def _unauthorised() -> Response:
    answer = refusal(401, "invalid_token", "The token does not allow this.").response()
    answer.headers["WWW-Authenticate"] = 'Bearer realm="register", error="invalid_token"'
    return answer
