"""What the stages of both kinds of API set alike."""

from __future__ import annotations

from gateway import quotas, snapshot


def throttle_of(rate: float | None, burst: int | None) -> snapshot.Throttle | None:
    """A bucket; where one of its two numbers is not set, the account's holds."""
    if rate is None and burst is None:
        return None
    return snapshot.Throttle(
        rate=quotas.ACCOUNT_REQUESTS_PER_SECOND if rate is None else rate,
        burst=quotas.ACCOUNT_BURST if burst is None else burst,
    )


def access_log_of(destination: str | None, log_format: str | None) -> snapshot.AccessLog | None:
    """Where and how a stage logs; both must be set."""
    if not destination or not log_format:
        return None
    return snapshot.AccessLog(destination, log_format)
