"""What the maps and texts of methods and integrations may hold. Pure rules."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from gateway import quotas
from gateway.control.errors import Invalid
from gateway.control.rest.mapping_names import require_content_types
from gateway.mapping.vtl import TemplateError, compile_template

VERBS = ("GET", "PUT", "POST", "DELETE", "PATCH", "OPTIONS", "HEAD", "ANY")


def require_option(kind: str, value: str | None, options: Collection[str]) -> None:
    """Refuse a word that is none of those there are; none is allowed. Raises `Invalid`."""
    if value is not None and value not in options:
        raise Invalid(f"Invalid {kind} specified. Valid options are {','.join(options)}")


def require_maps(document: Mapping[str, Any], members: Collection[str]) -> None:
    """Bound the entries of maps and lists. Raises `Invalid`."""
    for member in members:
        if len(document.get(member) or ()) > quotas.METHOD_MAP_ENTRIES:
            raise Invalid(f"{member} has at most {quotas.METHOD_MAP_ENTRIES} entries")


def require_texts(document: Mapping[str, Any], members: Collection[str]) -> None:
    """Bound the length of texts. Raises `Invalid`."""
    for member in members:
        if len(document.get(member) or "") > quotas.METHOD_TEXT_CHARACTERS:
            raise Invalid(f"{member} has at most {quotas.METHOD_TEXT_CHARACTERS} characters")


def require_templates(templates: Mapping[str, str], known: Collection[str] = ()) -> None:
    """Bound templates, check their content types, and the syntax of those that are not known.

    Raises `Invalid`.
    """
    require_content_types(templates)
    for content_type, template in templates.items():
        if len(template.encode()) > quotas.MAPPING_TEMPLATE_BYTES:
            raise Invalid(
                f"The mapping template of {content_type} has more than "
                f"{quotas.MAPPING_TEMPLATE_BYTES} bytes"
            )
    if sum(map(len, templates.values())) > quotas.METHOD_BYTES:
        raise Invalid(f"A method has at most {quotas.METHOD_BYTES} bytes")
    for content_type, template in templates.items():
        if template not in known:
            _require_syntax(content_type, template)


def _require_syntax(content_type: str, template: str) -> None:
    try:
        compile_template(template)
    except TemplateError as error:
        fault = f"Invalid mapping template specified for {content_type}: {error}"
        raise Invalid(f"Validation Result: warnings : [], errors : [{fault}]") from None


def given(request: Mapping[str, Any], members: Collection[str]) -> dict[str, Any]:
    """The members that a request says something with; an empty map or list is something."""
    return {name: request[name] for name in members if request.get(name) not in (None, "")}


def without_empty(document: Mapping[str, Any], *, besides: Collection[str] = ()) -> dict[str, Any]:
    """A patched document without the members that patches have emptied."""
    return {
        name: value
        for name, value in document.items()
        if name in besides or value not in ("", {}, [])
    }
