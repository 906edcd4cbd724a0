"""The control plane of REST APIs: the apigateway operations."""

from __future__ import annotations

from kernel.aws.operations import OperationFamily

FAMILIES: tuple[OperationFamily, ...] = ()
