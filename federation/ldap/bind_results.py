"""What the answer to a bind says of a password."""

from __future__ import annotations

import re

from federation.ldap.messages import Result
from idp.user_pools.services.user_directories import Verdict

SUCCESS = 0
INVALID_CREDENTIALS = 49
# RFC 4511 §A.1. Beside invalidCredentials: constraintViolation and unwillingToPerform are what 389
# Directory Server answers for accounts that are locked or inactive; the others are about entries
# that cannot be bound as.
WRONG = {INVALID_CREDENTIALS, 19, 53, 32, 34, 48, 50}

# Active Directory says why in the diagnostic message, as a Windows error in hexadecimal: "80090308:
# LdapErr: DSID-0C09042A, comment: AcceptSecurityContext error, data 52e, v3839". All but the first
# two and 775 are said of a right password alone.
_DATA = re.compile(r", data ([0-9a-f]{1,8}),")
ACTIVE_DIRECTORY: dict[str, Verdict] = {
    "525": Verdict.WRONG,  # ERROR_NO_SUCH_USER
    "52e": Verdict.WRONG,  # ERROR_LOGON_FAILURE
    "530": Verdict.WRONG,  # ERROR_INVALID_LOGON_HOURS
    "531": Verdict.WRONG,  # ERROR_INVALID_WORKSTATION
    "532": Verdict.MUST_CHANGE,  # ERROR_PASSWORD_EXPIRED
    "533": Verdict.DISABLED,  # ERROR_ACCOUNT_DISABLED
    "701": Verdict.DISABLED,  # ERROR_ACCOUNT_EXPIRED
    "773": Verdict.MUST_CHANGE,  # ERROR_PASSWORD_MUST_CHANGE
    "775": Verdict.WRONG,  # ERROR_ACCOUNT_LOCKED_OUT
}


def verdict(result: Result, *, is_active_directory: bool) -> Verdict | None:
    """None where the answer is about the server, and not about the password."""
    if result.code == SUCCESS:
        return Verdict.PROVED
    if result.code not in WRONG:
        return None
    found = _DATA.search(result.diagnostic) if is_active_directory else None
    return ACTIVE_DIRECTORY.get(found[1], Verdict.WRONG) if found else Verdict.WRONG
