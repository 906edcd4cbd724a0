"""AssociateSoftwareToken, VerifySoftwareToken, AdminDeleteSoftwareToken: authenticators."""

from __future__ import annotations

from sqlalchemy.orm import Session

from idp.errors import InvalidParameter
from idp.user_pools.operations.family import cognito_idp
from idp.user_pools.rules import one_time_passwords
from idp.user_pools.services import access, own_authenticator, pools, software_tokens, users
from idp.user_pools.services.sign_in import mfa_setup
from kernel.aws.operations import Call, Input, Output

family = cognito_idp()


@family.operation("AssociateSoftwareToken")
def associate_software_token(call: Call, request: Input) -> Output:
    """With an access token the secret waits in the database, with a session in the session."""
    kernel = call.kernel
    if _by_session(request):
        secret, session_token = mfa_setup.associate(kernel, request["Session"])
        answer = {"Session": session_token}
    else:
        person = access.authenticate(kernel, request["AccessToken"])
        secret, answer = own_authenticator.associate(kernel, person), {}
    return {"SecretCode": one_time_passwords.secret_code(secret), **answer}


@family.operation("VerifySoftwareToken")
def verify_software_token(call: Call, request: Input) -> Output:
    code, name = request["UserCode"], request.get("FriendlyDeviceName")
    software_tokens.check_name(name)
    if _by_session(request):
        session_token, _ = mfa_setup.verify(call.kernel, request["Session"], code, name)
        return {"Status": "SUCCESS", "Session": session_token}
    person = access.authenticate(call.kernel, request["AccessToken"])
    own_authenticator.verify(call.kernel, person, code, name)
    return {"Status": "SUCCESS"}


@family.writes("AdminDeleteSoftwareToken")
def admin_delete_software_token(session: Session, call: Call, request: Input) -> Output:
    pool = pools.require(session, call, request["UserPoolId"])
    user = users.require(session, pool, request["Username"], to_change=True)
    software_tokens.delete(session, call.kernel, user)
    return {}


def _by_session(request: Input) -> bool:
    if ("Session" in request) == ("AccessToken" in request):
        raise InvalidParameter("Exactly one of AccessToken and Session is required.")
    return "Session" in request
