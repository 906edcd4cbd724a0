"""Maps every table, for Alembic to compare with."""

from __future__ import annotations

import gateway.control.account.models
import gateway.control.models
import gateway.control.rest.models
import idp.models
import kernel.configuration
import kernel.iam.models

__all__ = ["gateway", "idp", "kernel"]
