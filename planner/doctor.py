"""Whether this machine can be trusted with a plan: versions, and questions whose answers are known by hand."""

from __future__ import annotations

import platform
import sys
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from planner.errors import SolverVersionError


@dataclass(frozen=True)
class Check:
    """One thing that was looked at: what was found, what is expected, and whether that will do."""

    name: str
    found: str
    expected: str
    ok: bool


def doctor() -> list[Check]:
    """Return every check; all are `ok` on a machine that can be trusted. Takes a few seconds."""
    python = platform.python_version()
    checks = [Check("python", python, "3.11 or newer", sys.version_info >= (3, 11))]
    for name in ("numpy", "pandas", "pydantic", "pyomo"):
        found = _installed(name)
        checks.append(Check(name, found or "not installed", "installed", found is not None))
    return [*checks, *_solver()]


def _installed(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _solver() -> list[Check]:
    """Return the solver's version and, when that is one we take, its answers."""
    from planner.solve.highs import require_highs
    from planner.solve.stop import passing_on

    expected = "1.16 or newer, below 2"
    try:
        found = require_highs()
    except SolverVersionError as error:
        return [Check("highspy", _installed("highspy") or error.message, expected, False)]
    from planner.solve.canary import run_canaries

    with passing_on():
        canaries = [
            Check(f"solver: {canary.name}", str(canary.found), str(canary.expected), canary.ok)
            for canary in run_canaries()
        ]
    return [Check("highspy", found, expected, True), *canaries, *_prover()]


def _prover() -> list[Check]:
    """Return whether the second solver is there, and then its answers to the same questions."""
    from planner.solve.prover import EXTRA, prover_version
    from planner.solve.prover_canary import run_prover_canaries

    found = prover_version()
    if found is None:
        return [Check("prover (SCIP)", "not installed", f"optional: {EXTRA}", True)]
    answers = [
        Check(f"prover: {canary.name}", str(canary.found), str(canary.expected), canary.ok)
        for canary in run_prover_canaries()
    ]
    return [Check("prover (SCIP)", found, "optional", True), *answers]
