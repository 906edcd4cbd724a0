"""Where the account page and its sections are."""

ACCOUNT = "/account"
PROFILE = "/account/profile"
VERIFY = "/account/verify"
PASSWORD = "/account/password"
PASSKEYS = "/account/passkeys"
SECOND_STEP = "/account/secondStep"
AUTHENTICATOR = "/account/authenticator"
RECOVERY_CODES = "/account/recoveryCodes"
DEVICES = "/account/devices"
SESSIONS = "/account/sessions"
IDENTITIES = "/account/identities"
APPLICATIONS = "/account/applications"
DATA = "/account/data"
DELETE = "/account/delete"
DELETED = "/account/deleted"

ALL = (
    ACCOUNT,
    PROFILE,
    VERIFY,
    PASSWORD,
    PASSKEYS,
    SECOND_STEP,
    AUTHENTICATOR,
    DEVICES,
    SESSIONS,
    IDENTITIES,
    APPLICATIONS,
    DATA,
    DELETE,
    DELETED,
)
_BY_SECTION = {path.rpartition("/")[2]: path for path in ALL}


def is_one(path: str) -> bool:
    return path in ALL


def section(path: str) -> str:
    """What a sign-in calls the place that it leads to."""
    return path.rpartition("/")[2]


def of_section(name: str) -> str:
    """The place of that name; any other name is the account page."""
    return _BY_SECTION.get(name, ACCOUNT)
