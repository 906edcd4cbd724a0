"""What kind of image some bytes are, told by their content; SVG that does anything is refused."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from xml.parsers import expat

from idp.errors import InvalidParameter

CONTENT_TYPES = {
    "ICO": "image/x-icon",
    "JPEG": "image/jpeg",
    "PNG": "image/png",
    "SVG": "image/svg+xml",
    "WEBP": "image/webp",
}

_SVG = "http://www.w3.org/2000/svg"
_DRAWING = frozenset(
    {
        "circle", "clipPath", "defs", "desc", "ellipse", "feBlend", "feColorMatrix",
        "feComponentTransfer", "feComposite", "feDropShadow", "feFlood", "feFuncA", "feFuncB",
        "feFuncG", "feFuncR", "feGaussianBlur", "feMerge", "feMergeNode", "feMorphology",
        "feOffset", "filter", "g", "line", "linearGradient", "marker", "mask", "metadata", "path",
        "pattern", "polygon", "polyline", "radialGradient", "rect", "stop", "style", "svg",
        "symbol", "text", "textPath", "title", "tspan", "use",
    }
)  # read as a list  # fmt: skip
# What drawing programs leave behind. No browser does anything with it.
_INERT = frozenset(
    {
        "http://creativecommons.org/ns#",
        "http://purl.org/dc/elements/1.1/",
        "http://sodipodi.sourceforge.net/DTD/sodipodi-0.dtd",
        "http://web.resource.org/cc/",
        "http://www.inkscape.org/namespaces/inkscape",
        "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    }
)
DEEPEST = 64
MOST_ELEMENTS = 20_000

# An address other than one within the document, a rule that loads one, or a way to hide either.
# White space is passed over once, and never given back.
_ACTIVE = re.compile(
    r"url\((?!\s*+['\"]?+\s*+#)|(?:image-set|cross-fade|image|src|element|expression)\("
    r"|@|\\|javascript:|<",
    re.IGNORECASE,
)


def check(content: bytes, allowed: frozenset[str], what: str) -> str:
    """The kind: ICO, JPEG, PNG, SVG or WEBP. Raises `InvalidParameter` where it is none of the
    `allowed` ones; `what` names the image."""
    kind = _kind(content)
    if kind not in allowed:
        raise InvalidParameter(f"{what} must be an image of the type {', '.join(sorted(allowed))}.")
    if kind == "SVG":
        _check_svg(content, what)
    return kind


def _kind(content: bytes) -> str:
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if content.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "WEBP"
    if content.startswith(b"\x00\x00\x01\x00"):
        return "ICO"
    is_markup = content.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<")
    return "SVG" if is_markup else ""


@dataclass
class _Drawing:
    """Refuses every element and attribute that is not of a drawing."""

    what: str
    depth: int = 0
    elements: int = 0
    is_style: bool = False
    styles: list[str] = field(default_factory=list)

    def start(self, name: str, attributes: dict[str, str]) -> None:
        namespace, _, local = name.rpartition(" ")
        self.depth += 1
        self.elements += 1
        if self.depth > DEEPEST or self.elements > MOST_ELEMENTS:
            raise self.refusal("is nested too deeply or has too many elements")
        if self.is_style:
            # What follows it would be style still, to a browser.
            raise self.refusal("has an element within a style")
        if self.depth == 1 and (namespace, local) != (_SVG, "svg"):
            raise self.refusal("is no SVG")
        if namespace not in _INERT and not (namespace == _SVG and local in _DRAWING):
            raise self.refusal("has an element that is not of a drawing")
        self.is_style = local == "style"
        for attribute, value in attributes.items():
            self._check_attribute(attribute.rpartition(" ")[2].lower(), value)

    def _check_attribute(self, name: str, value: str) -> None:
        is_reference = name in ("href", "src", "base")
        if name.startswith("on") or (is_reference and not value.strip().startswith("#")):
            raise self.refusal("has an attribute that runs or loads something")
        if _ACTIVE.search(value):
            raise self.refusal("has an attribute that runs or loads something")

    def data(self, text: str) -> None:
        if self.is_style:
            self.styles.append(text)

    def end(self, _: str) -> None:
        self.depth -= 1
        self.is_style = False

    def refuse(self, *_: object) -> None:
        raise self.refusal("has a document type or a processing instruction")

    def refusal(self, reason: str) -> InvalidParameter:
        return InvalidParameter(f"{self.what} {reason}.")


def _check_svg(content: bytes, what: str) -> None:
    drawing = _Drawing(what)
    parser = expat.ParserCreate("utf-8", " ")
    parser.buffer_text = True
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    parser.StartDoctypeDeclHandler = drawing.refuse
    parser.ProcessingInstructionHandler = drawing.refuse
    parser.StartElementHandler = drawing.start
    parser.CharacterDataHandler = drawing.data
    parser.EndElementHandler = drawing.end
    try:
        # A browser believes the encoding that the document declares: it must be the one read here.
        if re.search(rb"encoding\s*=\s*['\"](?!utf-8['\"])", content[:200], re.IGNORECASE):
            raise drawing.refusal("must be encoded in UTF-8")
        parser.Parse(content, True)
    except expat.ExpatError:
        raise drawing.refusal("is not well-formed XML") from None
    if _ACTIVE.search("".join(drawing.styles)):
        raise drawing.refusal("has a style that loads something")
