"""What a signed-in person does with his passkeys: StartWebAuthnRegistration and its like."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from idp.models import Passkey
from idp.user_pools.operations.family import cognito_idp, with_token
from idp.user_pools.services import access, pages, passkeys, users
from kernel.aws.operations import Call, Input, Output

family = cognito_idp()


@family.operation("StartWebAuthnRegistration")
def start_web_authn_registration(call: Call, request: Input) -> Output:
    person = access.authenticate(call.kernel, request["AccessToken"])
    return {"CredentialCreationOptions": passkeys.start_registration(call.kernel, person)}


@family.operation("CompleteWebAuthnRegistration")
def complete_web_authn_registration(call: Call, request: Input) -> Output:
    person = access.authenticate(call.kernel, request["AccessToken"])
    passkeys.complete_registration(call.kernel, person, request["Credential"])
    return {}


@family.operation("ListWebAuthnCredentials")
def list_web_authn_credentials(call: Call, request: Input) -> Output:
    person = access.authenticate(call.kernel, request["AccessToken"])
    limit = pages.size(request.get("MaxResults"), passkeys.MOST_PASSKEYS)
    after = pages.position(call, request.get("NextToken"), person.user.id)

    def unit(session: Session) -> Sequence[Passkey]:
        return passkeys.page(session, person.user, after, limit)

    found, token = pages.cut(
        call, call.kernel.database.read(unit), limit, lambda row: row.credential_id, person.user.id
    )
    listed = {"Credentials": [passkeys.describe(passkey) for passkey in found]}
    return with_token(listed, "NextToken", token)


@family.operation("DeleteWebAuthnCredential")
def delete_web_authn_credential(call: Call, request: Input) -> Output:
    person = access.authenticate(call.kernel, request["AccessToken"])

    def unit(session: Session) -> None:
        user = users.by_id(session, person.user.id, to_change=True)
        passkeys.forget(session, user, request["CredentialId"])

    call.kernel.database.write(unit)
    return {}
