"""Finds the handler in the function's code; errors are named as Lambda's Python runtime does."""

from __future__ import annotations

import importlib
import sys
import traceback
from collections.abc import Callable
from types import ModuleType
from typing import Any

from kernel.functions.setup import Setup


class LoadError(Exception):
    """The code has no handler to call."""

    def __init__(self, error_type: str, message: str) -> None:
        super().__init__(message)
        self.error_type = error_type


def load_handler(setup: Setup) -> Callable[..., Any]:
    """The function to call. Raises `LoadError`."""
    sys.path.extend(setup.search)
    try:
        module = _imported(setup) if setup.source is None else _executed(setup, setup.source)
    except SyntaxError as error:
        raise _failure(
            "UserCodeSyntaxError", f"Syntax error in module '{setup.name}': {error}"
        ) from None
    except BaseException as error:
        message = f"Unable to import module '{setup.name}': {error}"
        raise _failure("ImportModuleError", message) from None
    handler: Any = module
    for attribute in setup.handler.split("."):
        handler = getattr(handler, attribute, None)
    if not callable(handler):
        message = f"Handler '{setup.handler}' missing on module '{setup.name}'"
        raise LoadError("Runtime.HandlerNotFound", message)
    found: Callable[..., Any] = handler
    return found


def _imported(setup: Setup) -> ModuleType:
    return importlib.import_module(str(setup.module))


def _executed(setup: Setup, source: str) -> ModuleType:
    # The source comes from the worker, so the file need not be readable here; the prefix keeps
    # a function named `json` from standing in for the library.
    module = ModuleType(f"function_{setup.name}")
    module.__file__ = setup.path
    sys.modules[module.__name__] = module
    exec(compile(source, str(setup.path), "exec"), module.__dict__)  # noqa: S102 - running it is the purpose
    return module


def _failure(kind: str, message: str) -> LoadError:
    traceback.print_exc()
    return LoadError(f"Runtime.{kind}", message)
