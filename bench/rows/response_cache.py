"""A reply of a REST API that the response cache holds, 1 KiB of JSON."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from bench.conversations import proxied
from bench.measurement import Contestant, Measurement
from bench.rows.contestants import installed
from bench.stage import Stage, rate


def measure(stage: Stage) -> Measurement:
    path = _cached_api(stage)

    def nginx() -> Contestant:
        peer = stage.caching_nginx
        run = rate(peer.port, peer.process.pids, proxied("/hello", peer.host))
        return Contestant("nginx cache hit", run)

    others, missing = installed(nginx)
    host = urlsplit(stage.server.url).netloc
    ours = rate(stage.server.port, stage.server_pids, proxied(path, host))
    title = "blueprint: response-cache hit"
    return Measurement(title, "/CPU s", Contestant("Poolgate", ours), others, missing)


def _cached_api(stage: Stage) -> str:
    """The path of a method whose replies are kept."""
    gateway = stage.server.client("apigateway")
    api = gateway.create_rest_api(name="bench")
    resource = gateway.create_resource(
        restApiId=api["id"], parentId=api["rootResourceId"], pathPart="hello"
    )
    method: dict[str, Any] = {
        "restApiId": api["id"],
        "resourceId": resource["id"],
        "httpMethod": "GET",
    }
    gateway.put_method(**method, authorizationType="NONE")
    gateway.put_integration(
        **method,
        type="HTTP_PROXY",
        integrationHttpMethod="GET",
        uri=f"http://127.0.0.1:{stage.upstream.port}/hello",
    )
    gateway.create_deployment(restApiId=api["id"], stageName="prod", cacheClusterEnabled=True)
    caching = {"op": "replace", "path": "/*/*/caching/enabled", "value": "true"}
    gateway.update_stage(restApiId=api["id"], stageName="prod", patchOperations=[caching])
    return f"/restapis/{api['id']}/prod/_user_request_/hello"
