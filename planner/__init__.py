"""Capacity planning for an AI lab: what to build, lease and buy, when, and what it costs.

The names below are the public surface. Each is imported when it is first used, so that `import planner` costs
a millisecond and `planner --help` never waits for a solver.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
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
    from planner.instance.instance import Instance
    from planner.instance.reader import read
    from planner.starter import write_starter

_HOME = {
    "AuditError": "planner.errors",
    "FileError": "planner.errors",
    "InfeasibleError": "planner.errors",
    "Instance": "planner.instance.instance",
    "InstanceError": "planner.errors",
    "NoPlan": "planner.errors",
    "PlannerError": "planner.errors",
    "SolverVersionError": "planner.errors",
    "UnboundedError": "planner.errors",
    "UsageError": "planner.errors",
    "read": "planner.instance.reader",
    "write_starter": "planner.starter",
}

__all__ = [
    "AuditError",
    "FileError",
    "InfeasibleError",
    "Instance",
    "InstanceError",
    "NoPlan",
    "PlannerError",
    "SolverVersionError",
    "UnboundedError",
    "UsageError",
    "__version__",
    "read",
    "write_starter",
]


class _Surface(ModuleType):
    """The package as a module in which a public name always means the function of that name.

    Importing a room such as `planner.solve` makes Python bind the room to that name in the package; the public
    `planner.solve(...)` would then change its meaning with what was imported before. Rooms are still found by
    `import planner.solve.highs` and `from planner.solve import ...`.
    """

    def __setattr__(self, name: str, value: object) -> None:
        if not (name in _HOME and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


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


sys.modules[__name__].__class__ = _Surface
