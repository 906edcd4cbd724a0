"""Whether an operator's filters and DNs can be sent, before anybody signs in."""

from __future__ import annotations

from federation.ldap import filters, messages
from federation.ldap.messages import Unsendable
from idp.user_pools.rules.directory_settings import DirectorySettings
from idp.user_pools.rules.documented_settings import WrongSetting

SAMPLE = {"username": "ada", "dn": "cn=ada,dc=example,dc=com"}


def check_filters(settings: DirectorySettings) -> None:
    """Raises `WrongSetting`."""
    texts = [("user_filter", settings.user_filter)]
    if settings.groups is not None:
        texts.append(("groups", settings.groups.searched_by))
    for name, template in texts:
        for text in (filters.fill(template, SAMPLE), filters.of_anybody(template)):
            try:
                messages.search_request(1, settings.base_dn, settings.scope, text, ["cn"], (1, 1))
            except Unsendable:
                raise WrongSetting(name, "is no search filter (RFC 4515)") from None
