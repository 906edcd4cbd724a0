"""OpenID Connect providers as identity providers of a pool."""
