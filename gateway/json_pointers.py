"""JSON pointers (RFC 6901), such as `/paths/~1pets/get`."""

from __future__ import annotations


def tokens_of(pointer: str) -> tuple[str, ...]:
    """The decoded tokens, with or without the slash in front; `("",)` of an empty pointer."""
    return tuple(map(decoded, pointer.removeprefix("/").split("/")))


def decoded(token: str) -> str:
    """One token as the key that it stands for: `~1` is a slash, `~0` a tilde."""
    return token.replace("~1", "/").replace("~0", "~")
