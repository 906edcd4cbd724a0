"""An app client's terms documents, as the sign-up page links to them.

"You must provide both types of terms documents in at least one language before Amazon Cognito
displays your terms documents" (CreateTerms).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import bindparam, select

from idp.models import PoolDocument
from idp.user_pools.rules.languages import ENGLISH, Language
from idp.user_pools.services import terms
from idp.user_pools.services.subjects import ClientContext
from kernel.runtime import Kernel
from kernel.statements import Prepared, Rows

DOCUMENT = Prepared(
    select(PoolDocument.document).where(
        PoolDocument.pool_id == bindparam("pool_id"),
        PoolDocument.kind == bindparam("kind"),
        PoolDocument.key == bindparam("key"),
    )
)


@dataclass(frozen=True)
class Shown:
    """Links by the names of templates; none where the client has not both documents."""

    links: Mapping[str, str]


def shown(
    rows: Rows, kernel: Kernel, context: ClientContext, language: Language
) -> Mapping[str, str]:
    """`terms_of_use` and `privacy_policy` for readers of a language, from memory while nobody
    changes them."""
    # "cognito:default" is for languages without a document of their own.
    wishes = (language.terms, terms.DEFAULT_LANGUAGE, ENGLISH.terms)

    def load() -> Shown:
        urls = {name: _url(rows, context, name, wishes) for name in terms.NAMES}
        links = {name.replace("-", "_"): url for name, url in urls.items() if url}
        return Shown(links if len(links) == len(terms.NAMES) else {})

    found = kernel.configuration.get(rows, (Shown, context.client.id, language.tag), load)
    return found.links if found else {}


def _url(rows: Rows, context: ClientContext, name: str, wishes: tuple[str, ...]) -> str | None:
    pool_id, key = context.pool.id, terms.name_key(context.client.id, name)
    named = rows.first(DOCUMENT, pool_id=pool_id, kind=terms.OF_CLIENT, key=key)
    if named is None:
        return None
    row = rows.first(DOCUMENT, pool_id=pool_id, kind=terms.KIND, key=named[0]["Id"])
    links = row[0]["Links"] if row else {}
    return next((links[language] for language in wishes if language in links), None)
