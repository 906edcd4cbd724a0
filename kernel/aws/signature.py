"""What a request claims about its signature, in its Authorization header or in its query.

Parameters are those of the IAM user guide, "Elements of an AWS API request signature"; the
messages are what AWS answers where one is missing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from kernel.aws.canonical import decoded_pairs
from kernel.aws.credential_scope import ALGORITHM, Credential, parse_credential
from kernel.aws.operations import AwsError
from kernel.aws.wire import Request

TIME_FORMAT = "%Y%m%dT%H%M%SZ"
LONGEST_PRESIGNED = timedelta(days=7)

_PARAMETER = re.compile(r"(Credential|SignedHeaders|Signature)=([^,\s]*)")
_PRESIGNED = (
    "X-Amz-Credential",
    "X-Amz-Date",
    "X-Amz-Expires",
    "X-Amz-SignedHeaders",
    "X-Amz-Signature",
)


@dataclass(frozen=True)
class Signature:
    """What a request claims about its signature. `lifetime` is a presigned request's own."""

    credential: Credential
    signed_headers: tuple[str, ...]
    signature: str
    moment: datetime
    session_token: str | None = None
    lifetime: timedelta | None = None


def missing_token() -> AwsError:
    return AwsError("MissingAuthenticationTokenException", "Missing Authentication Token")


def incomplete(message: str) -> AwsError:
    return AwsError("IncompleteSignatureException", message)


def parse_signature(request: Request) -> Signature:
    """The signature of a request, in its Authorization header or its query. Raises `AwsError`."""
    authorization = request.headers.get("authorization", "")
    if authorization:
        return _from_header(request, authorization)
    parameters = _query_parameters(request.query)
    if "X-Amz-Signature" in parameters or "X-Amz-Algorithm" in parameters:
        return _from_query(parameters)
    raise missing_token()


def _from_header(request: Request, authorization: str) -> Signature:
    algorithm, _, rest = authorization.partition(" ")
    if algorithm != ALGORITHM and algorithm.startswith("AWS4-"):
        raise incomplete(f"Unsupported AWS 'algorithm': only {ALGORITHM} is supported.")
    parameters = dict(_PARAMETER.findall(rest)) if algorithm == ALGORITHM else {}
    moment = _moment_of_header(request)
    lacking = [
        f"Authorization header requires '{name}' parameter."
        for name in ("Credential", "Signature", "SignedHeaders")
        if not parameters.get(name)
    ]
    if moment is None:
        lacking.append(
            "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."
        )
    if lacking or moment is None:
        raise incomplete(" ".join(lacking))
    return Signature(
        credential=_credential(parameters["Credential"]),
        signed_headers=_header_names(parameters["SignedHeaders"]),
        signature=parameters["Signature"],
        moment=moment,
        session_token=request.headers.get("x-amz-security-token"),
    )


def _from_query(parameters: dict[str, str]) -> Signature:
    if parameters.get("X-Amz-Algorithm") != ALGORITHM:
        raise incomplete(f"Unsupported AWS 'algorithm': only {ALGORITHM} is supported.")
    lacking = [name for name in _PRESIGNED if not parameters.get(name)]
    if lacking:
        wanted = ", ".join(lacking)
        raise incomplete(f"AWS query-string parameters must include {wanted}.")
    moment = _parse_time(parameters["X-Amz-Date"])
    if moment is None:
        raise incomplete("X-Amz-Date must be in the ISO-8601 basic format.")
    return Signature(
        credential=_credential(parameters["X-Amz-Credential"]),
        signed_headers=_header_names(parameters["X-Amz-SignedHeaders"]),
        signature=parameters["X-Amz-Signature"],
        moment=moment,
        session_token=parameters.get("X-Amz-Security-Token"),
        lifetime=_lifetime(parameters["X-Amz-Expires"]),
    )


def _credential(text: str) -> Credential:
    credential = parse_credential(text)
    if credential is None:
        raise incomplete(
            "Credential must have exactly 5 slash-delimited elements, "
            "e.g. keyid/date/region/service/term."
        )
    return credential


def _header_names(text: str) -> tuple[str, ...]:
    return tuple(name.lower() for name in text.split(";"))


def _lifetime(text: str) -> timedelta:
    seconds = int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0
    if not 0 < seconds <= LONGEST_PRESIGNED.total_seconds():
        raise incomplete("X-Amz-Expires must be a number of seconds from 1 to 604800.")
    return timedelta(seconds=seconds)


def _moment_of_header(request: Request) -> datetime | None:
    if "x-amz-date" in request.headers:
        return _parse_time(request.headers["x-amz-date"])
    try:
        date = parsedate_to_datetime(request.headers.get("date", ""))
        return date.astimezone(UTC) if date.tzinfo else None
    except (ValueError, OverflowError):
        return None


def _parse_time(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, TIME_FORMAT).replace(tzinfo=UTC)
    except ValueError:
        return None


def _query_parameters(query: str) -> dict[str, str]:
    """Decoded parameters; `+` is itself, as signatures read it. The first of a name wins."""
    parameters: dict[str, str] = {}
    for name, value in decoded_pairs(query):
        parameters.setdefault(name.decode("utf-8", "replace"), value.decode("utf-8", "replace"))
    return parameters
