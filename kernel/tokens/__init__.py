"""Tokens: sign, verify, publish keys, revoke. Shared by the identity provider and the gateway."""
