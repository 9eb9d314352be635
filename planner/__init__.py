"""Capacity planning for an AI lab: what to build, lease and buy, when, and what it costs.

The names below are the public surface. Each is imported when it is first used, so that `import planner` costs
a millisecond and `planner --help` never waits for a solver.
"""

from __future__ import annotations

import importlib
import sys
from inspect import isfunction, signature
from types import ModuleType
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from planner.audit import Verdict
    from planner.audit import audit_plan as audit
    from planner.compare import Difference, compare
    from planner.data.check import check
    from planner.doctor import doctor
    from planner.errors import (
        AuditError,
        FileError,
        InfeasibleError,
        InstanceError,
        Interrupted,
        NoPlan,
        PlannerError,
        SolverVersionError,
        UnboundedError,
        UsageError,
    )
    from planner.every_case import run_cases
    from planner.export import export
    from planner.finish import Run
    from planner.instance.instance import Instance
    from planner.instance.json_schema import schema
    from planner.instance.reader import read
    from planner.level_cost import level_costs
    from planner.model.registry import families as rules
    from planner.plan import Plan
    from planner.plan import load_plan as load
    from planner.report import write_report
    from planner.resume import resume
    from planner.run import run, solve
    from planner.starter import write_starter

_HOME = {
    "AuditError": "planner.errors:AuditError",
    "Difference": "planner.compare:Difference",
    "FileError": "planner.errors:FileError",
    "InfeasibleError": "planner.errors:InfeasibleError",
    "Instance": "planner.instance.instance:Instance",
    "InstanceError": "planner.errors:InstanceError",
    "Interrupted": "planner.errors:Interrupted",
    "NoPlan": "planner.errors:NoPlan",
    "Plan": "planner.plan:Plan",
    "PlannerError": "planner.errors:PlannerError",
    "Run": "planner.finish:Run",
    "SolverVersionError": "planner.errors:SolverVersionError",
    "UnboundedError": "planner.errors:UnboundedError",
    "UsageError": "planner.errors:UsageError",
    "Verdict": "planner.audit:Verdict",
    "audit": "planner.audit:audit_plan",
    "check": "planner.data.check:check",
    "compare": "planner.compare:compare",
    "doctor": "planner.doctor:doctor",
    "export": "planner.export:export",
    "level_costs": "planner.level_cost:level_costs",
    "load": "planner.plan:load_plan",
    "read": "planner.instance.reader:read",
    "resume": "planner.resume:resume",
    "rules": "planner.model.registry:families",
    "run": "planner.run:run",
    "run_cases": "planner.every_case:run_cases",
    "schema": "planner.instance.json_schema:schema",
    "solve": "planner.run:solve",
    "write_report": "planner.report:write_report",
    "write_starter": "planner.starter:write_starter",
}
"""Public name: where it lives."""

__all__ = [
    "AuditError",
    "Difference",
    "FileError",
    "InfeasibleError",
    "Instance",
    "InstanceError",
    "Interrupted",
    "NoPlan",
    "Plan",
    "PlannerError",
    "Run",
    "SolverVersionError",
    "UnboundedError",
    "UsageError",
    "Verdict",
    "__version__",
    "audit",
    "check",
    "compare",
    "doctor",
    "export",
    "level_costs",
    "load",
    "read",
    "resume",
    "rules",
    "run",
    "run_cases",
    "schema",
    "solve",
    "write_report",
    "write_starter",
]


_OPTIONS = ("run", "run_cases")
"""Functions that pass options on to `solve`."""
_OWN = ("instance", "keep_in")
"""What these functions give to `solve` themselves."""


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
    module, _, attribute = _HOME[name].partition(":")
    value = getattr(importlib.import_module(module), attribute)
    if isfunction(value):
        from planner.calls import checked

        more = signature(importlib.import_module("planner.run").solve).parameters if name in _OPTIONS else ()
        value = checked(name, value, [word for word in more if word not in _OWN])
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Return the public names, imported or not."""
    return sorted(__all__)


sys.modules[__name__].__class__ = _Surface
