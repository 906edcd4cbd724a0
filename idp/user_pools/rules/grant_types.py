"""The grants of the token endpoint that Amazon Cognito does not have, by their names in OAuth.

A client takes part in them where its metadata's `grant_types` (RFC 7591 §2) has them. Cognito's own
are `AllowedOAuthFlows`, and are configured there alone.
"""

from __future__ import annotations

DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"
"""RFC 8628 §3.4."""

BEYOND_COGNITO = (DEVICE_CODE,)
"""Those that a client chooses. Whose assertions buy tokens (RFC 7523), the pool says."""
