"""The condition operators (IAM user guide, "IAM JSON policy elements: Condition operators").

Each turns one value of a policy into a test of one value of the request. The negated forms are
not here: they are the same tests with the answer turned round.
"""

from __future__ import annotations

import base64
import ipaddress
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from operator import eq, ge, gt, le, lt
from typing import TypeVar

from kernel.iam.policy.patterns import ArnPattern, Pattern, Variables, tokens

T = TypeVar("T")

Test = Callable[[str, Variables], bool]
"""Whether a value of the request fits. Raises `ValueError` where it is of another type."""

Operator = Callable[[str], Test]
"""Compiles a value of the policy. Raises `ValueError` where it is of another type."""


def _equals(value: str) -> Test:
    return Pattern(tokens(value, has_wildcards=False)).matches


def _equals_ignoring_case(value: str) -> Test:
    return Pattern(tokens(value, has_wildcards=False), ignores_case=True).matches


def _like(value: str) -> Test:
    return Pattern(tokens(value)).matches


def _arn_like(value: str) -> Test:
    return ArnPattern(tokens(value)).matches


def _number(text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise ValueError(text) from None
    if not number.is_finite():
        raise ValueError(text)
    return number


def _moment(text: str) -> datetime:
    """ISO 8601, or seconds since the epoch."""
    try:
        return datetime.fromtimestamp(float(_number(text)), UTC)
    except (ValueError, OverflowError, OSError):
        moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _truth(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise ValueError(text)
    return text.lower() == "true"


def _bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


def _comparing(read: Callable[[str], T], holds: Callable[[T, T], bool]) -> Operator:
    def compile_value(value: str) -> Test:
        expected = read(value)
        return lambda given, _variables: holds(read(given), expected)

    return compile_value


def _within(value: str) -> Test:
    network = ipaddress.ip_network(value)

    def test(given: str, _variables: Variables) -> bool:
        address = ipaddress.ip_address(given)
        if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
            address = address.ipv4_mapped
        return address in network

    return test


OPERATORS: dict[str, Operator] = {
    "StringEquals": _equals,
    "StringEqualsIgnoreCase": _equals_ignoring_case,
    "StringLike": _like,
    "ArnEquals": _arn_like,  # "ArnEquals and ArnLike behave identically"
    "ArnLike": _arn_like,
    "NumericEquals": _comparing(_number, eq),
    "NumericLessThan": _comparing(_number, lt),
    "NumericLessThanEquals": _comparing(_number, le),
    "NumericGreaterThan": _comparing(_number, gt),
    "NumericGreaterThanEquals": _comparing(_number, ge),
    "DateEquals": _comparing(_moment, eq),
    "DateLessThan": _comparing(_moment, lt),
    "DateLessThanEquals": _comparing(_moment, le),
    "DateGreaterThan": _comparing(_moment, gt),
    "DateGreaterThanEquals": _comparing(_moment, ge),
    "Bool": _comparing(_truth, eq),
    "BinaryEquals": _comparing(_bytes, eq),
    "IpAddress": _within,
}

NEGATED: dict[str, str] = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
    "NumericNotEquals": "NumericEquals",
    "DateNotEquals": "DateEquals",
    "NotIpAddress": "IpAddress",
}
"""Negated operators, each with the one whose answer it turns round."""
