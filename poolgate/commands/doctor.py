"""`poolgate doctor`: run every check, and print what was found and what to do."""

from __future__ import annotations

import argparse

from kernel.settings import Settings
from kernel.telemetry import logs
from poolgate.doctor import certificates, storage, surroundings
from poolgate.doctor.finding import Check, Finding, Severity

CHECKS: tuple[Check, ...] = (
    storage.check_folder,
    storage.check_sealing_key,
    storage.check_database,
    surroundings.check_clock,
    surroundings.check_ports,
    surroundings.check_resolution,
    surroundings.check_tls,
    certificates.check_certificates,
    surroundings.check_valkey,
    surroundings.check_mail,
)


def run(_arguments: argparse.Namespace, settings: Settings) -> int:
    """Print the report; 1 when there is a problem, 0 otherwise. Settings were read already."""
    logs.configure("console", "error")
    print(f"{Severity.GOOD.value:8} the settings of {settings.instance} are valid")
    findings = [finding for check in CHECKS for finding in check(settings)]
    for finding in findings:
        print(_line(finding))
    return int(any(finding.severity is Severity.PROBLEM for finding in findings))


def _line(finding: Finding) -> str:
    advice = f": {finding.advice}" if finding.advice else ""
    return f"{finding.severity.value:8} {finding.found}{advice}"
