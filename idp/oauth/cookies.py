"""Cookies of the hosted pages, named and bound per pool."""

from __future__ import annotations

from datetime import timedelta

from flask import Response, request

NAME = "poolgate-{kind}-{pool_id}"
HOST_BOUND = "__Host-"
"""RFC 6265bis §4.1.3.2: Secure, Path=/ and no Domain, so no sibling host can plant it."""


class PoolCookie:
    """One cookie of one pool in the present request."""

    def __init__(self, kind: str, pool_id: str, secure: bool) -> None:
        self._secure = secure
        self.name = (HOST_BOUND if secure else "") + NAME.format(kind=kind, pool_id=pool_id)

    @property
    def value(self) -> str | None:
        return request.cookies.get(self.name)

    def set(
        self,
        response: Response,
        value: str,
        lifetime: timedelta,
        *,
        crosses_sites: bool = False,
        for_scripts: bool = False,
    ) -> None:
        """No script can read it, and no frame of another site sends it, unless that is asked for.

        Over plain http it never leaves its site: browsers take SameSite=None with Secure alone.
        """
        response.set_cookie(
            self.name,
            value,
            max_age=lifetime,
            path="/",
            secure=self._secure,
            httponly=not for_scripts,
            samesite="None" if crosses_sites and self._secure else "Lax",
        )

    def clear(self, response: Response) -> None:
        response.delete_cookie(
            self.name, path="/", secure=self._secure, httponly=True, samesite="Lax"
        )


def pools_named(kind: str) -> list[str]:
    """The pools that the present request has a cookie of that kind for."""
    prefix = NAME.format(kind=kind, pool_id="")
    names = (name.removeprefix(HOST_BOUND) for name in request.cookies)
    return [name.removeprefix(prefix) for name in names if name.startswith(prefix)]
