"""Names that belong to people from elsewhere: PROVIDER_SUBJECT.

A local user who called himself so would keep the person out whose name it is, for as long as he is
there: names of a pool are one namespace.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.errors import InvalidParameter
from idp.models import SignInName, User, UserPool
from idp.models.users import EXTERNAL_PROVIDER
from idp.user_pools.rules.provider_details import SOCIAL
from idp.user_pools.rules.usernames import ADDRESSES, normalise
from idp.user_pools.services import documents

SEPARATOR = "_"


@dataclass(frozen=True)
class Reserved:
    """The beginnings of names that a pool's providers have, and the providers."""

    providers: Mapping[str, str]

    def complaint(self, kind: str, name: str) -> str:
        """What is wrong with a local user's name, in its normal form; "" where nothing is.

        No social provider calls anybody by an address, so one may begin like its name.
        """
        if SEPARATOR not in name:
            return ""
        for beginning, provider in self.providers.items():
            is_possible = kind not in ADDRESSES or provider not in SOCIAL
            if is_possible and name.startswith(beginning):
                return (
                    f"The {kind} cannot begin with {provider}{SEPARATOR}: people who sign in with "
                    "that identity provider are called so."
                )
        return ""


def of_pool(session: Session, pool_id: str, settings: Mapping[str, Any]) -> Reserved:
    names = session.scalars(documents.keys(pool_id, documents.IDENTITY_PROVIDER))
    return Reserved({normalise(f"{name}{SEPARATOR}", settings): name for name in names})


def check(session: Session, pool: UserPool, user_id: str, names: Iterable[tuple[str, str]]) -> None:
    """Raises `InvalidParameter` for a name of a local user that he does not have already."""
    suspicious = [(kind, name) for kind, name in names if SEPARATOR in name]
    if not suspicious:
        return
    reserved = of_pool(session, pool.id, pool.settings)
    for kind, name in suspicious:
        complaint = reserved.complaint(kind, name)
        if complaint and not _has(session, pool.id, user_id, name):
            raise InvalidParameter(complaint)


def check_provider(session: Session, pool: UserPool, provider: str) -> None:
    """Raises `InvalidParameter` for a new provider whose people's names local users have already.

    The name of a social provider is not the operator's to choose, and nobody can be renamed: there
    the one person whose name is taken is refused when he comes.
    """
    if provider in SOCIAL:
        return
    beginning = normalise(f"{provider}{SEPARATOR}", pool.settings)
    local = (
        select(SignInName.name)
        .join(User, User.id == SignInName.user_id)
        .where(
            SignInName.pool_id == pool.id,
            SignInName.name.startswith(beginning, autoescape=True),
            # Who came from a provider of that name before has this state, and stays.
            User.status != EXTERNAL_PROVIDER,
        )
        .limit(1)
    )
    if session.scalar(local) is not None:
        raise InvalidParameter(
            f"ProviderName cannot be {provider}: there are users whose names begin with "
            f"{provider}{SEPARATOR}, as those of people who sign in with it would."
        )


def _has(session: Session, pool_id: str, user_id: str, name: str) -> bool:
    owner = select(SignInName.user_id).where(SignInName.pool_id == pool_id, SignInName.name == name)
    return session.scalar(owner) == user_id
