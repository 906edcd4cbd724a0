"""Send a share of a stage's requests to its canary ("Set up an API Gateway canary release
deployment", API Gateway developer guide)."""

from __future__ import annotations

import hashlib

from gateway.context import Located, grown

_PARTS = 2**32


def choose_release(context: Located) -> Located:
    """The stage's own deployment, or in `percentTraffic` of a hundred requests its canary.

    "Total API traffic is separated at random into a production release and a canary release with a
    pre-configured ratio." What decides is the request's id, of which a client knows nothing
    beforehand, hashed so that its form does not matter: the same request is always served alike.
    """
    stage = context.stage
    if stage.canary is None or stage.canary_stage is None:
        return context
    if not is_chosen(context.request.id, stage.canary.percent):
        return context
    return grown(Located, context, stage=stage.canary_stage)


def is_chosen(request_id: str, percent: float) -> bool:
    """Whether a request is among the share of the canary."""
    digest = hashlib.blake2b(request_id.encode("utf-8", "replace"), digest_size=4).digest()
    return int.from_bytes(digest, "big") * 100 < percent * _PARTS
