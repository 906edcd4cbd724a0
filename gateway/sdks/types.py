"""The languages that SDKs are generated for."""

from __future__ import annotations

import keyword
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from gateway.sdks.description import Stage
from gateway.sdks.javascript import javascript_sdk
from gateway.sdks.operations import Operation
from gateway.sdks.python import DEFAULT_PACKAGE, python_sdk

Generate = Callable[[Stage, tuple[Operation, ...], Mapping[str, str]], bytes]


@dataclass(frozen=True)
class Property:
    """A parameter of GetSdk."""

    name: str
    friendly_name: str
    description: str
    default: str
    form: re.Pattern[str]


@dataclass(frozen=True)
class SdkType:
    """A language: `generate` gives the bytes of its zip."""

    id: str
    friendly_name: str
    description: str
    generate: Generate
    properties: tuple[Property, ...] = ()


PACKAGE = Property(
    "packageName",
    "Package name",
    "The name that the package is imported by.",
    DEFAULT_PACKAGE,
    re.compile(r"[a-z][a-z0-9_]{0,63}"),
)
SDK_TYPES: Mapping[str, SdkType] = {
    each.id: each
    for each in (
        SdkType("javascript", "JavaScript", "For browsers and Node.js 20 or later", javascript_sdk),
        SdkType("python", "Python", "For Python 3.10 or later", python_sdk, (PACKAGE,)),
    )
}


class InvalidParameter(Exception):
    """A parameter that a language does not have, or with a value that is none for it."""


def parameters_for(sdk_type: SdkType, given: Mapping[str, str]) -> dict[str, str]:
    """The properties of a language with their values. Raises `InvalidParameter`."""
    known = {each.name: each for each in sdk_type.properties}
    for name in given:
        if name not in known:
            raise InvalidParameter(
                f"Invalid parameter {name[:64]}: SDKs of {sdk_type.friendly_name} have "
                + (f"only {', '.join(known)}" if known else "none")
            )
    values = {name: given.get(name) or each.default for name, each in known.items()}
    for name, value in values.items():
        if not known[name].form.fullmatch(value) or keyword.iskeyword(value):
            raise InvalidParameter(
                f"Invalid {name}: it must be a name of lower-case letters, digits and underscores"
            )
    return values
