"""The triggers that Cognito does not have (`services.own_triggers`), by their names."""

ATTRIBUTE_CHANGE = "AttributeChange"
USER_DELETION = "UserDeletion"
PRE_FORGOT_PASSWORD = "PreForgotPassword"
ALL = (ATTRIBUTE_CHANGE, USER_DELETION, PRE_FORGOT_PASSWORD)
