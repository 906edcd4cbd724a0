"""The control planes: the operations of apigatewayv2 and apigateway, and the snapshots they make.

`http` holds the operations of HTTP APIs, `rest` those of REST APIs, `account` what both planes
keep for a whole account: domain names, VPC links, API keys; `websocket` what only WebSocket APIs
have, and `portals` developer portals. `compiling` turns rows into what the data plane serves from;
`api_files` is what `poolgate apis` does.
"""

from __future__ import annotations

from gateway.control import http, rest
from gateway.control.portals import families as portals
from gateway.control.websocket import families as websocket

FAMILIES = (*http.FAMILIES, *websocket.FAMILIES, *portals.FAMILIES, *rest.FAMILIES)
"""Everything that app.py registers with the AWS wire."""
