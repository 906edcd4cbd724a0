"""Whatever a template says, evaluating it ends soon, and with text or our own refusal."""

from __future__ import annotations

import contextlib
import time

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.mapping.payloads import Payload, parse_json
from gateway.mapping.template_variables import UTIL, escape_java_script, input_variable
from gateway.mapping.vtl import TemplateError, compile_template, evaluate
from gateway.mapping.vtl.limits import OUTPUT_CHARACTERS, Budget
from gateway.mapping.vtl.writing import to_json

_PIECES = st.sampled_from(
    [
        "$",
        "$!",
        "${",
        "}",
        "$x",
        "$x.y",
        "$x[0]",
        "$input.path('$')",
        "$input.json('$')",
        "$input.params()",
        "$input.body",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        "#set(",
        "#if(",
        "#else",
        "#elseif(",
        "#end",
        "#foreach($i",
        "in",
        "#macro(m",
        "#define($d)",
        "#break",
        "#stop",
        "$x=",
        "=",
        "==",
        "'a'",
        '"',
        "'",
        '"$x"',
        "1",
        "2.5",
        "-3",
        "true",
        "+",
        "-",
        "*",
        "/",
        "%",
        "&&",
        "||",
        "!",
        ".",
        "..",
        ",",
        ":",
        "##",
        "#*",
        "*#",
        "#[[",
        "]]#",
        "\\",
        ".length()",
        ".size()",
        ".get(0)",
        ".keySet()",
        ".entrySet()",
        ".replaceAll('a*','$0')",
        ".split(',')",
        "$util.escapeJavaScript($x)",
        "$foreach.hasNext",
        "#m(",
        "[1..9]",
        "{'a':1}",
    ]
) | st.sampled_from([" ", "\n"])
_TEMPLATES = st.lists(_PIECES | st.text(max_size=4), max_size=40).map("".join)
_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=12,
)


def _render(template: str, document: object) -> str:
    parameters = {"path": {}, "querystring": {}, "header": {}}
    variables = {
        "input": input_variable(Payload(orjson.dumps(document)), parameters),
        "util": UTIL,
        "x": document,
    }
    return evaluate(compile_template(template), variables)


@settings(max_examples=400, deadline=None)
@given(_TEMPLATES, _JSON)
def test_any_template_gives_text_or_a_refusal_and_soon(template, document):
    started = time.thread_time()
    with contextlib.suppress(TemplateError):
        assert isinstance(_render(template, document), str)
    assert time.thread_time() - started < 2


_WORDS = st.sampled_from(
    ["$x", "$i", "${i}$!{x}", "a", "$x.size()", "$input.json('$')", "$foreach.count"]
)
_BLOCKS = st.recursive(
    _WORDS,
    lambda inner: st.one_of(
        inner.map("#foreach($i in $x)<{}>#end".format),
        inner.map("#foreach($i in [1..999]){}#end".format),
        inner.map("#if($i){0}#elseif(!$x)b#else{0}#end".format),
        inner.map('#set($x = "{0}{0}")'.format),
        inner.map("#macro(m){}#m()#end#m()".format),
        inner.map("#define($i){}#end$i".format),
        st.lists(inner, max_size=4).map("".join),
    ),
    max_leaves=12,
)


@settings(max_examples=200, deadline=None)
@given(_BLOCKS, _JSON)
def test_blocks_inside_each_other_end_soon_as_well(template, document):
    """Loops in loops, macros that call themselves, strings that double."""
    started = time.thread_time()
    with contextlib.suppress(TemplateError):
        assert len(_render(template, document)) <= OUTPUT_CHARACTERS
    assert time.thread_time() - started < 3


@settings(max_examples=100, deadline=None)
@given(st.text())
def test_text_without_signs_is_written_as_it_is(text):
    plain = text.replace("$", "").replace("#", "")
    assert _render(plain, {}) == plain


@settings(max_examples=100, deadline=None)
@given(_JSON)
def test_json_of_a_body_reads_back_as_the_body(document):
    assert orjson.loads(_render("$input.json('$')", document)) == document


@settings(max_examples=100, deadline=None)
@given(_JSON)
def test_our_own_writer_of_json_agrees_with_the_parser(document):
    assert parse_json(to_json({"it": document}, Budget()).encode()) == {"it": document}


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_escaped_text_is_read_back_from_a_script(text):
    literal = escape_java_script(text).replace("\\'", "'")
    assert orjson.loads(f'"{literal}"') == text
