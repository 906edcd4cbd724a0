"""Where a function is found, and how it is called."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import make_url

from kernel.clock import Clock
from kernel.functions.confinement import Confinement
from kernel.functions.endpoint import LambdaEndpoint
from kernel.functions.errors import FunctionMalformed, FunctionNotFound
from kernel.functions.frames import MAX_PAYLOAD
from kernel.functions.names import FunctionName, parse_function_name
from kernel.functions.pool import RunnerPool, Use
from kernel.functions.sources import Code, FunctionFiles, InstalledFunctions, Source
from kernel.outbound import Outbound
from kernel.settings import Settings

TRIGGER_TIMEOUT = 5.0
"""Seconds. Cognito developer guide: Lambda triggers "must respond within 5 seconds"."""


@dataclass(frozen=True)
class Called:
    """What a function answered, and the id of the call (`aws_request_id`); empty where the Lambda
    endpoint gives none."""

    result: Any
    request_id: str


class Functions:
    """Invokes functions by name or ARN, from the first source that knows them."""

    def __init__(
        self,
        sources: Sequence[Source] = (),
        endpoint: LambdaEndpoint | None = None,
        *,
        confinement: Confinement | None = None,
        account: str = "000000000000",
        clock: Clock | None = None,
    ) -> None:
        """`endpoint` is asked for every function that no source knows."""
        self._sources = tuple(sources)
        self._endpoint = endpoint
        self._confinement = confinement or Confinement()
        self._account = account
        self._clock = clock or Clock()
        self._pool = RunnerPool(self._confinement)

    @classmethod
    def from_settings(cls, settings: Settings, outbound: Outbound) -> Functions:
        """The instance's folder `functions`, entry points, then the Lambda endpoint."""
        url = settings.lambda_endpoint
        return cls(
            [
                FunctionFiles(settings.instance / "functions", settings.instance / "environments"),
                InstalledFunctions(),
            ],
            LambdaEndpoint(url, outbound) if url else None,
            confinement=Confinement(secret=_secrets(settings), region=settings.region),
            account=settings.account_id,
        )

    def invoke(self, name_or_arn: str, event: Any, **how: Any) -> Any:
        """The result of `call` alone."""
        return self.call(name_or_arn, event, **how).result

    def call(
        self,
        name_or_arn: str,
        event: Any,
        *,
        timeout: float = TRIGGER_TIMEOUT,
        client_context: dict[str, Any] | None = None,
        request_id: str | None = None,
        use: Use = "trigger",
    ) -> Called:
        """Call a function and wait up to `timeout` seconds, its start included, for its result.

        `use` says whose places for runners the call takes.
        A call that repeats another one has the `request_id` of that one (`aws_request_id`).
        `event` and the result are JSON values. Raises `FunctionNotFound`, `FunctionFailed`,
        `FunctionTimedOut`, `FunctionMalformed`.
        """
        name = parse_function_name(name_or_arn)
        payload = _payload(event)
        code = self._find(name)
        if code is not None:
            context = self._context(name, request_id or str(uuid.uuid4()), client_context)
            ends = time.monotonic() + timeout
            with self._pool.runner(code, ends, use) as runner:
                result = runner.call(_request(payload, context), ends)
                return Called(result, context["aws_request_id"])
        if self._endpoint is not None:
            return Called(*self._endpoint.invoke(name, payload, timeout, client_context))
        raise FunctionNotFound(f"function {name.text} does not exist")

    def stream(
        self, name_or_arn: str, event: Any, *, timeout: float, idle: float
    ) -> Iterator[bytes]:
        """Call a function and give the pieces of its answer as they come.

        Each is waited for at most `idle` seconds, and all together `timeout`. Closing the iterator
        ends the call. Raises as `invoke` does, when the first piece is asked for and later.
        """
        name = parse_function_name(name_or_arn)
        payload = _payload(event)
        code = self._find(name)
        if code is not None:
            ends = time.monotonic() + timeout
            with self._pool.runner(code, ends, "stream") as runner:
                context = self._context(name, str(uuid.uuid4()), None)
                yield from runner.stream(_request(payload, context), ends, idle)
        elif self._endpoint is not None:
            yield from self._endpoint.stream(name, payload, timeout, idle)
        else:
            raise FunctionNotFound(f"function {name.text} does not exist")

    def close(self) -> None:
        """End the runners."""
        self._pool.close()

    def _find(self, name: FunctionName) -> Code | None:
        for source in self._sources:
            code = source.find(name)
            if code is not None:
                return code
        return None

    def _context(
        self, name: FunctionName, request_id: str, client_context: dict[str, Any] | None
    ) -> dict[str, Any]:
        """The values of AWS's context object."""
        day = self._clock.now().strftime("%Y/%m/%d")
        return {
            "function_name": name.text,
            "function_version": name.qualifier,
            "invoked_function_arn": name.arn(self._confinement.region, self._account),
            "memory_limit_in_mb": str(self._confinement.limits.memory // 1_048_576),
            "aws_request_id": request_id,
            "log_group_name": f"/aws/lambda/{name.text}",
            "log_stream_name": f"{day}/[{name.qualifier}]{request_id.replace('-', '')}",
            "client_context": client_context,
        }


def _request(payload: bytes, context: dict[str, Any]) -> dict[str, Any]:
    event = orjson.Fragment(payload)
    return {"id": context["aws_request_id"], "event": event, "context": context}


def _payload(event: Any) -> bytes:
    try:
        payload = orjson.dumps(event)
    except orjson.JSONEncodeError:
        raise FunctionMalformed("the event is not JSON") from None
    if len(payload) > MAX_PAYLOAD:
        raise FunctionMalformed(f"the event is larger than {MAX_PAYLOAD} bytes")
    return payload


def _secrets(settings: Settings) -> tuple[Path, ...]:
    """What functions must not read."""
    database = make_url(settings.database)
    is_file = database.drivername.startswith("sqlite") and database.database
    files = (
        settings.instance,
        settings.sealing_key_path,
        Path(str(database.database)) if is_file else None,
        settings.tls_key,
    )
    return tuple(path.resolve() for path in files if path is not None)
