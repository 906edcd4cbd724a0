from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gateway.control.account.models import VPC_LINK, AccountPart
from gateway.control.errors import Invalid, Missing
from kernel.database import Database
from tests.gateway.control.caller import NOON, Caller, build_kernel
from tests.gateway.control.rest.tree import Method, Tree

FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:pets"
INVOCATION = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{FUNCTION}/invocations"
STREAMING = (
    "arn:aws:apigateway:us-east-1:lambda:path/2021-11-15/functions/"
    f"{FUNCTION}/response-streaming-invocations"
)
QUEUE = "arn:aws:apigateway:us-east-1:sqs:path/000000000000/pets"
ROLE = "arn:aws:iam::000000000000:role/gateway"
HTTP: dict[str, Any] = {
    "type": "HTTP",
    "integrationHttpMethod": "GET",
    "uri": "https://backend.example/pets",
}
LAMBDA: dict[str, Any] = {"type": "AWS_PROXY", "integrationHttpMethod": "POST", "uri": INVOCATION}
SQS: dict[str, Any] = {
    "type": "AWS",
    "integrationHttpMethod": "POST",
    "uri": QUEUE,
    "credentials": ROLE,
}


@pytest.fixture
def method(caller: Caller) -> Method:
    return Tree.planted(caller).method(
        requestParameters={
            "method.request.path.id": True,
            "method.request.querystring.page": False,
            "method.request.header.X-Trace": False,
        }
    )


def test_new_integration_has_the_defaults_of_aws(method: Method) -> None:
    made = method(
        "PutIntegration", type="MOCK", requestTemplates={"application/json": '{"statusCode": 200}'}
    )

    assert made == {
        "type": "MOCK",
        "requestTemplates": {"application/json": '{"statusCode": 200}'},
        "passthroughBehavior": "WHEN_NO_MATCH",
        "timeoutInMillis": 29000,
        "cacheNamespace": method.where["resourceId"],
        "cacheKeyParameters": [],
    }
    assert method("GetIntegration") == made
    assert method("GetMethod")["methodIntegration"] == made


def test_new_integration_keeps_what_it_is_given(method: Method) -> None:
    given: dict[str, Any] = {
        "requestParameters": {
            "integration.request.path.id": "method.request.path.id",
            "integration.request.querystring.page": "method.request.querystring.page",
            "integration.request.querystring.all": "method.request.multivaluequerystring.page",
            "integration.request.header.X-Stage": "stageVariables.stage",
            "integration.request.header.X-Who": "context.authorizer.claims.sub",
            "integration.request.header.X-Fixed": "'a static value'",
            "integration.request.header.X-Name": "method.request.body.owner.names[0]",
            "integration.request.header.X-Body": "method.request.body",
        },
        "requestTemplates": {"application/json": "$input.json('$')"},
        "passthroughBehavior": "NEVER",
        "contentHandling": "CONVERT_TO_TEXT",
        "timeoutInMillis": 50,
        "cacheNamespace": "pets",
        "cacheKeyParameters": ["method.request.path.id", "integration.request.header.X-Body"],
        "tlsConfig": {"insecureSkipVerification": True},
        "connectionType": "INTERNET",
        "responseTransferMode": "BUFFERED",
    }

    made = method("PutIntegration", **HTTP, **given)

    assert made == {"type": "HTTP", "httpMethod": "GET", "uri": HTTP["uri"], **given}


@pytest.mark.parametrize(
    "members",
    [
        HTTP,
        {**HTTP, "type": "HTTP_PROXY", "integrationHttpMethod": "ANY"},
        {**HTTP, "uri": "http://backend.example:8080/{id}/toys?all={page}"},
        {**HTTP, "uri": "https://${stageVariables.host}/${stageVariables.path}/{proxy}"},
        {**HTTP, "type": "HTTP_PROXY", "responseTransferMode": "STREAM", "timeoutInMillis": 900000},
        LAMBDA,
        {**LAMBDA, "type": "AWS"},
        {**LAMBDA, "uri": STREAMING, "responseTransferMode": "STREAM"},
        {**LAMBDA, "uri": INVOCATION.replace(":pets", ":pets:live")},
        {**LAMBDA, "uri": INVOCATION.replace(":pets", ":${stageVariables.function}")},
        {**LAMBDA, "uri": INVOCATION.replace(FUNCTION, "pets")},
        {**LAMBDA, "credentials": ROLE},
        {**LAMBDA, "credentials": "arn:aws:iam::*:user/*"},
        SQS,
        {**SQS, "uri": "arn:aws:apigateway:us-east-1:sns:action/Publish"},
        {**SQS, "uri": "arn:aws:apigateway:us-east-1:pets.s3:path/{bucket}/{key}"},
        {"type": "MOCK"},
    ],
)
def test_backends_of_every_type_are_taken(method: Method, members: dict[str, Any]) -> None:
    made = method("PutIntegration", **members)

    assert made["type"] == members["type"]
    assert made.get("uri") == members.get("uri")


@pytest.mark.parametrize(
    ("members", "message"),
    [
        (
            {"type": "HTTP", "uri": HTTP["uri"]},
            "Enumeration value for HttpMethod must be non-empty",
        ),
        ({**HTTP, "integrationHttpMethod": "TRACE"}, "Invalid HttpMethod specified."),
        (
            {"type": "HTTP", "integrationHttpMethod": "GET"},
            "Invalid HTTP endpoint specified for URI",
        ),
        ({**HTTP, "uri": "backend"}, "Invalid HTTP endpoint specified for URI"),
        ({**HTTP, "uri": "ftp://backend.example"}, "Invalid HTTP endpoint specified for URI"),
        ({**HTTP, "uri": "http://a@backend.example"}, "Invalid HTTP endpoint specified for URI"),
        ({**HTTP, "uri": "http://{host}/"}, "Invalid HTTP endpoint specified for URI"),
        ({**HTTP, "uri": "http://backend/{a"}, "Invalid HTTP endpoint specified for URI"),
        ({**HTTP, "uri": "http://backend/a b"}, "Invalid HTTP endpoint specified for URI"),
        ({**HTTP, "uri": "http://backend/\r\nX: y"}, "Invalid HTTP endpoint specified for URI"),
        ({**HTTP, "uri": "http://b/" + "x" * 3000}, "uri has at most 2048 characters"),
        ({**LAMBDA, "uri": HTTP["uri"]}, "Invalid ARN specified in the request"),
        (
            {**LAMBDA, "uri": "arn:aws:lambda:us-east-1:000000000000:function:pets"},
            "Invalid ARN specified in the request. The URI of a function is arn:aws:apigateway:"
            "REGION:lambda:path/2015-03-31/functions/FUNCTION_ARN/invocations",
        ),
        (
            {**SQS, "uri": "arn:aws:apigateway:us-east-1:sqs:pets"},
            "AWS ARN for integration must contain path or action",
        ),
        (
            {**SQS, "uri": "arn:aws:apigateway:us-east-1:sqs:queue/pets"},
            "AWS ARN for integration must contain path or action",
        ),
        (
            {**SQS, "type": "AWS_PROXY"},
            "Integrations of type 'AWS_PROXY' currently only supports Lambda function",
        ),
        ({**LAMBDA, "uri": INVOCATION.replace("2015-03-31", "2016")}, "Invalid lambda function"),
        ({**LAMBDA, "uri": INVOCATION.replace("path/", "action/")}, "Invalid lambda function"),
        ({**LAMBDA, "uri": INVOCATION.replace(":pets", ":a/b")}, "Invalid lambda function"),
        (
            {**LAMBDA, "uri": INVOCATION.replace("arn:aws:lambda", "arn:aws:sqs")},
            "Invalid lambda function",
        ),
        ({**LAMBDA, "integrationHttpMethod": "GET"}, "must be POST"),
        ({**SQS, "credentials": ""}, "Role ARN must be specified for AWS integrations"),
        ({**SQS, "credentials": "gateway"}, "Invalid ARN specified in the request"),
        (
            {**SQS, "credentials": ROLE.replace("000000000000", "111111111111")},
            "Cross-account pass role is not allowed.",
        ),
        ({**HTTP, "credentials": ROLE}, "Credentials are for AWS and AWS_PROXY integrations"),
        ({**HTTP, "timeoutInMillis": 49}, "Timeout should be between 50 ms and 29000 ms"),
        (
            {**HTTP, "timeoutInMillis": 29001},
            "29000 ms. The operator may raise the most with the setting",
        ),
        ({**HTTP, "timeoutInMillis": 0}, "Timeout should be between 50 ms and 29000 ms"),
        ({**HTTP, "passthroughBehavior": "SOMETIMES"}, "Invalid PassthroughBehavior specified."),
        ({**HTTP, "responseTransferMode": "STREAM"}, "STREAM needs a proxy integration"),
        ({**LAMBDA, "responseTransferMode": "STREAM"}, "need each other"),
        ({**LAMBDA, "uri": STREAMING}, "need each other"),
        ({**HTTP, "integrationTarget": "arn:aws:a"}, "integrationTarget is not supported"),
        (
            {**LAMBDA, "tlsConfig": {"insecureSkipVerification": True}},
            "tlsConfig is supported only for HTTP and HTTP_PROXY integrations",
        ),
        ({**HTTP, "connectionId": "link01"}, "connectionId needs the connectionType VPC_LINK"),
        ({**HTTP, "connectionType": "VPC_LINK"}, "VPC_LINK needs a connectionId"),
        (
            {**HTTP, "connectionType": "VPC_LINK", "connectionId": "nosuch"},
            "Invalid Vpc Link identifier specified",
        ),
        (
            {**LAMBDA, "connectionType": "VPC_LINK", "connectionId": "nosuch"},
            "VPC_LINK needs an HTTP or HTTP_PROXY integration",
        ),
        (
            {**HTTP, "cacheKeyParameters": ["method.request.header.Unknown"]},
            "Invalid cache key parameter specified: method.request.header.Unknown",
        ),
        (
            {**HTTP, "requestTemplates": {"json": "{}"}},
            "errors : [Invalid content type specified: json]",
        ),
        (
            {**HTTP, "requestTemplates": {"application/json": "#if($a) never ends"}},
            "errors : [Invalid mapping template specified for application/json: ",
        ),
        (
            {**HTTP, "requestTemplates": {"application/json": "x" * 310_000}},
            "has more than 307200 bytes",
        ),
    ],
)
def test_what_no_integration_can_be_is_refused(
    method: Method, members: dict[str, Any], message: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        method("PutIntegration", **members)

    assert message in str(refusal.value)
    assert "methodIntegration" not in method("GetMethod")


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("integration.request.header.a", "true"),
        ("integration.request.header.a", ""),
        ("integration.request.header.a", "static"),
        ("integration.request.header.a", "'open"),
        ("integration.request.header.a", "'two\r\nlines: 1'"),
        ("integration.request.header.a", "integration.response.header.a"),
        ("integration.request.header.a", "method.request.cookie.a"),
        ("integration.request.header.a", "method.request.header.Undeclared"),
        ("integration.request.header.a", "method.request.path.page"),
        ("integration.request.header.a", "method.request.multivalueheader.Undeclared"),
        ("integration.request.header.a", "context.a b"),
        ("integration.request.header.a", "method.request.body.a["),
        ("integration.request.header." + "a" * 300, "'x'"),
        ("integration.request.header.a", "'" + "x" * 3000 + "'"),
        ("integration.request.header.a b", "'x'"),
        ("integration.request.header.a\r\nb", "'x'"),
        ("integration.request.body", "'x'"),
        ("method.request.header.a", "'x'"),
        ("integration.request.header.Transfer-Encoding", "'chunked'"),
        ("integration.request.header.content-length", "'7'"),
        ("integration.request.header.Connection", "'close'"),
        ("integration.request.header.Expect", "'100-continue'"),
    ],
)
def test_mappings_that_mean_nothing_or_harm_are_refused(
    method: Method, name: str, source: str
) -> None:
    with pytest.raises(Invalid, match=r"Invalid mapping expression specified: Validation Result"):
        method("PutIntegration", **HTTP, requestParameters={name: source})


def test_put_again_replaces_the_whole_integration(method: Method) -> None:
    method("PutIntegration", **HTTP, cacheNamespace="pets")
    method("PutIntegrationResponse", statusCode="200")

    again = method("PutIntegration", type="MOCK")

    assert method("GetIntegration") == again
    assert "integrationResponses" not in again
    assert again["cacheNamespace"] == method.where["resourceId"]


def test_private_integration_needs_a_link_of_the_account(caller: Caller, method: Method) -> None:
    private = {**HTTP, "connectionType": "VPC_LINK", "connectionId": "link01"}
    _add_link(caller, account="111111111111")
    with pytest.raises(Invalid, match="Invalid Vpc Link identifier specified"):
        method("PutIntegration", **private)

    _add_link(caller)

    assert method("PutIntegration", **private)["connectionId"] == "link01"
    by_stage = {**private, "connectionId": "${stageVariables.link}"}
    assert method("PutIntegration", **by_stage)["connectionId"] == "${stageVariables.link}"


def _add_link(caller: Caller, **changes: str) -> None:
    row = AccountPart(
        **{"account": caller.account, "region": caller.region, **changes},
        kind=VPC_LINK,
        id="link01",
        document={},
        sealed=None,
        created=NOON,
    )
    caller.kernel.database.write(lambda session: session.add(row))


@pytest.mark.parametrize(
    ("patches", "changed"),
    [
        ([("replace", "/uri", "http://other.example")], {"uri": "http://other.example"}),
        ([("replace", "/httpMethod", "PUT")], {"httpMethod": "PUT"}),
        ([("replace", "/timeoutInMillis", "100")], {"timeoutInMillis": 100}),
        ([("replace", "/cacheNamespace", "pets")], {"cacheNamespace": "pets"}),
        (
            [("replace", "/contentHandling", "CONVERT_TO_TEXT")],
            {"contentHandling": "CONVERT_TO_TEXT"},
        ),
        ([("replace", "/passthroughBehavior", "NEVER")], {"passthroughBehavior": "NEVER"}),
        ([("replace", "/responseTransferMode", "BUFFERED")], {"responseTransferMode": "BUFFERED"}),
        ([("replace", "/connectionType", "INTERNET")], {"connectionType": "INTERNET"}),
        (
            [
                ("replace", "/connectionType", "VPC_LINK"),
                ("replace", "/connectionId", "${stageVariables.link}"),
            ],
            {"connectionType": "VPC_LINK", "connectionId": "${stageVariables.link}"},
        ),
        (
            [("replace", "/tlsConfig/insecureSkipVerification", "true")],
            {"tlsConfig": {"insecureSkipVerification": True}},
        ),
        (
            [("add", "/cacheKeyParameters/method.request.path.id")],
            {"cacheKeyParameters": ["method.request.path.id"]},
        ),
        (
            [("add", "/requestParameters/integration.request.header.a", "'1'")],
            {"requestParameters": {"integration.request.header.a": "'1'"}},
        ),
        (
            [
                ("add", "/requestTemplates/application~1json", "{}"),
                ("replace", "/requestTemplates/application~1json", "[]"),
                ("add", "/requestTemplates/text~1xml"),
            ],
            {"requestTemplates": {"application/json": "[]", "text/xml": ""}},
        ),
    ],
)
def test_each_path_changes_its_member(
    method: Method, patches: list[tuple[str, ...]], changed: dict[str, Any]
) -> None:
    before = method("PutIntegration", **HTTP)

    assert method.patch("UpdateIntegration", *patches) == {**before, **changed}
    assert method("GetIntegration") == {**before, **changed}


def test_credentials_are_patched(method: Method) -> None:
    before = method("PutIntegration", **LAMBDA)

    with_role = method.patch("UpdateIntegration", ("replace", "/credentials", ROLE))
    without = method.patch("UpdateIntegration", ("replace", "/credentials", ""))

    assert with_role == {**before, "credentials": ROLE}
    assert without == before


def test_what_is_emptied_is_gone_or_the_default_again(method: Method) -> None:
    method(
        "PutIntegration",
        **HTTP,
        cacheNamespace="pets",
        contentHandling="CONVERT_TO_TEXT",
        cacheKeyParameters=["method.request.path.id"],
        requestParameters={"integration.request.header.a": "'1'"},
        requestTemplates={"text/xml": ""},
    )

    changed = method.patch(
        "UpdateIntegration",
        ("replace", "/cacheNamespace", ""),
        ("replace", "/contentHandling", ""),
        ("remove", "/cacheKeyParameters/method.request.path.id"),
        ("remove", "/requestParameters/integration.request.header.a"),
        ("remove", "/requestTemplates/text~1xml"),
    )

    assert changed == method("PutIntegration", **HTTP)


def test_member_without_a_value_is_what_it_was_by_default(method: Method) -> None:
    given = {"timeoutInMillis": 100, "passthroughBehavior": "NEVER", "cacheNamespace": "pets"}
    method("PutIntegration", **HTTP, **given, tlsConfig={"insecureSkipVerification": True})

    changed = method.patch(
        "UpdateIntegration",
        ("replace", "/timeoutInMillis"),
        ("replace", "/passthroughBehavior"),
        ("replace", "/cacheNamespace"),
        ("replace", "/tlsConfig/insecureSkipVerification"),
    )

    assert changed["tlsConfig"] == {"insecureSkipVerification": False}
    assert changed["timeoutInMillis"] == 29000
    assert changed["passthroughBehavior"] == "WHEN_NO_MATCH"
    assert changed["cacheNamespace"] == method.where["resourceId"]


def test_cache_keys_go_with_their_parameters(method: Method) -> None:
    header = "integration.request.header.a"
    keys = ["method.request.path.id", header, "method.request.header.X-Trace"]
    method("PutIntegration", **HTTP, requestParameters={header: "'1'"}, cacheKeyParameters=keys)
    method.patch("UpdateMethod", ("remove", "/requestParameters/method.request.path.id"))

    changed = method.patch("UpdateIntegration", ("remove", f"/requestParameters/{header}"))

    assert changed["cacheKeyParameters"] == ["method.request.header.X-Trace"]


def test_cache_key_is_replaced_by_another_or_stays(method: Method) -> None:
    path, page = "method.request.path.id", "method.request.querystring.page"
    method("PutIntegration", **HTTP, cacheKeyParameters=[path])

    same = method.patch("UpdateIntegration", ("replace", f"/cacheKeyParameters/{path}", ""))
    other = method.patch("UpdateIntegration", ("replace", f"/cacheKeyParameters/{path}", page))

    assert same["cacheKeyParameters"] == [path]
    assert other["cacheKeyParameters"] == [page]


def test_patched_integration_keeps_its_responses(method: Method) -> None:
    method("PutIntegration", **HTTP)
    method("PutIntegrationResponse", statusCode="200")

    changed = method.patch("UpdateIntegration", ("replace", "/timeoutInMillis", "100"))

    assert changed["integrationResponses"] == {"200": {"statusCode": "200"}}


def test_large_templates_are_taken_and_kept(method: Method) -> None:
    large = {"application/json": "$input.json('$.a') " * 5000}

    made = method("PutIntegration", **HTTP, requestTemplates=large)
    patched = method.patch(
        "UpdateIntegration", ("add", "/requestTemplates/text~1xml", "#set($a = 1)" * 2000)
    )

    assert made["requestTemplates"] == large
    assert patched["requestTemplates"] == {**large, "text/xml": "#set($a = 1)" * 2000}


def test_operator_lets_integrations_wait_longer(sqlite: Database, tmp_path: Path) -> None:
    patient = Caller(build_kernel(sqlite, tmp_path, integration_timeout=60_000))
    method = Tree.planted(patient).method()

    assert method("PutIntegration", **HTTP)["timeoutInMillis"] == 29000
    assert method("PutIntegration", **HTTP, timeoutInMillis=60_000)["timeoutInMillis"] == 60_000
    with pytest.raises(Invalid, match="Timeout should be between 50 ms and 60000 ms"):
        method("PutIntegration", **HTTP, timeoutInMillis=60_001)


def test_integration_that_leaves_its_link_forgets_it(method: Method) -> None:
    link = "${stageVariables.link}"
    method("PutIntegration", **HTTP, connectionType="VPC_LINK", connectionId=link)

    changed = method.patch("UpdateIntegration", ("replace", "/connectionType", "INTERNET"))

    assert "connectionId" not in changed


@pytest.mark.parametrize(
    ("patch", "error", "message"),
    [
        (("replace", "/type", "MOCK"), Invalid, "Invalid patch path /type. Must be one of: ["),
        (("add", "/uri", "x"), Invalid, "Must be one of: [replace]"),
        (("remove", "/uri"), Invalid, "Must be one of: [replace]"),
        (("replace", "/uri", ""), Invalid, "Invalid HTTP endpoint specified for URI"),
        (("replace", "/httpMethod", ""), Invalid, "Enumeration value for HttpMethod"),
        (("replace", "/timeoutInMillis", "10"), Invalid, "Timeout should be between 50 ms"),
        (("replace", "/timeoutInMillis", "900000"), Invalid, "and 29000 ms"),
        (("replace", "/timeoutInMillis", "soon"), Invalid, "Timeout should be between 50 ms"),
        (("replace", "/timeoutInMillis", "9" * 5000), Invalid, "Timeout should be between"),
        (("replace", "/contentHandling", "x"), Invalid, "Invalid ContentHandling specified."),
        (("replace", "/connectionType", "x"), Invalid, "Invalid ConnectionType specified."),
        (("replace", "/responseTransferMode", "x"), Invalid, "Invalid ResponseTransferMode"),
        (("replace", "/integrationTarget", "x"), Invalid, "integrationTarget is not supported"),
        (("replace", "/cacheKeyParameters", "x"), Invalid, "Invalid patch path"),
        (("add", "/cacheKeyParameters/x"), Invalid, "Invalid cache key parameter specified: x"),
        (("remove", "/cacheKeyParameters/x"), Invalid, "there is nothing to remove"),
        (
            ("replace", "/requestParameters/integration.request.header.a", "'1'"),
            Missing,
            "Invalid parameter name specified",
        ),
        (
            ("remove", "/requestTemplates/text~1xml"),
            Missing,
            "Content-Type specified was not found",
        ),
        (
            ("replace", "/integrationResponses/200/selectionPattern", "x"),
            Invalid,
            "Invalid patch path /integrationResponses/200/selectionPattern",
        ),
    ],
)
def test_other_patches_are_refused(
    method: Method, patch: tuple[str, ...], error: type[Exception], message: str
) -> None:
    before = method("PutIntegration", **HTTP)

    with pytest.raises(error) as refusal:
        method.patch("UpdateIntegration", ("replace", "/cacheNamespace", "x"), patch)

    assert message in str(refusal.value)
    assert method("GetIntegration") == before


def test_unknown_integration_is_named_as_aws_names_it(method: Method) -> None:
    for operation in ("GetIntegration", "UpdateIntegration", "DeleteIntegration"):
        with pytest.raises(Missing, match="Invalid Integration identifier specified"):
            method(operation)
        where = {**method.where, "httpMethod": "PUT"}
        with pytest.raises(Missing, match="Invalid Method identifier specified"):
            method.tree(operation, **where)
        with pytest.raises(Missing, match="Invalid Resource identifier specified"):
            method.tree(operation, **{**where, "resourceId": "nosuch"})
    with pytest.raises(Missing, match="Invalid Method identifier specified"):
        method.tree("PutIntegration", **where, type="MOCK")


def test_deleted_integration_is_gone_and_its_method_stays(method: Method) -> None:
    before = method("GetMethod")
    method("PutIntegration", **HTTP)

    method("DeleteIntegration")

    assert method("GetMethod") == before
