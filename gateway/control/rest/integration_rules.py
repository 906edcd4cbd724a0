"""What an integration of a REST API's method may be, and what each type of it needs."""

from __future__ import annotations

from sqlalchemy.orm import Session

from gateway import quotas
from gateway.control.account.models import VPC_LINK, AccountPart
from gateway.control.credentials import CALLER, account_of_role
from gateway.control.errors import RAISABLE_TIMEOUT, Invalid, unsupported
from gateway.control.models import Api
from gateway.control.rest import integration_uris as uris
from gateway.control.rest.bounds import (
    VERBS,
    require_maps,
    require_option,
    require_templates,
    require_texts,
)
from gateway.control.rest.mapping_names import require_cache_keys, require_request_mappings
from gateway.control.rest.patching import Document
from kernel.aws.operations import Call

HTTP_TYPES = ("HTTP", "HTTP_PROXY")
AWS_TYPES = ("AWS", "AWS_PROXY")
TYPES = (*HTTP_TYPES, *AWS_TYPES, "MOCK")
PROXY_TYPES = ("HTTP_PROXY", "AWS_PROXY")
PASSTHROUGH = ("WHEN_NO_MATCH", "WHEN_NO_TEMPLATES", "NEVER")
CONTENT_HANDLING = ("CONVERT_TO_BINARY", "CONVERT_TO_TEXT")


def require_integration(
    session: Session, call: Call, api: Api, method: Document, integration: Document
) -> None:
    """Check what is to be a method's integration but for its responses. Raises `Invalid`."""
    known = method.get("methodIntegration", {}).get("requestTemplates", {})
    _require_words(integration)
    _require_backend(integration)
    _require_connection(session, api, integration)
    _require_credentials(api, integration)
    _require_timeout(integration, call.kernel.settings.integration_timeout)
    _require_transfer(integration)
    _require_parameters(method, integration)
    require_templates(integration.get("requestTemplates", {}), known.values())


def _require_words(integration: Document) -> None:
    require_option("IntegrationType", integration.get("type", ""), TYPES)
    require_option("ConnectionType", integration.get("connectionType"), ("INTERNET", "VPC_LINK"))
    require_option("ContentHandling", integration.get("contentHandling"), CONTENT_HANDLING)
    require_option("PassthroughBehavior", integration.get("passthroughBehavior"), PASSTHROUGH)
    require_option(
        "ResponseTransferMode", integration.get("responseTransferMode"), ("BUFFERED", "STREAM")
    )
    require_option("HttpMethod", integration.get("httpMethod"), VERBS)
    require_maps(integration, ("requestParameters", "requestTemplates", "cacheKeyParameters"))
    require_texts(integration, ("cacheNamespace", "uri"))
    if integration.get("integrationTarget"):
        raise unsupported("integrationTarget", "a VPC link names the targets of its backend itself")


def _require_backend(integration: Document) -> None:
    kind, uri = integration["type"], integration.get("uri", "")
    if kind != "MOCK" and not integration.get("httpMethod"):
        raise Invalid("Enumeration value for HttpMethod must be non-empty")
    if kind in HTTP_TYPES:
        uris.require_http(uri)
    if kind in AWS_TYPES:
        uris.require_aws(uri, proxy=kind == "AWS_PROXY")
        if uris.is_function(uri) and integration["httpMethod"] != "POST":
            raise Invalid("The integration method of a Lambda function must be POST")
    if "tlsConfig" in integration and kind not in HTTP_TYPES:
        raise Invalid("tlsConfig is supported only for HTTP and HTTP_PROXY integrations")


def _require_connection(session: Session, api: Api, integration: Document) -> None:
    link = integration.get("connectionId")
    if integration.get("connectionType") != "VPC_LINK":
        if link:
            raise Invalid("connectionId needs the connectionType VPC_LINK")
        return
    if integration["type"] not in HTTP_TYPES:
        raise Invalid("The connectionType VPC_LINK needs an HTTP or HTTP_PROXY integration")
    if not link:
        raise Invalid("The connectionType VPC_LINK needs a connectionId")
    if uris.STAGE_VARIABLE.fullmatch(link):
        return
    if session.get(AccountPart, (api.account, api.region, VPC_LINK, link)) is None:
        raise Invalid("Invalid Vpc Link identifier specified")


def _require_credentials(api: Api, integration: Document) -> None:
    kind, credentials = integration["type"], integration.get("credentials")
    if not credentials:
        if kind == "AWS" and not uris.is_function(integration["uri"]):
            raise Invalid("Role ARN must be specified for AWS integrations")
        return
    if kind not in AWS_TYPES:
        raise Invalid("Credentials are for AWS and AWS_PROXY integrations")
    if credentials == CALLER:
        # A function of one's own server asks nobody's permission; a service would be called with
        # the operator's, whoever calls.
        if not uris.is_function(integration["uri"]):
            raise unsupported("credentials", "nobody can sign as the caller of an API")
        return
    account = account_of_role(credentials)
    if account is None:
        raise Invalid("Invalid ARN specified in the request")
    if account != api.account:
        raise Invalid("Cross-account pass role is not allowed.")


def _require_timeout(integration: Document, most: int) -> None:
    least = quotas.INTEGRATION_TIMEOUT_MILLISECONDS_LEAST
    streams = integration.get("responseTransferMode") == "STREAM"
    if streams:
        most = quotas.STREAMING_TIMEOUT_MILLISECONDS_MOST
    wanted = integration["timeoutInMillis"]
    if not least <= wanted <= most:
        hint = RAISABLE_TIMEOUT if wanted > most and not streams else ""
        raise Invalid(f"Timeout should be between {least} ms and {most} ms{hint}")


def _require_transfer(integration: Document) -> None:
    """A function streams by an invocation of its own, other backends by the mode alone."""
    kind, streams = integration["type"], integration.get("responseTransferMode") == "STREAM"
    if streams and kind not in PROXY_TYPES:
        raise Invalid("The responseTransferMode STREAM needs a proxy integration")
    if kind in AWS_TYPES and uris.streams(integration["uri"]) != streams:
        raise Invalid(
            "The responseTransferMode STREAM and a URI that ends with "
            "/response-streaming-invocations need each other"
        )


def _require_parameters(method: Document, integration: Document) -> None:
    declared = method.get("requestParameters", {})
    mapped = integration.get("requestParameters", {})
    require_request_mappings(mapped, declared)
    require_cache_keys(integration["cacheKeyParameters"], declared, mapped)
