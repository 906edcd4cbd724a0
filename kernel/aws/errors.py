"""Every error that the wire itself answers, and how any error becomes one of AWS's forms."""

from __future__ import annotations

from typing import Any

from kernel.aws.contract import Operation, Service, Shape
from kernel.aws.operations import AwsError, CodeAndStatus, OperationFamily
from kernel.aws.protocols.interface import WireError
from kernel.bodies import BodyFault

# The code under which a service reports constraint faults; seen in AWS's own answers.
VALIDATION_CODES = {
    "cognito-idp": "InvalidParameterException",
    "apigatewayv2": "BadRequestException",
    "sts": "ValidationError",
    "iam": "ValidationError",
}

# JSON 1.1 services answer 400 to a caller they refuse; the others 403.
REFUSALS = frozenset(
    {
        "MissingAuthenticationTokenException",
        "UnrecognizedClientException",
        "InvalidSignatureException",
        "IncompleteSignatureException",
        "ExpiredTokenException",
        "AccessDeniedException",
    }
)


def validation_code(service: str) -> str:
    return VALIDATION_CODES.get(service, "ValidationException")


def path_root(operation: Operation) -> str:
    """API Gateway names a member below its input: `putIntegrationInput.type`."""
    if operation.service.name != "apigateway":
        return ""
    return f"{operation.name[0].lower()}{operation.name[1:]}Input"


def malformed(message: str) -> AwsError:
    return AwsError("SerializationException", message)


def unknown_operation(name: str) -> AwsError:
    shown = name if name.isprintable() and len(name) <= 256 else ""
    message = f"Could not find operation {shown}".rstrip()
    return AwsError("UnknownOperationException", message, status=400 if shown else 404)


def unsupported_media_type(wanted: str) -> AwsError:
    return AwsError(
        "UnsupportedMediaTypeException", f"The content type must be {wanted}.", status=415
    )


def of_body(fault: BodyFault) -> AwsError:
    if fault is BodyFault.BROKEN:
        return malformed("The request body is malformed or broken off.")
    return AwsError("RequestEntityTooLargeException", "The request body is too large.", status=413)


def undetermined_operation() -> AwsError:
    """What API Gateway answers to a signed request for a path it does not know."""
    message = "Unable to determine service/operation name to be authorized"
    return AwsError("AccessDeniedException", message, status=403)


def not_implemented(operation: Operation) -> AwsError:
    name = f"{operation.service.name}:{operation.name}"
    return AwsError("NotImplementedException", f"Poolgate does not have {name} yet.", status=501)


def internal_error() -> AwsError:
    message = "The request could not be processed because of an internal error."
    return AwsError("InternalErrorException", message, status=500)


def translated(error: Exception, family: OperationFamily) -> AwsError | None:
    """The AWS error that a family's table makes of a domain error, or none."""
    for kind in type(error).__mro__:
        code = family.errors.get(kind)
        if isinstance(code, CodeAndStatus):
            return AwsError(code.code, str(error), own_status=code.status)
        if code:
            return AwsError(code, str(error))
    return None


def wire_error(error: AwsError, service: Service, request_id: str) -> WireError:
    """An error as the service's model describes it."""
    shape = service.error(error.code)
    known = shape.members if shape else {}
    members: dict[str, Any] = {"message": error.message}
    headers: dict[str, str] = {}
    for name, value in error.members.items():
        if name in known and known[name].location == "header":
            headers[known[name].wire_name] = str(value)
        elif name in known:
            members[known[name].wire_name] = value
    code = shape.error_code if shape else error.code
    return WireError(code, _status(error, shape, service), request_id, members, headers)


def _status(error: AwsError, shape: Shape | None, service: Service) -> int:
    if error.own_status is not None:
        return error.own_status
    if error.code in REFUSALS:
        return 400 if service.protocol == "json" else 403
    return (shape and shape.http_status) or error.status


def database_busy() -> AwsError:
    """Clients try again after it, as SDKs do on every 503."""
    return AwsError("ServiceUnavailableException", "The service is busy. Try again.", status=503)
