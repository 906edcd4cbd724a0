"""What can go wrong with an outbound request. Messages name hosts, never headers or bodies."""

from __future__ import annotations


class OutboundError(Exception):
    """An outbound request did not give a reply."""


class OutboundRefused(OutboundError):
    """The request was not made, because its address or form is not permitted."""


class OutboundFailed(OutboundError):
    """The request was made and gave no usable reply."""


class OutboundTimedOut(OutboundFailed):
    """The whole exchange took longer than its time-out."""
