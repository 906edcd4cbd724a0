"""The service models load quickly and lazily."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from kernel.aws.contract import MISSING_VALUES, VERSIONS, service

ROOT = Path(__file__).parents[3]

COST = """
import resource, sys, time
import orjson
from dataclasses import dataclass
before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
from kernel.aws.contract import services
from kernel.aws.validation import checker
for each in services():
    for operation in each.operations():
        checker(operation.input)
grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
print(time.process_time() - start, grown / 1024, "botocore.model" in sys.modules)
"""


def test_all_models_compiled_cost_little_and_import_nothing_of_botocore():
    done = subprocess.run(
        [sys.executable, "-c", COST], cwd=ROOT, capture_output=True, text=True, check=True
    )
    seconds, megabytes, is_botocore_imported = done.stdout.split()
    assert is_botocore_imported == "False"
    assert float(seconds) < 0.8
    assert float(megabytes) < 40


def test_a_service_is_loaded_once_and_an_unknown_one_is_a_key_error():
    assert service("sts") is service("sts")
    with pytest.raises(KeyError):
        service("s3")


def test_the_models_are_those_that_the_pinned_botocore_ships():
    import botocore
    from botocore.loaders import Loader

    assert botocore.__version__ == "1.44.5"
    for name, version in VERSIONS.items():
        assert Loader().determine_latest_version(name, "service-2") == version


def test_errors_have_their_models_code_and_status():
    iam = service("iam").error("EntityAlreadyExistsException")
    assert iam is not None
    assert (iam.error_code, iam.http_status) == ("EntityAlreadyExists", 409)
    assert service("iam").error("EntityAlreadyExists") is iam
    internal = service("cognito-idp").error("InternalErrorException")
    assert internal is not None
    assert internal.http_status == 500
    assert service("cognito-idp").error("UserPoolType") is None


def test_values_that_only_the_documentation_names_are_added_once() -> None:
    for (service_name, shape), missing in MISSING_VALUES.items():
        allowed = service(service_name).shape(shape).model["enum"]
        assert set(missing) <= set(allowed)
        assert len(allowed) == len(set(allowed))
