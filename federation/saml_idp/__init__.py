"""A pool as the SAML 2.0 identity provider of other software (Web Browser SSO, Single Logout)."""
