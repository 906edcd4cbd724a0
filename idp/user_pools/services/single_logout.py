"""Single logout with another provider, through the browser (SAML 2.0 Profiles §4.4): what a type of
them must do for it, and what it is given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from idp.user_pools.services.upstream import Departure, Upstream
from idp.user_pools.services.upstream_sessions import SharedSession


@dataclass(frozen=True)
class LogoutMessage:
    """A message as a browser brought it. Nothing of it is verified."""

    here: str
    """The address of ours that it came to."""
    query: str | None
    """The address's query as it was sent, by GET; None by POST."""
    form: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class LogoutAsked:
    """A provider's request to end what a person opened from there, verified."""

    request_id: str
    upstreams: tuple[Upstream, ...]
    """Who it may speak of: those providers of the pool whose request it can be."""
    subject: str
    sessions: tuple[str, ...]
    """The provider's own; all of the person's where it names none."""


@runtime_checkable
class SingleLogout(Protocol):
    """A type whose sessions and ours end together. Every method raises `UpstreamFailed`."""

    def leave(self, upstream: Upstream, shared: SharedSession, state: str) -> Departure:
        """Where to send the person, so that the provider's session ends."""

    def check_return(
        self, upstream: Upstream, memory: Mapping[str, str], message: LogoutMessage
    ) -> None:
        """That the provider's answer is to what the person left with, and its session ended."""

    def asked(self, upstreams: Sequence[Upstream], message: LogoutMessage) -> LogoutAsked:
        """What one of the providers asks."""

    def agree(self, asked: LogoutAsked, relay_state: str | None) -> Departure:
        """Where to send the person when that has been done."""
