"""What the pages ask of the account services, which the AWS operations use as well.

Each method works for one client of one pool and refuses with an `IdpError`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from idp.oauth.sessions import SignedIn
from idp.user_pools.services.subjects import ClientContext


@dataclass(frozen=True)
class NewPasswordRequired:
    """The password was right but temporary. `session` lets one answer through."""

    session: str
    required_attributes: tuple[str, ...] = ()
    """Attributes that the person must fill in with it."""


@dataclass(frozen=True)
class SignedUp:
    """A new account. `destination` is where the code went, masked; None without a code."""

    is_confirmed: bool
    destination: str | None


class Accounts(Protocol):
    """Signing in and up, and recovering an account."""

    def sign_in(
        self, client: ClientContext, username: str, password: str
    ) -> SignedIn | NewPasswordRequired:
        """Raises `NotAuthorized`, `UserNotConfirmed`, `PasswordResetRequired` and their kin."""

    def choose_password(
        self, client: ClientContext, session: str, password: str, attributes: Mapping[str, str]
    ) -> SignedIn:
        """Answer `NewPasswordRequired`."""

    def sign_up(
        self, client: ClientContext, username: str, password: str, attributes: Mapping[str, str]
    ) -> SignedUp: ...

    def confirm(self, client: ClientContext, username: str, code: str) -> None: ...

    def resend_code(self, client: ClientContext, username: str) -> str:
        """Send the sign-up code again; the answer is the masked destination."""

    def forgot_password(self, client: ClientContext, username: str) -> str:
        """Send a code for a new password; the answer is the masked destination."""

    def reset_password(
        self, client: ClientContext, username: str, code: str, password: str
    ) -> None: ...
