"""What `make run` shows: a user pool, an app client, a protected API and a page that uses them."""

from __future__ import annotations

from flask import Flask

from poolgate.demo.page import create_blueprint
from poolgate.demo.resources import DemoResources, ensure
from poolgate.demo.words import lines_to_try

__all__ = ["prepare"]


def prepare(app: Flask) -> list[str]:
    """Make the demo's resources where they are missing; answer the lines that `serve` prints."""
    resources: DemoResources = ensure(app)
    app.register_blueprint(create_blueprint(resources))
    return lines_to_try(app.extensions["poolgate"].settings, resources)
