"""Who may reach private domain names. There is no VPC, so no domain is private: nothing can be
associated, the list is empty, and no association is found."""

from __future__ import annotations

from gateway.control.errors import ERRORS, Invalid, Missing
from kernel.aws.operations import Call, Input, OperationFamily, Output

family = OperationFamily("apigateway", errors=ERRORS)

NOT_PRIVATE = "Domain name access associations need a private custom domain name"
UNKNOWN = "Invalid domain name access association identifier specified"


@family.operation("CreateDomainNameAccessAssociation")
def create_domain_name_access_association(_call: Call, _request: Input) -> Output:
    raise Invalid(NOT_PRIVATE)


@family.operation("GetDomainNameAccessAssociations")
def get_domain_name_access_associations(_call: Call, _request: Input) -> Output:
    return {"items": []}


@family.operation("DeleteDomainNameAccessAssociation")
def delete_domain_name_access_association(_call: Call, _request: Input) -> None:
    raise Missing(UNKNOWN)


@family.operation("RejectDomainNameAccessAssociation")
def reject_domain_name_access_association(_call: Call, _request: Input) -> None:
    raise Missing(UNKNOWN)
