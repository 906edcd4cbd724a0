"""AssociateSoftwareToken, VerifySoftwareToken, AdminDeleteSoftwareToken: authenticators."""

from __future__ import annotations

from sqlalchemy.orm import Session

from idp.errors import IdpError, InvalidParameter, SoftwareTokenNotEnabled
from idp.user_pools.operations.family import cognito_idp
from idp.user_pools.rules import one_time_passwords, second_factors
from idp.user_pools.services import access, lockout, pools, software_tokens, users
from idp.user_pools.services.access import Person
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
        person = _person(call, request)
        secret, answer = software_tokens.new_secret(kernel), {}
        kernel.database.write(software_tokens.hand_out, kernel, person.user.id, secret)
    return {"SecretCode": one_time_passwords.secret_code(secret), **answer}


@family.operation("VerifySoftwareToken")
def verify_software_token(call: Call, request: Input) -> Output:
    code, name = request["UserCode"], request.get("FriendlyDeviceName")
    software_tokens.check_name(name)
    if _by_session(request):
        session_token, _ = mfa_setup.verify(call.kernel, request["Session"], code, name)
        return {"Status": "SUCCESS", "Session": session_token}
    _verify(call, _person(call, request), code, name)
    return {"Status": "SUCCESS"}


@family.writes("AdminDeleteSoftwareToken")
def admin_delete_software_token(session: Session, call: Call, request: Input) -> Output:
    pool = pools.require(session, call, request["UserPoolId"])
    user = users.require(session, pool, request["Username"], to_change=True)
    software_tokens.delete(session, call.kernel, user)
    return {}


def _verify(call: Call, person: Person, code: str, name: str | None) -> None:
    """Wrong codes count like wrong passwords."""
    kernel, pool, user = call.kernel, person.context.pool, person.user

    def unit(session: Session) -> IdpError | None:
        return software_tokens.take_into_use(session, kernel, user.id, code, name)

    with lockout.guess(kernel, pool.id, user.id):
        refusal = kernel.database.write(unit)
        if refusal is not None:
            now = kernel.clock.now()
            kernel.database.write(lockout.record_failure, pool.id, user.id, now)
            raise refusal


def _by_session(request: Input) -> bool:
    if ("Session" in request) == ("AccessToken" in request):
        raise InvalidParameter("Exactly one of AccessToken and Session is required.")
    return "Session" in request


def _person(call: Call, request: Input) -> Person:
    person = access.authenticate(call.kernel, request["AccessToken"])
    if second_factors.SOFTWARE_TOKEN not in second_factors.active(person.context.pool.settings):
        raise SoftwareTokenNotEnabled
    return person
