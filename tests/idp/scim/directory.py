"""A company's directory, as far as a pool's endpoint can tell."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import orjson
from werkzeug.test import TestResponse

from idp.models import User
from idp.user_pools.services import scim_tokens
from kernel.clock import Randomness
from tests.idp.oauth.world import ORIGIN, World

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
POOL = "urn:ietf:params:scim:schemas:extension:poolgate:2.0:User"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"


@dataclass(frozen=True)
class Directory:
    """Somebody with a token of a pool."""

    world: World
    pool_id: str
    token: str
    host: str = ORIGIN

    @classmethod
    def of(cls, world: World, pool_id: str, days: float = 30) -> Directory:
        return cls(world, pool_id, make_token(world, pool_id, days))

    def ask(
        self, method: str, path: str, body: Any = None, headers: Any = None, **query: str
    ) -> TestResponse:
        data = body if isinstance(body, bytes | None) else orjson.dumps(body)
        return self.world.browser().open(
            f"/scim/v2/{self.pool_id}/{path}",
            method=method,
            data=data,
            query_string=query,
            base_url=self.host,
            content_type="application/scim+json" if body is not None else None,
            headers={"Authorization": f"Bearer {self.token}", **(headers or {})},
        )

    def get(self, path: str, **query: str) -> TestResponse:
        return self.ask("GET", path, **query)

    def make_user(self, user_name: str = "ada", /, **members: Any) -> dict[str, Any]:
        body = {"schemas": [USER], "userName": user_name, **members}
        return answered(self.ask("POST", "Users", body), 201)

    def make_group(self, name: str = "Sales", *members: str, **more: Any) -> dict[str, Any]:
        body = {"schemas": [GROUP], "displayName": name, "members": values(*members), **more}
        return answered(self.ask("POST", "Groups", body), 201)

    def patch(self, path: str, *operations: Any, **headers: str) -> TestResponse:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        body = {"schemas": [PATCH], "Operations": list(operations)}
        return self.ask("PATCH", path, body, named)

    def bulk(self, *operations: Any, **members: Any) -> TestResponse:
        return self.ask(
            "POST", "Bulk", {"schemas": [BULK], "Operations": list(operations), **members}
        )

    def found(self, endpoint: str, text: str) -> list[str]:
        """The ids that a filter finds."""
        answer = answered(self.get(endpoint, filter=text), 200)
        return [each["id"] for each in answer["Resources"]]

    def members(self, group_id: str) -> set[str]:
        group = answered(self.get(f"Groups/{group_id}"), 200)
        return {each["value"] for each in group.get("members", ())}

    def stored(self, user_id: str) -> User:
        return self.world.kernel.database.read(lambda session: session.get_one(User, user_id))


def make_token(world: World, pool_id: str, days: float = 30) -> str:
    return world.kernel.database.write(
        scim_tokens.make,
        Randomness(),
        pool_id,
        "directory",
        timedelta(days=days),
        world.kernel.clock.now(),
    )


def values(*user_ids: str) -> list[dict[str, str]]:
    return [{"value": each} for each in user_ids]


def answered(answer: TestResponse, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    return answer.get_json() or {}


def refused(answer: TestResponse, status: int, scim_type: str | None = None) -> str:
    """What the error says; it must have the form of RFC 7644 §3.12."""
    error = answered(answer, status)
    assert error["schemas"] == [ERROR]
    assert error["status"] == str(status)
    assert error.get("scimType") == scim_type, error
    return str(error["detail"])
