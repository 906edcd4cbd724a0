"""Why a template gives no text. The messages are for the API's owner, in the execution log."""

from __future__ import annotations


class TemplateError(Exception):
    """The one exception that compiling and evaluating raise."""


class InvalidTemplate(TemplateError):
    """The template is not VTL."""


class TemplateLimitExceeded(TemplateError):
    """The template, or what it makes of a request, is larger than it may be."""
