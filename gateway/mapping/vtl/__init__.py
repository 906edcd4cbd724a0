"""Velocity templates (VTL 1.7) as API Gateway runs them: compiled once, evaluated within limits.

    template = compile_template('{"id": "$input.params(\'id\')"}')
    text = evaluate(template, {"input": ...})

Values are JSON-like data; what may be called on them is an allow-list. No attribute of a Python
object is ever looked up by a name out of a template.
"""

from gateway.mapping.vtl.errors import InvalidTemplate, TemplateError, TemplateLimitExceeded
from gateway.mapping.vtl.evaluator import evaluate
from gateway.mapping.vtl.parser import compile_template

__all__ = [
    "InvalidTemplate",
    "TemplateError",
    "TemplateLimitExceeded",
    "compile_template",
    "evaluate",
]
