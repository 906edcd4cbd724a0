"""What is wrong with a response that the toolkit refuses, in sentences of ours: its own repeat what
the response says."""

from __future__ import annotations

from collections.abc import Mapping

from onelogin.saml2.errors import OneLogin_Saml2_ValidationError as Invalid

UNKNOWN = "The response breaks a rule of the Web Browser SSO profile."
UNREADABLE = "The response or its encrypted assertion cannot be read."

_SIGNATURE = "The signature is by no key of the provider's metadata, or its message was changed."
_UNSIGNED = "Neither the response nor its assertion is signed, or something else in it is."
_TIME = "The assertion has expired, or is of the future: compare the clocks."
SENTENCES: Mapping[int, str] = {
    Invalid.INVALID_SIGNATURE: _SIGNATURE,
    Invalid.NO_SIGNATURE_FOUND: _UNSIGNED,
    Invalid.NO_SIGNED_MESSAGE: _UNSIGNED,
    Invalid.NO_SIGNED_ASSERTION: _UNSIGNED,
    Invalid.WRONG_SIGNED_ELEMENT: _UNSIGNED,
    Invalid.ASSERTION_TOO_EARLY: _TIME,
    Invalid.ASSERTION_EXPIRED: _TIME,
    Invalid.SESSION_EXPIRED: "The provider's session is over already (SessionNotOnOrAfter).",
    Invalid.WRONG_AUDIENCE: "The audience is not the pool's entity id.",
    Invalid.WRONG_DESTINATION: "The Destination is not the address that the response came to.",
    Invalid.EMPTY_DESTINATION: "The Destination is empty.",
    Invalid.WRONG_ISSUER: "The issuer is not the entityID of the provider's metadata.",
    Invalid.WRONG_INRESPONSETO: "The response answers another request.",
    Invalid.WRONG_SUBJECTCONFIRMATION: (
        "No SubjectConfirmation holds: its Recipient, InResponseTo or NotOnOrAfter is wrong."
    ),
    Invalid.NO_ENCRYPTED_ASSERTION: (
        "The assertion is not encrypted, which EncryptedResponses demands."
    ),
    Invalid.WRONG_NUMBER_OF_ASSERTIONS: "The response must have one assertion.",
    Invalid.WRONG_NUMBER_OF_AUTHSTATEMENTS: "The assertion must have one AuthnStatement.",
    Invalid.MISSING_CONDITIONS: "The assertion has no Conditions.",
    Invalid.NO_NAMEID: "The assertion has no NameID.",
    Invalid.EMPTY_NAMEID: "The NameID is empty.",
    Invalid.SP_NAME_QUALIFIER_NAME_MISMATCH: "The SPNameQualifier is not the pool's entity id.",
    Invalid.INVALID_XML_FORMAT: "The response is not valid by the schema of SAML 2.0.",
    Invalid.DEPRECATED_SIGNATURE_METHOD: "The signature is by an algorithm that is refused.",
    Invalid.DEPRECATED_DIGEST_METHOD: "The signature has a digest algorithm that is refused.",
    Invalid.DUPLICATED_ATTRIBUTE_NAME_FOUND: "The assertion has an attribute twice.",
}


def sentence(error: Exception) -> str:
    """For the log: nothing of the response is in it."""
    if isinstance(error, Invalid):
        return SENTENCES.get(error.code, UNKNOWN)
    return UNREADABLE
