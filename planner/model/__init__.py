"""The optimization model: one registered family of rows per rule, a file per subject; knows nothing of solvers.

`build(data)` makes the Pyomo model; docs/model.md is written from the register of rules.
"""

from planner.model.build import build
from planner.model.objective import bound_overdraft, least_overdraft_objective, needs_least_overdraft

__all__ = ["bound_overdraft", "build", "least_overdraft_objective", "needs_least_overdraft"]
