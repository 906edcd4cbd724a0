"""What our own server adds to a WSGI environment, and others leave out."""

from __future__ import annotations

FIELD_LINES = "poolgate.field_lines"
"""The header fields as they came: `Name: value`, a tuple of Latin-1 text without line ends."""

TLS = "poolgate.tls"
"""The TLS connection (`kernel.tls.connection.Connection`); missing where there is none of ours."""

NAME_REQUEST = "poolgate.name_request"
"""Tells the server's access log that a request is for an API, and by which id its client knows it:
a callable of the environment and the id, `kernel.telemetry.access_log.name_api_request`."""

LOG_MEMBERS = "poolgate.log_members"
"""Where further members of a request's entry in that log are put."""
