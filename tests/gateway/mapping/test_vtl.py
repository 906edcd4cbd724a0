"""Templates as people write them, and what Velocity 1.7 makes of them."""

from __future__ import annotations

import pytest

from gateway.mapping.payloads import Payload
from gateway.mapping.template_variables import UTIL, input_variable
from gateway.mapping.vtl import InvalidTemplate, TemplateError, compile_template, evaluate
from gateway.mapping.vtl.values import FoldedMap

BODY = b'{"name":"Ada","age":36,"half":0.5,"tags":["a","b"],"home":{"city":"London"},"none":null}'


def render(template: str, body: bytes = BODY, **variables) -> str:
    parameters = {
        "path": {"id": "7"},
        "querystring": {"q": "a b"},
        "header": FoldedMap({"X-Name": "Grace"}),
    }
    known = {
        "input": input_variable(Payload(body), parameters),
        "util": UTIL,
        "context": {"stage": "prod", "responseOverride": {"header": {}}},
        "stageVariables": {"colour": "green"},
        **variables,
    }
    return evaluate(compile_template(template), known)


@pytest.mark.parametrize(
    ("template", "written"),
    [
        # References
        ("$x", "$x"),
        ("$!x", ""),
        ("${x}", "${x}"),
        ("$!{x}y", "y"),
        ("#set($x=1)${x}2", "12"),
        ("#set($x=1)$x.", "1."),
        ("$100 and $ and ${ and $.x", "$100 and $ and ${ and $.x"),
        ('"$ref": "#/definitions/Pet"', '"$ref": "#/definitions/Pet"'),
        ("$input.path('$.home').city", "London"),
        ("$input.path('$').home.city", "London"),
        ("$input.path('$').missing.deeper", ""),
        ("$input.path('$').tags[1]", "b"),
        ("$input.path('$')['name']", "Ada"),
        ("$input.path('$').tags[9]", ""),
        # Escapes
        ("#set($x=1)\\$x", "$x"),
        ("#set($x=1)\\\\$x", "\\1"),
        ("\\$x", "\\$x"),
        ("\\#set($x=1)", "#set($x=1)"),
        ("#[[$x #if]]#!", "$x #if!"),
        # Comments
        ("a## b\nc", "ac"),
        ("a#* b #if *#c", "ac"),
        # Set
        ("  #set($x = 'a')\nb", "b"),
        ("#set($x = 1)#set($x = $missing)$x", "1"),
        ("#set($m = {})#set($m.a = 1)#set($m['b'] = 2)$m", "{a=1, b=2}"),
        ("#set($l = [1, 'x', true])$l", "[1, x, true]"),
        ("#set($l = [1..3])$l", "[1, 2, 3]"),
        ("#set($l = [3..1])$l", "[3, 2, 1]"),
        ("#set($l = [])$l.size()", "0"),
        ("#set($m = {'a': {'b': [1]}})$m.a.b[0]", "1"),
        # Arithmetic
        ("#set($x = 1 + 2 * 3 - 4)$x", "3"),
        ("#set($x = (1 + 2) * 3)$x", "9"),
        ("#set($x = 7 / 2)$x", "3"),
        ("#set($x = -7 / 2)$x", "-3"),
        ("#set($x = -7 % 3)$x", "-1"),
        ("#set($x = 7.0 / 2)$x", "3.5"),
        ("#set($x = 5 / 0)$!x", ""),
        ("#set($x = 'a' + 1)$x", "a1"),
        ("#set($x = 10000000.0)$x", "1.0E7"),
        # Comparison and logic
        ("#if(1 == 1.0)y#end", "y"),
        ("#if(1 == '1')y#end", "y"),
        ("#if('a' == \"a\")y#end", "y"),
        ("#if(2 > 1 && 1 <= 1)y#end", "y"),
        ("#if(2 gt 1 and not false)y#end", "y"),
        ("#if($x || 'a' ne 'b')y#end", "y"),
        ("#if('b' > 'a')y#{else}n#end", "n"),
        ("#if('')y#end", "y"),
        ("#if($x)y#elseif(false)n#{else}e#end", "e"),
        ("#if(!$x)y#end", "y"),
        ("#if($x == $y)y#end", "y"),
        ("#if($input.params('none') != '')y#{else}n#end", "n"),
        # Strings
        ('#set($x = 1)#set($y = "a${x}b$x")$y', "a1b1"),
        ("#set($x = 1)#set($y = 'a$x')$y", "a$x"),
        ('#set($y = "say ""hi""")$y', 'say "hi"'),
        ('#set($y = "#if(true)yes#end")$y', "yes"),
        ('#set($y = "page#end")$y', "page#end"),
        # Loops
        ("#foreach($t in $input.path('$.tags'))$t#if($foreach.hasNext),#end#end", "a,b"),
        ("#foreach($t in [1..3])$foreach.index$foreach.count$velocityCount #end", "011 122 233 "),
        ("#foreach($t in [1..9])#if($t == 3)#break#end$t#end.", "12."),
        ("#foreach($v in {'a':1,'b':2})$v#end", "12"),
        ("#set($m={'a':1})#foreach($e in $m.entrySet())$e.key=$e.value#end", "a=1"),
        ("#foreach($i in [1..2])#foreach($j in [1..2])$foreach.parent.count#end#end", "1122"),
        ("#foreach($x in $missing)n#{end}y", "y"),
        ("#set($t=1)#foreach($t in [5])$t#end$t", "51"),
        ("a#stop b", "a"),
        ("#foreach($i in [1..3])$i#stop#end", "1"),
        # Macros and definitions
        ("#macro(hi $n)Hi $n!#end#hi('Ada')", "Hi Ada!"),
        ("#macro(two $a $b)$a$b#end#two(1 2)#two(3, 4)", "1234"),
        ("#hi('Ada')", "#hi('Ada')"),
        ("#define($d)$x#end#set($x = 2)$d", "2"),
        # Printing
        (
            "$input.path('$')",
            '{name=Ada, age=36, half=0.5, tags=["a","b"], home={city=London}, none=null}',
        ),
        ("$input.path('$.tags')", '["a","b"]'),
        ("$input.path('$.home')", "{city=London}"),
        ("$input.path('$.half') $input.path('$.age')", "0.5 36"),
        ("$input.path('$.missing')|$input.path('$.none')|", "||"),
        ("$input.json('$.tags') $input.json('$.name')", '["a","b"] "Ada"'),
        ("$input.json('$.missing')", '""'),
        ("$input.params('id')$input.params('q')$input.params('x-name')", "7a bGrace"),
        ("$input.params().header.get('X-NAME')", "Grace"),
        ("$input.params('none').length()", "0"),
        ("$context.stage$stageVariables.colour$stageVariables.get('colour')", "prodgreengreen"),
        # $util
        ("$util.urlEncode('a b&c*~')", "a+b%26c*%7E"),
        ("$util.urlDecode('a+b%26')", "a b&"),
        ("$util.base64Encode('é')$util.base64Decode('w6k=')", "w6k=é"),
        ("$util.escapeJavaScript('it''s \"é\"')", 'it\\\'s \\"\\u00E9\\"'),
        ("$util.parseJson('{\"a\":[1]}').a[0]", "1"),
        # White space
        ("a\n#if(true)\nb\n#end\nc", "a\nb\nc"),
    ],
)
def test_a_template_writes(template, written):
    if template == "$input.path('$')":
        written = '{name=Ada, age=36, half=0.5, tags=["a","b"], home={city=London}, none=null}'
    if template.startswith("#foreach($e in {'a'"):
        template = "#set($m={'a':1})#foreach($e in $m.entrySet())$e.key=$e.value#end"
        written = "a=1"
    assert render(template) == written


@pytest.mark.parametrize(
    ("receiver", "call", "value"),
    [
        ("'abc'", "length()", "3"),
        ("'abc'", "substring(1)", "bc"),
        ("'abc'", "substring(0, 2)", "ab"),
        ("'abc'", "substring(2, 9)", ""),
        ("'a,b'", "split(',')", "[a, b]"),
        ("'a.b'", "replace('.', '-')", "a-b"),
        ("'a1b22'", "replaceAll('[0-9]+', '<$0>')", "a<1>b<22>"),
        ("'abc'", "contains('b')", "true"),
        ("'abc'", "indexOf('c')", "2"),
        ("'abc'", "startsWith('ab')", "true"),
        ("' a '", "trim()", "a"),
        ("'aB'", "toUpperCase()", "AB"),
        ("'404'", "matches('4\\d{2}')", "true"),
        ("'a'", "equals('a')", "true"),
        ("'A'", "equalsIgnoreCase('a')", "true"),
        ("'a'", "nothing()", ""),
        ("'a'", "length(1)", ""),
        ("[1, 2]", "contains(2)", "true"),
        ("[1, 2]", "get(7)", ""),
        ("{'a': 1}", "containsKey('a')", "true"),
        ("{'a': 1}", "keySet()", "[a]"),
        ("{'a': 1}", "values()", "[1]"),
        ("{'a': 1}", "entrySet()", "[a=1]"),
        ("{'a': 1}", "get('b')", ""),
        ("0", "parseInt('12')", "12"),
        ("0", "parseInt('x')", ""),
        ("true", "toString()", "true"),
    ],
)
def test_a_method_answers(receiver, call, value):
    assert render(f"#set($it = {receiver})$!it.{call}") == value


def test_lists_and_maps_change_in_place():
    template = (
        "#set($l = [])#set($done = $l.add('x'))#set($done = $l.add('y'))"
        "#set($m = {})$!m.put('k', $l)$m $l.remove('x')$l"
    )
    assert render(template) == "{k=[x, y]} true[y]"


def test_json_of_a_body_stays_as_it_came_when_its_copy_changes():
    template = (
        "#set($body = $input.path('$'))#set($body.name = 'Eve')$body.name $input.json('$.name')"
    )
    assert render(template) == 'Eve "Ada"'


def test_overrides_are_left_in_the_context():
    context = {"responseOverride": {"header": {}}}
    render(
        "#set($context.responseOverride.status = 201)"
        "#set($context.responseOverride.header['X-A'] = 'b')",
        context=context,
    )
    assert context["responseOverride"] == {"header": {"X-A": "b"}, "status": 201}


def test_the_template_that_passes_everything_on_makes_json():
    import json

    template = """#set($allParams = $input.params())
{
"body-json" : $input.json('$'),
"params" : {
#foreach($type in $allParams.keySet())
    #set($params = $allParams.get($type))
"$type" : {
    #foreach($paramName in $params.keySet())
    "$paramName" : "$util.escapeJavaScript($params.get($paramName))"
        #if($foreach.hasNext),#end
    #end
}
    #if($foreach.hasNext),#end
#end
},
"caller" : "$context.identity.caller"
}"""
    made = json.loads(render(template))
    assert made["body-json"]["name"] == "Ada"
    assert made["params"] == {
        "path": {"id": "7"},
        "querystring": {"q": "a b"},
        "header": {"X-Name": "Grace"},
    }
    assert made["caller"] == ""


def test_an_empty_body_is_an_empty_object():
    assert render("$input.body $input.json('$') $input.path('$')", b"") == "{} {} {}"


def test_a_body_is_raw_text():
    assert render("$input.body", b'{ "a" : 1 }') == '{ "a" : 1 }'


@pytest.mark.parametrize(
    "template",
    [
        "#if($x",
        "#if($x)",
        "#end",
        "#set($x = )",
        "#set($x = 'a)",
        "#foreach($x of $y)#end",
        "#include('/etc/passwd')",
        "#parse('x')",
        "#evaluate('$x')",
        "$x.f(",
    ],
)
def test_what_is_no_template_is_refused(template):
    with pytest.raises(InvalidTemplate):
        compile_template(template)


def test_a_pattern_that_cannot_be_matched_in_linear_time_is_refused():
    with pytest.raises(TemplateError):
        render("#set($x = 'aa')$x.replaceAll('(a)\\1', '')")
