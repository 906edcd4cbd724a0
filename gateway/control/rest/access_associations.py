"""Who may reach private domain names. There is no VPC, so no domain is private: nothing can be
associated, the list is empty, and no association is found."""

from __future__ import annotations

from gateway.control.errors import ERRORS, Invalid, Missing
from kernel.aws.operations import Call, Input, OperationFamily, Output

family = OperationFamily("apigateway", errors=ERRORS)


@family.operation("CreateDomainNameAccessAssociation")
def create_domain_name_access_association(_call: Call, request: Input) -> Output:
    source = f"{request['accessAssociationSourceType']} {request['accessAssociationSource']}"
    raise Invalid(f"{source[:200]} cannot be associated: the domain name is not private")


@family.operation("GetDomainNameAccessAssociations")
def get_domain_name_access_associations(_call: Call, _request: Input) -> Output:
    return {"items": []}


@family.operation("DeleteDomainNameAccessAssociation")
def delete_domain_name_access_association(_call: Call, request: Input) -> None:
    raise _unknown(request)


@family.operation("RejectDomainNameAccessAssociation")
def reject_domain_name_access_association(_call: Call, request: Input) -> None:
    raise _unknown(request)


def _unknown(request: Input) -> Missing:
    arn = request["domainNameAccessAssociationArn"]
    return Missing(f"Invalid domain name access association {arn[:200]}")
