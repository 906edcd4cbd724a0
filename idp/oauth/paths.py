"""Where the endpoints are: below the root, which is every pool's, and below a pool's own host."""

from __future__ import annotations

from collections.abc import Mapping

AUTHORIZE = "/oauth2/authorize"
TOKEN = "/oauth2/token"
PUSH = "/oauth2/par"
USER_INFO = "/oauth2/userInfo"
REVOKE = "/oauth2/revoke"
INTROSPECT = "/oauth2/introspect"
DEVICE_AUTHORIZATION = "/oauth2/device_authorization"
REGISTER = "/oauth2/register"
LOGOUT = "/logout"
CHECK_SESSION = "/oauth2/checkSession/"
"""The pool's id follows."""

OF_MACHINES: Mapping[str, str] = {
    "token_endpoint": TOKEN,
    "revocation_endpoint": REVOKE,
    "introspection_endpoint": INTROSPECT,
    "userinfo_endpoint": USER_INFO,
    "pushed_authorization_request_endpoint": PUSH,
    "device_authorization_endpoint": DEVICE_AUTHORIZATION,
}
"""By their names in the metadata (RFC 8414 §2)."""
ENDPOINTS: Mapping[str, str] = {
    "authorization_endpoint": AUTHORIZE,
    "end_session_endpoint": LOGOUT,
    **OF_MACHINES,
}
"""Those of every pool, with the pages among them."""
