"""The AWS wire as a Flask blueprint."""

from __future__ import annotations

from flask import Blueprint, Response, request

from kernel.aws.dispatch import Dispatcher


def blueprint(dispatcher: Dispatcher) -> Blueprint:
    """A blueprint that answers every AWS operation of an application, whatever else it routes.

    It looks at each request before the application's own routes do: the paths of operations hold
    encoded slashes, which a router would not see.
    """
    wire = Blueprint("aws", __name__)

    @wire.before_app_request
    def answer() -> Response | None:
        if not dispatcher.matches(request.environ):
            return None
        reply = dispatcher.answer(request.environ)
        return Response(reply.body, reply.status, reply.headers)

    return wire
