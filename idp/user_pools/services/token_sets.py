"""What a sign-in or a refresh hands out, and how operations of Cognito's API answer with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class NewDevice:
    """What a sign-in tells its client of a device that it was not known to be on before."""

    key: str
    group_key: str


@dataclass(frozen=True)
class TokenSet:
    """Signed tokens. `lifetime` is the access token's, in seconds."""

    access_token: str
    id_token: str
    refresh_token: str
    lifetime: int
    new_device: NewDevice | None = None

    def authentication_result(self, *, with_refresh_token: bool = True) -> dict[str, Any]:
        """AuthenticationResultType."""
        result: dict[str, Any] = {
            "AccessToken": self.access_token,
            "ExpiresIn": self.lifetime,
            "TokenType": "Bearer",
            "RefreshToken": self.refresh_token,
            "IdToken": self.id_token,
        }
        if not with_refresh_token:
            del result["RefreshToken"]
        if self.new_device is not None:
            result["NewDeviceMetadata"] = {
                "DeviceKey": self.new_device.key,
                "DeviceGroupKey": self.new_device.group_key,
            }
        return result
