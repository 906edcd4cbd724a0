"""The pools' authorization server: OAuth 2.0 (RFC 6749) and OpenID Connect, on Authlib."""
