"""Asking a pool's directory: who somebody is, and whether his password is right.

The servers of a directory are asked in the operator's order. One that fails is left alone for a
while, and so many connections are open at a time: a directory in trouble is not made to suffer, and
nobody waits longer than `timeout_seconds`.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime

import structlog

from federation.ldap import bind_results, filters, people
from federation.ldap.connection import DirectoryRefused, LdapConnection, connected, told
from federation.ldap.messages import Entry, Unsendable
from idp.errors import DirectoryUnavailable
from idp.user_pools.rules.directory_settings import DirectorySettings, GroupSettings
from idp.user_pools.services.user_directories import (
    WRONG,
    Admit,
    Directory,
    Person,
    Proof,
    Verdict,
)
from kernel.outbound import AddressGuard
from kernel.sealing import Sealer

MOST_GROUPS = 1000
NOBODY_BYTES = 16

log = structlog.get_logger("poolgate.directory")


@dataclass
class _State:
    """What a process remembers of a directory."""

    settings: DirectorySettings
    turns: threading.BoundedSemaphore
    paused: dict[str, float] = field(default_factory=dict)
    """Until when (of `time.monotonic`), by address."""


class LdapDirectory:
    """One for each process: `UserDirectory` over LDAP."""

    def __init__(self, guard: AddressGuard, sealer: Sealer, now: Callable[[], datetime]) -> None:
        self._guard, self._sealer, self._now = guard, sealer, now
        self._states: dict[str, _State] = {}

    def prove(self, directory: Directory, username: str, password: str, admit: Admit) -> Proof:
        """As `UserDirectory` says. An empty password never leaves (RFC 4513 §5.1.2)."""
        if not password:
            return WRONG
        settings = directory.settings
        with self._bound(directory) as connection:
            entry, person = self._search(connection, settings, username)
            is_admitted = admit(person) and entry is not None
            dn = entry.dn if entry is not None and is_admitted else _nobody(settings)
            verdict = self._bind(connection, settings, dn, password)
            if entry is None or person is None or not is_admitted or verdict is Verdict.WRONG:
                return WRONG
            if settings.groups is not None and verdict is not Verdict.DISABLED:
                self._bind_to_search(directory, connection)
                person = self._with_groups(connection, settings.groups, entry, person)
            return Proof(verdict, person)

    def find(self, directory: Directory, username: str) -> Person | None:
        settings = directory.settings
        with self._bound(directory) as connection:
            entry, person = self._search(connection, settings, username)
            if entry is None or person is None or settings.groups is None:
                return person
            return self._with_groups(connection, settings.groups, entry, person)

    def present(self, directory: Directory, ids: Sequence[str]) -> Mapping[str, Person]:
        settings = people.bare(directory.settings)
        octets = [people.identifier_octets(each, settings) for each in ids]
        text = filters.with_any(settings.id_attribute, octets, settings.user_filter)
        wanted = people.wanted(settings)
        with self._bound(directory) as connection:
            entries, is_whole = connection.search(
                settings.base_dn, settings.scope, text, wanted, len(ids)
            )
            if not is_whole:
                raise connection.refused("does not tell all the people it was asked for")
        found = (people.person(entry, settings, self._now()) for entry in entries)
        return {person.id: person for person in found if person is not None}

    # --- the steps ---------------------------------------------------------------------------

    def _search(
        self, connection: LdapConnection, settings: DirectorySettings, username: str
    ) -> tuple[Entry | None, Person | None]:
        """The one entry of that name. A name that several have is nobody's."""
        text = filters.fill(settings.user_filter, {"username": username})
        wanted = people.wanted(settings)
        entries, is_whole = connection.search(settings.base_dn, settings.scope, text, wanted, 2)
        if len(entries) > 1 or not is_whole:
            log.warning("directory_name_ambiguous", server=connection.name)
        if len(entries) != 1 or not is_whole:
            return None, None
        person = people.person(entries[0], settings, self._now())
        if person is None:
            log.warning("directory_entry_unusable", server=connection.name)
            return None, None
        return entries[0], person

    def _bind(
        self, connection: LdapConnection, settings: DirectorySettings, dn: str, password: str
    ) -> Verdict:
        try:
            result = connection.bind(dn, password)
        except Unsendable:  # nobody can have such a password
            return Verdict.WRONG
        verdict = bind_results.verdict(result, is_active_directory=settings.is_active_directory)
        if verdict is None:
            raise connection.refused(f"checks no password: result {result.code}{told(result)}")
        return verdict

    def _with_groups(
        self,
        connection: LdapConnection,
        groups: GroupSettings,
        entry: Entry,
        person: Person,
    ) -> Person:
        if not groups.base_dn:
            names = people.groups_of_attribute(entry, groups)
            return replace(person, groups=people.groups(names, groups))
        values = {"dn": entry.dn, "username": person.username}
        found, is_whole = connection.search(
            groups.base_dn,
            "subtree",
            filters.fill(groups.searched_by, values),
            [groups.name_attribute],
            MOST_GROUPS,
        )
        if not is_whole:
            raise connection.refused(f"tells of more than {MOST_GROUPS} groups of one person")
        names = [(each.dn, each.text(groups.name_attribute) or "") for each in found]
        return replace(person, groups=people.groups(names, groups))

    # --- the way there -----------------------------------------------------------------------

    @contextmanager
    def _bound(self, directory: Directory) -> Iterator[LdapConnection]:
        """A connection on which we may search. Which server it is, is settled once that works:
        nothing that comes after is tried at another one, least of all a password."""
        state = self._state(directory)
        ends = time.monotonic() + directory.settings.timeout_seconds
        if not state.turns.acquire(timeout=directory.settings.timeout_seconds):
            raise DirectoryUnavailable("All connections to the directory are in use.")
        try:
            yield from self._first_that_answers(directory, state, ends)
        finally:
            state.turns.release()

    def _first_that_answers(
        self, directory: Directory, state: _State, ends: float
    ) -> Iterator[LdapConnection]:
        settings = directory.settings
        urls = [each for each in settings.urls if state.paused.get(each, 0) <= time.monotonic()]
        failure = DirectoryUnavailable("Every server of the directory has failed a moment ago.")
        for position, url in enumerate(urls):
            seconds = (ends - time.monotonic()) / (len(urls) - position)
            if seconds <= 0:
                break
            is_open = False
            try:
                with connected(self._guard, settings, url, seconds) as connection:
                    self._bind_to_search(directory, connection)
                    is_open = True
                    yield connection
                    return
            except DirectoryUnavailable as error:
                if is_open and isinstance(error, DirectoryRefused):
                    raise
                state.paused[url] = time.monotonic() + settings.pause_seconds
                log.warning("directory_server_failed", url=url, reason=error.reason)
                if is_open:
                    raise
                failure = error
        raise failure

    def _bind_to_search(self, directory: Directory, connection: LdapConnection) -> None:
        dn = directory.settings.bind_dn
        if not dn:
            return
        result = connection.bind(dn, directory.bind_password(self._sealer))
        if result.code != bind_results.SUCCESS:
            is_wrong = result.code == bind_results.INVALID_CREDENTIALS
            what = "says that bind_dn or its password is wrong" if is_wrong else "refuses bind_dn"
            raise connection.failed(f"{what}: result {result.code}{told(result)}")

    def _state(self, directory: Directory) -> _State:
        state = self._states.get(directory.pool_id)
        if state is None or state.settings != directory.settings:
            turns = threading.BoundedSemaphore(directory.settings.connections)
            state = self._states[directory.pool_id] = _State(directory.settings, turns)
        return state


def _nobody(settings: DirectorySettings) -> str:
    """A name that the directory does not have: no password is right for it, and none is counted
    against anybody."""
    return f"cn={secrets.token_hex(NOBODY_BYTES)},{settings.base_dn}"
