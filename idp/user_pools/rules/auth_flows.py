"""The flows that a sign-in begins with: which ExplicitAuthFlows allow them, and what they take.

How each one goes is in `services.sign_in.machine`. Refreshing is no sign-in.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

LEGACY = frozenset({"ADMIN_NO_SRP_AUTH", "CUSTOM_AUTH_FLOW_ONLY", "USER_PASSWORD_AUTH"})
"""The values from before those that begin with ALLOW_, which a client has none of beside them."""


@dataclass(frozen=True)
class AuthFlow:
    """`allowed_by` are the values of ExplicitAuthFlows of which a client needs one."""

    allowed_by: frozenset[str]
    admin_only: bool = False
    sends_password: bool = False
    """Whether the password itself can arrive: what an imported hash is checked against."""
    needs_verifier: bool = False
    """Whether nobody gets through without an SRP verifier. In USER_AUTH and CUSTOM_AUTH, SRP is
    one way among others."""


# Of ALLOW_ADMIN_USER_PASSWORD_AUTH the model says: "This setting replaces the ADMIN_NO_SRP_AUTH
# setting". The flow has both names still; pycognito knows the old one.
_BY_ADMINISTRATOR = AuthFlow(
    frozenset({"ALLOW_ADMIN_USER_PASSWORD_AUTH", "ADMIN_NO_SRP_AUTH"}),
    admin_only=True,
    sends_password=True,
)

FLOWS: Mapping[str, AuthFlow] = {
    "USER_PASSWORD_AUTH": AuthFlow(
        frozenset({"ALLOW_USER_PASSWORD_AUTH", "USER_PASSWORD_AUTH"}), sends_password=True
    ),
    "ADMIN_USER_PASSWORD_AUTH": _BY_ADMINISTRATOR,
    "ADMIN_NO_SRP_AUTH": _BY_ADMINISTRATOR,
    "USER_SRP_AUTH": AuthFlow(
        # The legacy settings did not turn SRP off, except CUSTOM_AUTH_FLOW_ONLY.
        frozenset({"ALLOW_USER_SRP_AUTH", "USER_PASSWORD_AUTH", "ADMIN_NO_SRP_AUTH"}),
        needs_verifier=True,
    ),
    "CUSTOM_AUTH": AuthFlow(frozenset({"ALLOW_CUSTOM_AUTH", "CUSTOM_AUTH_FLOW_ONLY"})),
    # "This authentication flow can do username-password and SRP authentication without other
    # ExplicitAuthFlows permitting them" (CreateUserPoolClient).
    "USER_AUTH": AuthFlow(frozenset({"ALLOW_USER_AUTH"}), sends_password=True),
}


def may_send_password(explicit: Collection[str]) -> bool:
    """Whether a client with these ExplicitAuthFlows has a flow that sends the password."""
    return any(flow.sends_password and flow.allowed_by.intersection(explicit) for flow in _ROWS)


def needing_verifier(explicit: Collection[str]) -> frozenset[str]:
    """Those of a client's ExplicitAuthFlows that allow a flow which needs an SRP verifier."""
    allowed = (flow.allowed_by for flow in _ROWS if flow.needs_verifier)
    return frozenset().union(*allowed).intersection(explicit)


_ROWS = tuple(FLOWS.values())
