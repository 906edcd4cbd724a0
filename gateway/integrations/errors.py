"""Why an upstream gave no reply that can be passed on."""

from __future__ import annotations


class UpstreamError(Exception):
    """No usable reply. The message is for the access log."""


class UpstreamUnavailable(UpstreamError):
    """There was no connection, or it broke before a reply came."""


class UpstreamUnreachable(UpstreamUnavailable):
    """There was no connection: nothing of the request was sent."""


class UpstreamTimedOut(UpstreamError):
    """The upstream took longer than the integration's time-out."""


class UpstreamMisbehaved(UpstreamError):
    """The upstream's reply is not HTTP that can be passed on safely."""


class UpstreamBroken(UpstreamError, ConnectionAbortedError):
    """The reply broke off after its head had been passed on: the client can only be cut off.

    WSGI servers take a `ConnectionError` for just that, without a stack trace in their logs.
    """


class PayloadTooLarge(Exception):
    """The client sent more than an HTTP API takes."""


class NoRoom(Exception):
    """The worker holds too much of other requests to hold this one's body or reply."""


class ClientGone(Exception):
    """The client broke off while sending its request."""


class ClientLeft(ClientGone, ConnectionAbortedError):
    """The client went away while it waited: there is nobody to answer."""


class UnsendableRequest(Exception):
    """The request could be read as two by the upstream. No WSGI server should let one through."""
