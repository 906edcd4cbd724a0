"""An app client as OAuth sees it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from idp.errors import ClientNotFound
from idp.user_pools.rules import redirect_uris, response_types
from idp.user_pools.rules.client_metadata import ClientMetadata
from idp.user_pools.rules.client_secret import is_client_secret
from idp.user_pools.rules.grant_types import DEVICE_CODE
from idp.user_pools.rules.provider_details import LOCAL_USERS
from idp.user_pools.rules.response_types import ResponseTypes
from idp.user_pools.rules.scopes import STANDARD_SCOPES
from idp.user_pools.services import client_scopes, subjects
from idp.user_pools.services.subjects import ClientContext
from kernel.runtime import Kernel
from kernel.statements import Rows


@dataclass(frozen=True, repr=False)
class OAuthClient:
    """A client and what it may do; Authlib asks the two `check_` methods."""

    context: ClientContext
    custom_scopes: tuple[str, ...] = ()
    """The allowed scopes that a resource server of the pool defines today."""

    @cached_property
    def client_id(self) -> str:
        return self.context.client.id

    @cached_property
    def pool_id(self) -> str:
        return self.context.pool.id

    @cached_property
    def settings(self) -> Mapping[str, Any]:
        return self.context.client.settings

    @cached_property
    def is_public(self) -> bool:
        """Whether nothing proves who it is: neither a secret nor a key."""
        return not self.context.secrets and not self.metadata.has_own_keys

    @property
    def metadata(self) -> ClientMetadata:
        """What is registered of it beyond Cognito's settings."""
        return self.context.metadata

    @property
    def requires_pkce(self) -> bool:
        """RFC 9700 §2.1.1: "public clients MUST use PKCE"; `poolgate clients` relaxes it."""
        return self.is_public and self.context.client.requires_pkce

    @property
    def callback_uris(self) -> tuple[str, ...]:
        return tuple(self.settings.get("CallbackURLs", ()))

    def may_be_called_back(self, uri: str) -> bool:
        """A native app has no secret to keep: it alone may listen at whichever port is free."""
        return redirect_uris.is_registered(uri, self.callback_uris, any_port=self.is_public)

    @property
    def logout_uris(self) -> tuple[str, ...]:
        """Where a sign-out may lead."""
        allowed = self.settings.get("LogoutURLs", ())
        return tuple(dict.fromkeys((*allowed, *self.metadata.post_logout_redirect_uris)))

    @property
    def default_redirect_uri(self) -> str | None:
        return self.settings.get("DefaultRedirectURI")

    @property
    def identity_providers(self) -> tuple[str, ...]:
        """Where people may come from; `COGNITO` stands for the pool's own users."""
        return tuple(self.settings.get("SupportedIdentityProviders", (LOCAL_USERS,)))

    @property
    def signs_in_local_users(self) -> bool:
        """Whether the hosted pages may ask for this pool's own passwords."""
        return LOCAL_USERS in self.identity_providers

    @property
    def upstreams(self) -> tuple[str, ...]:
        """The identity providers that are not the pool itself."""
        return tuple(each for each in self.identity_providers if each != LOCAL_USERS)

    @property
    def takes_sign_ups(self) -> bool:
        """Whether the hosted pages make new accounts."""
        return self.signs_in_local_users and self.context.takes_sign_ups

    @property
    def user_scopes(self) -> tuple[str, ...]:
        """What a person can grant to the client."""
        allowed = self.settings.get("AllowedOAuthScopes", ())
        return tuple(s for s in allowed if s in STANDARD_SCOPES or s in self.custom_scopes)

    def check_grant_type(self, grant_type: str) -> bool:
        """Whether the client's OAuth flows include the grant, or its metadata does."""
        beyond = self.metadata.grant_types
        # What a device is let in with is a refresh token, whatever else the client does.
        if grant_type in beyond or (grant_type == "refresh_token" and DEVICE_CODE in beyond):
            return True
        flows = self.settings.get("AllowedOAuthFlows", ())
        wanted = "code" if grant_type in {"authorization_code", "refresh_token"} else grant_type
        return bool(self.settings.get("AllowedOAuthFlowsUserPoolClient")) and wanted in flows

    def may_ask_for(self, types: ResponseTypes) -> bool:
        """Whether the client may use a response type. RFC 9700 §2.1.2 discourages tokens through
        the browser, so they need `implicit`, and a code with tokens a registration as well."""
        flows = self.settings.get("AllowedOAuthFlows", ())
        registered = self.metadata.response_types
        if registered is not None and types not in registered:
            return False
        if registered is None and response_types.is_hybrid(types):
            return False
        enabled = bool(self.settings.get("AllowedOAuthFlowsUserPoolClient"))
        return enabled and response_types.flows(types).issubset(flows)

    def check_client_secret(self, presented: str) -> bool:
        return bool(self.context.secrets) and is_client_secret(presented, self.context.secrets)


def find(kernel: Kernel, client_id: str) -> OAuthClient | None:
    """The client of that id, or None. What comes back is shared: do not change it."""
    kept = kernel.configuration.recall(kernel.database, (OAuthClient, client_id))
    return kept or kernel.database.look_up(load, kernel, client_id)


def load(rows: Rows, kernel: Kernel, client_id: str) -> OAuthClient | None:
    """`find` in a transaction."""

    def read() -> OAuthClient | None:
        try:
            context = subjects.load_client(rows, kernel, client_id)
        except ClientNotFound:
            return None
        return OAuthClient(context, client_scopes.custom(rows, context))

    return kernel.configuration.get(rows, (OAuthClient, client_id), read)
