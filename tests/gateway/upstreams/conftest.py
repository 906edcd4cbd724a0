"""A data plane with VPC links to real upstreams."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from gateway.snapshot import HttpProxyIntegration, RestIntegration, Route, UpstreamGroup
from gateway.upstreams.balanced import balancing
from gateway.upstreams.groups import Groups
from gateway.upstreams.target_health import Policy
from tests.gateway.plane import ACCOUNT, API_HOST, Plane

LINK = "link01"


@dataclass
class Private:
    """A plane whose one route leads through a link, and what its worker knows of the targets."""

    plane: Plane
    groups: Groups
    served: object
    now: float = 0.0

    def link(self, *targets: str, **members) -> UpstreamGroup:
        owner = {"account": ACCOUNT, "region": "us-east-1"}
        return UpstreamGroup(LINK, "pets", targets, **{**owner, **members})

    def show(self, *targets: str, uri="http://pets.internal/v1/{proxy}", key="ANY /{proxy+}", **m):
        group = self.link(*targets, **m.pop("link", {}))
        integration = HttpProxyIntegration(uri, vpc_link=m.pop("vpc_link", LINK), **m)
        self.plane.show(Route(key, integration))
        self._with(group)

    def show_rest(self, *targets: str, uri="http://pets.internal/v1/{proxy}", **members):
        integration = RestIntegration("HTTP_PROXY", method="ANY", uri=uri, vpc_link=LINK, **members)
        self.plane.show_rest(Route("ANY /{proxy+}", integration), variables={"link": LINK})
        self._with(self.link(*targets))

    def call(self, method="GET", path="/x", **options):
        headers = {"Host": API_HOST, **options.pop("headers", {})}
        return self.served.request(method, path, headers=headers, **options)

    def _with(self, group: UpstreamGroup) -> None:
        holder = self.plane.holder
        holder.swap(replace(holder.current, vpc_links={LINK: group}))


@pytest.fixture
def private(tokens, serve):
    plane = Plane(tokens)
    made = Private(plane, None, serve(plane.app))
    made.groups = Groups(Policy(failures=2), lambda: made.now)
    plane.pool.balance = balancing(made.groups, plane.pool)
    yield made
    plane.pool.close()
