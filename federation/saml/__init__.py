"""SAML 2.0 identity providers of a pool, which is the service provider (Web Browser SSO)."""
