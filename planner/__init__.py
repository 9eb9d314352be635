"""Capacity planning for an AI lab: what to build, lease and buy, when, and what it costs.

The names below are the public surface. Each is imported when it is first used, so that `import planner` costs
a millisecond and `planner --help` never waits for a solver.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from planner.errors import (
        AuditError,
        FileError,
        InfeasibleError,
        InstanceError,
        NoPlan,
        PlannerError,
        SolverVersionError,
        UnboundedError,
        UsageError,
    )

_HOME = {
    "AuditError": "planner.errors",
    "FileError": "planner.errors",
    "InfeasibleError": "planner.errors",
    "InstanceError": "planner.errors",
    "NoPlan": "planner.errors",
    "PlannerError": "planner.errors",
    "SolverVersionError": "planner.errors",
    "UnboundedError": "planner.errors",
    "UsageError": "planner.errors",
}

__all__ = [
    "AuditError",
    "FileError",
    "InfeasibleError",
    "InstanceError",
    "NoPlan",
    "PlannerError",
    "SolverVersionError",
    "UnboundedError",
    "UsageError",
    "__version__",
]


def __getattr__(name: str) -> Any:
    """Return a public name, importing the module where it lives."""
    if name not in _HOME:
        raise AttributeError(f"module 'planner' has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Return the public names, imported or not."""
    return sorted(__all__)
