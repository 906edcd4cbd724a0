"""What our own server adds to a WSGI environment, and others leave out."""

from __future__ import annotations

FIELD_LINES = "poolgate.field_lines"
"""The header fields as they came: `Name: value`, a tuple of Latin-1 text without line ends."""

TLS = "poolgate.tls"
"""The TLS connection (`kernel.tls.connection.Connection`); missing where there is none of ours."""

NAME_REQUEST = "poolgate.name_request"
"""Tells the server's access log which API a request is for, and by which id its client knows it: a
callable of the environment, the id and further members of the entry. See
`kernel.telemetry.access_log.name_api_request`."""
