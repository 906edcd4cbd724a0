"""What a sign-in is for: an authorization request, a device that waits, or the account page."""

from __future__ import annotations

from werkzeug.datastructures import MultiDict

from idp.hosted_ui import device_entry
from idp.hosted_ui.account import entry as account_entry
from idp.hosted_ui.account.entry import AccountEntry
from idp.hosted_ui.device_entry import DeviceEntry
from idp.oauth.endpoints.authorize import checked
from idp.oauth.grants.authorization_code import AuthorizationCodeGrant
from idp.oauth.provider import Provider

Purpose = AuthorizationCodeGrant | DeviceEntry | AccountEntry


def read(provider: Provider, values: MultiDict[str, str], path: str = "") -> Purpose:
    """The purpose that a query names, and the place of the account page. Raises
    `authorize.Refused` and `PageError`."""
    if account_entry.is_meant(path, values):
        return account_entry.read(provider, values)
    if device_entry.is_meant(values):
        return device_entry.read(provider, values)
    return checked(provider, values)
