"""HTTP_PROXY of HTTP APIs behind the response cache (beyond AWS, which has it for REST APIs)."""

from __future__ import annotations

from dataclasses import replace

from gateway.context import Answered, Identified, Prepared, Reply, Result, Steps, grown
from gateway.effects import ReadBody, Send, Sent
from gateway.handlers.finish import map_response
from gateway.handlers.read_cache import instead_of, look_up
from gateway.handlers.write_cache import keep
from gateway.integrations.failures import reply_to
from gateway.integrations.message import UpstreamRequest
from gateway.snapshot import Caching


def integrate_kept(context: Identified, caching: Caching, request: UpstreamRequest) -> Steps:
    """A kept reply, or the upstream's, read whole and kept.

    The body is part of what is asked. And it is there before others wait for its reply: whoever
    sends it slowly keeps nobody waiting but himself.
    """
    body = yield ReadBody()
    if isinstance(body, Reply):
        return body
    found = yield from look_up(grown(Prepared, context, body=body), caching)
    if not isinstance(found, Prepared):
        return found
    whole = replace(request, content_length=len(body) or None, is_chunked=False)
    sent = yield Send(whole, body)
    if not isinstance(sent, Sent):
        return instead_of(found, reply_to(sent))
    reply = Reply(sent.status, map_response(context, sent.headers), sent.body)
    result = Result(sent.status, sent.headers, sent.body, seconds=sent.seconds)
    return (yield from keep(grown(Answered, found, result=result, reply=reply), caching))
