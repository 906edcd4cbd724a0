"""The AWS wire in front of any WSGI application."""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from kernel.aws.dispatch import Dispatcher

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication

STATUS_LINES = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}


def in_front_of(application: WSGIApplication, dispatcher: Dispatcher) -> WSGIApplication:
    """An application that answers every AWS operation, and hands `application` all else.

    It comes before routes are looked for: the paths of operations hold encoded slashes, which a
    router would not see, and a framework's request costs as much as many an operation.
    """

    def serve(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        if not dispatcher.matches(environ):
            return application(environ, start_response)
        reply = dispatcher.answer(environ)
        if reply.status != HTTPStatus.NO_CONTENT:
            reply.headers["Content-Length"] = str(len(reply.body))
        start_response(STATUS_LINES[reply.status], list(reply.headers.items()))
        return [reply.body]

    return serve
