"""What can go wrong with access keys and policies."""

from __future__ import annotations


class IamError(Exception):
    """The base of this package's errors."""


class AccessKeyNotFound(IamError):
    """There is no access key of that id."""


class AccessKeyExists(IamError):
    """An access key of that id exists already."""


class InvalidUserName(IamError):
    """A user name that IAM does not permit."""


class MalformedPolicyDocument(IamError):
    """A policy document that cannot be stored; the message is the reason."""
