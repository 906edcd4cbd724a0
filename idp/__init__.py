"""The identity provider: user pools, OAuth and the hosted pages."""
