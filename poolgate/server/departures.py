"""Which clients have gone away while they wait for an answer.

Nothing is read from a connection while its request is being answered, so that nobody would notice
its end until something is written: after minutes, where a backend is silent. One look at all of
them in a second costs less than a watcher for each request.
"""

from __future__ import annotations

import select
from collections.abc import Iterable
from typing import Any

from gevent.monkey import get_original

from kernel.departure import Departure

# gevent's poll would switch greenlets; the original only asks the kernel.
_poll: Any = get_original("select", "poll")
# Linux alone tells of a peer that merely sends no more; elsewhere both sides must have ended.
_ENDED = getattr(select, "POLLRDHUP", 0)
_GONE = _ENDED | select.POLLHUP | select.POLLERR


def tell(waiting: Iterable[tuple[int, Departure]]) -> None:
    """Call what is to be called for those connections, by file descriptor, that have ended.

    A client that only says that it sends no more is taken for one that left, as by most proxies.
    """
    known = {fd: departure for fd, departure in waiting if departure.call is not None}
    if not known:
        return
    poll = _poll()
    for fd in known:
        poll.register(fd, _ENDED)
    for fd, events in poll.poll(0):
        departure = known[fd]
        call, departure.call = departure.call, None
        if call is not None and events & _GONE:
            call()
