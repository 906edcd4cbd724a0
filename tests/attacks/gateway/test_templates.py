"""Templates that reach for the interpreter, for the worker's time, or for its memory."""

from __future__ import annotations

import contextlib
import time

import pytest

from gateway.authorizers.expressions import matches
from gateway.mapping import json_path
from gateway.mapping.payloads import NotJson, Payload
from gateway.mapping.rendering import override_values, status_override
from gateway.mapping.template_variables import UTIL, input_variable
from gateway.mapping.vtl import InvalidTemplate, TemplateError, compile_template, evaluate

BODY = b'{"items": [1, 2, 3], "text": "%b"}' % (b"a" * 5_000)


def _render(template: str, body: bytes = BODY) -> str:
    parameters = {"path": {}, "querystring": {}, "header": {}}
    variables = {
        "input": input_variable(Payload(body), parameters),
        "util": UTIL,
        "context": {"stage": "prod"},
    }
    return evaluate(compile_template(template), variables)


@pytest.mark.parametrize("root", ["$input", "$util", "$context", "$text", "$list", "$input.body"])
@pytest.mark.parametrize(
    "reach",
    [
        ".__class__",
        ".__class__.__mro__",
        ".__init__.__globals__",
        ".__getattribute__('__class__')",
        "['__class__']",
        ".getClass()",
        ".getClass().forName('java.lang.Runtime')",
        ".class",
        ".class.classLoader",
        ".functions",
        ".properties",
        ".append('x')",
        ".format('x')",
        ".__add__('x')",
        ".popitem()",
        ".mro()",
    ],
)
def test_no_attribute_of_the_interpreter_is_reached(root, reach):
    template = f"#set($text = 'x')#set($list = [1])[$!{root[1:]}{reach}]"

    assert _render(template) == "[]"


def _seconds(template: str, body: bytes = BODY) -> float:
    started = time.thread_time()
    with pytest.raises(TemplateError):
        _render(template, body)
    return time.thread_time() - started


_THOUSAND = "#foreach($x in [1..1000])"


@pytest.mark.parametrize(
    "template",
    [
        f"{_THOUSAND * 3}x{'#end' * 3}",
        "#foreach($x in [1..1001])x#end",
        "#set($x = [1..9999999])",
        "#macro(m)#m()#end#m()",
        "#define($d)$d#end$d",
        "#set($s = 'x')" + _THOUSAND + '#set($s = "$s$s")#end',
        "#set($s = 'x')" + _THOUSAND + "#set($s = $s + $s)#end",
        "#set($s = 'xx')" + _THOUSAND + "#set($s = $s.replace('x', 'xx'))#end",
        "#set($s = 'xx')" + _THOUSAND + "#set($s = $s.replaceAll('x', 'xx'))#end",
        "#set($s = 'x')" + _THOUSAND + "#set($s = $s.concat($s))#end",
        "#set($l = [1])" + _THOUSAND + "#set($y = $l.addAll($l))#end",
        "#set($n = 2)" + _THOUSAND + "#set($n = $n * $n)#end",
        "#set($m = {})#set($m.a = $m)$m",
        "#set($l = [1])#set($y = $l.add($l))$l",
        # A value that holds the one before it twice, sixty levels deep.
        "#set($m = {'a': 1})"
        + "#foreach($x in [1..60])#set($n = {'a': $m, 'b': $m})#set($m = $n)#end$m",
        "#set($t = $input.path('$.text'))" + _THOUSAND + "$t.replaceAll('(a*)*b', '')#end",
        "#set($t = $input.path('$.text').replaceAll('(a)\\\\1', ''))$input.body.matches('(?=a)')",
        # A new pattern, a new path and a new document in each turn.
        _THOUSAND + '$input.body.matches("(a{900}){2}$x")#end',
        _THOUSAND * 2 + '$input.path("$.text[?(@ =~ /(a{900}){2}$x/)]")#end#end',
        _THOUSAND * 2 + "$util.parseJson($input.body)#end#end",
        _THOUSAND + "$input.path('$..*')" + _THOUSAND + "$input.json('$')#end#end",
    ],
)
def test_what_would_never_end_is_refused_soon(template):
    assert _seconds(template) < 3


@pytest.mark.parametrize(
    "template",
    [
        "(" * 10_000,
        "#set($x = " + "(" * 10_000 + "1" + ")" * 10_000 + ")",
        "#set($x = " + "[" * 10_000 + "]" * 10_000 + ")",
        "#set($x = " + "!" * 10_000 + "1)",
        "#if(true)" * 10_000 + "#end" * 10_000,
        "#set($x = " + "$x[" * 10_000 + "1" + "]" * 10_000 + ")",
        "$x.a(" * 10_000,
        '#set($x = "' * 2_000,
        "${x" * 10_000,
        "#" * 300_000,
        "\\" * 300_000 + "$",
        "\\" * 300_000 + "x",
        "\\x" * 150_000,
        "$x.y" * 75_000,
        "#if($x)a#else b#end" * 10_000,
        "#macro(" * 40_000,
        "$x[" * 100_000,
        "x" * 400_000,
    ],
)
def test_deep_or_endless_text_is_compiled_or_refused_soon(template):
    started = time.thread_time()
    with contextlib.suppress(InvalidTemplate):
        compile_template(template)
    assert time.thread_time() - started < 2


def test_a_long_sum_is_no_deep_one():
    assert _render("#set($x = " + " + ".join(["1"] * 5_000) + ")$x") == "5000"


def test_a_deep_body_is_no_json():
    for body in (b"[" * 500 + b"]" * 500, b"[" * 100_000, b'{"a":' * 200 + b"1" + b"}" * 200):
        with pytest.raises(NotJson):
            _render("$input.path('$')", body)


def test_a_body_of_a_million_values_is_no_json_and_one_with_a_million_commas_in_text_is():
    with pytest.raises(NotJson):
        _render("$input.json('$')", b"[" + b"1," * 1_000_000 + b"1]")
    assert len(_render("$input.json('$')", b'["' + b"1," * 1_000_000 + b'"]')) == 2_000_004


def test_a_large_body_is_walked_within_bounds():
    body = b'{"a":[' + b",".join([b'{"b":[1,2,3]}'] * 100_000) + b"]}"

    assert _seconds("$input.path('$..b')", body) < 3


@pytest.mark.parametrize(
    "repeated", ["'", '"', "\\", "/", "\n", "\x01", "é", "\U0001f436", "\ud800"]
)
def test_what_is_escaped_for_scripts_takes_no_longer_than_other_text(repeated):
    """A client chooses the body, and templates escape all of it."""
    text = (repeated * 5_000_000)[:5_000_000]
    started = time.thread_time()
    with contextlib.suppress(TemplateError):
        evaluate(compile_template("$util.escapeJavaScript($x)"), {"util": UTIL, "x": text})
    assert time.thread_time() - started < 1


def test_a_value_that_doubles_itself_is_not_written_out_as_an_override():
    doubled = "#set($all = {})" + "#set($two = {'x': $all, 'y': $all})#set($all = $two)" * 40
    header, status = "$context.requestOverride.header.x", "$context.responseOverride.status"
    overrides = {"requestOverride": {"header": {}}, "responseOverride": {}}
    template = f"{doubled}#set({header} = $all)#set({status} = $all)"
    evaluate(compile_template(template), {"context": overrides})

    started = time.thread_time()
    with pytest.raises(TemplateError):
        override_values(overrides["requestOverride"], "header")
    assert status_override(overrides["responseOverride"]) is None
    assert time.thread_time() - started < 2


def test_a_body_of_lists_in_lists_is_counted_by_its_brackets():
    body = b"[" + b",".join([b"[" * 9 + b"]" * 9] * 300_000) + b"]"

    started = time.thread_time()
    with pytest.raises(NotJson):
        _ = Payload(body).pristine
    assert time.thread_time() - started < 0.5


EVER_NEW = f"{3**2500:b}".translate({48: "a", 49: "b"})
BY_THE_LAST_200 = "$.items[?(@.name =~ /(a|b)*a(a|b){200}/)]"
"""Of a text without a pattern in it, each character leads to a state that was not there before."""


def test_a_filters_regular_expression_spends_the_templates_budget():
    body = b'{"items":[' + b",".join([b'{"name":"%b"}' % EVER_NEW.encode()] * 500) + b"]}"

    assert _seconds(f"$input.json('{BY_THE_LAST_200}')", body) < 3


def test_a_filters_regular_expression_has_a_bound_of_its_own_where_there_is_no_template():
    items = [{"name": EVER_NEW}] * 500

    started = time.thread_time()
    with pytest.raises(json_path.TooManyNodes):
        json_path.find({"items": items}, BY_THE_LAST_200)
    assert time.thread_time() - started < 5


def test_a_validation_expression_is_given_up_before_it_holds_the_worker():
    started = time.thread_time()
    assert not matches("(.*a){30}b", "a" * 100_000)
    assert time.thread_time() - started < 1
    documented = r"^(Bearer )?[A-Za-z0-9-_=]+\.[A-Za-z0-9-_=]+\.?[A-Za-z0-9-_.+/=]*$"
    assert matches(documented, f"Bearer {'a' * 5_000}.{'b' * 5_000}.c")


@pytest.mark.parametrize(
    "compared",
    ["$s.startsWith($t)", "$s.endsWith($t)", "$m.get($t)", "$m.containsKey($t)", "$s == $t"],
)
def test_comparing_long_texts_is_paid_for(compared):
    long = "#set($s = 'aaaaaaaaaaaaaaaa')" + "#set($s = $s + $s)" * 18
    loop = "#foreach($i in [1..900])#foreach($j in [1..60])#set($x = @)#end#end"
    template = f"{long}#set($t = $s + 'b')#set($s = $s + 'b')#set($m = {{$s: 1}}){loop}"

    assert _seconds(template.replace("@", compared)) < 2
