"""Response types and modes (OAuth 2.0 Multiple Response Type Encoding Practices 1.0, OAuth 2.0
Form Post Response Mode 1.0): what an authorization response holds, and how it travels."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

CODE, TOKEN, ID_TOKEN = "code", "token", "id_token"
QUERY, FRAGMENT, FORM_POST = "query", "fragment", "form_post"
MODES = (QUERY, FRAGMENT, FORM_POST)

ResponseTypes = frozenset[str]

# As the specifications write them; the order of the words means nothing (RFC 6749 §3.1.1).
NAMES = (
    "code",
    "token",
    "id_token",
    "id_token token",
    "code id_token",
    "code token",
    "code id_token token",
)
SUPPORTED: Mapping[ResponseTypes, str] = {frozenset(name.split()): name for name in NAMES}


def parse(text: str) -> ResponseTypes | None:
    """What `response_type` asks for; None for what is no response type here."""
    words = text.split(" ")
    types = frozenset(words)
    return types if types in SUPPORTED and len(types) == len(words) else None


def is_front_channel(types: Iterable[str]) -> bool:
    """Whether tokens themselves go through the browser."""
    return not {TOKEN, ID_TOKEN}.isdisjoint(types)


def is_hybrid(types: Iterable[str]) -> bool:
    """Whether a code comes with tokens (OIDC Core §3.3)."""
    return CODE in types and is_front_channel(types)


def flows(types: Iterable[str]) -> frozenset[str]:
    """The members of AllowedOAuthFlows that a client needs."""
    needed = {"code"} if CODE in types else set()
    return frozenset({*needed, "implicit"} if is_front_channel(types) else needed)


def default_mode(types: Iterable[str]) -> str:
    """Multiple Response Types §2.1 and §5: fragment wherever tokens are returned."""
    return FRAGMENT if is_front_channel(types) else QUERY


def may_travel(types: Iterable[str], mode: str, redirect_uri: str) -> bool:
    """Multiple Response Types §3: for tokens, "query encoding MUST NOT be used"; servers keep
    addresses in their logs. A form can be sent to a web server only."""
    if mode == FORM_POST:
        return redirect_uri.startswith(("https:", "http:"))
    return mode == FRAGMENT or (mode == QUERY and not is_front_channel(types))


def mode(parameters: Mapping[str, str], redirect_uri: str) -> str:
    """How the answer to a request travels, a refusal too: as asked, where that is safe."""
    types = parameters.get("response_type", "").split(" ")
    asked = parameters.get("response_mode", "")
    return asked if may_travel(types, asked, redirect_uri) else default_mode(types)
