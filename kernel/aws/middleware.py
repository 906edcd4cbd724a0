"""The AWS wire in front of any WSGI application."""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from kernel.aws.dispatch import Dispatcher
from kernel.status_lines import status_line

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication


def in_front_of(application: WSGIApplication, dispatcher: Dispatcher) -> WSGIApplication:
    """An application that answers every AWS operation, and hands `application` all else.

    It comes before routes are looked for: the paths of operations hold encoded slashes, which a
    router would not see, and a framework's request costs as much as many an operation (ADR 9).
    """

    def serve(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        if not dispatcher.matches(environ):
            return application(environ, start_response)
        reply = dispatcher.answer(environ)
        if reply.status != HTTPStatus.NO_CONTENT:
            reply.headers["Content-Length"] = str(len(reply.body))
        start_response(status_line(reply.status), list(reply.headers.items()))
        return [reply.body]

    return serve
