"""What a solve brings back: why it stopped, what we have, and how good it is."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from planner.solve.arrays import Floats
from planner.solve.handover import Key
from planner.solve.proof import Proof

StoppedBy = Literal[
    "gap",
    "time_limit",
    "interrupt",
    "terminate",
    "hangup",
    "tolerance",
    "confirmation",
    "infeasible",
    "unbounded",
    "error",
]
Status = Literal["optimal", "feasible", "infeasible", "unbounded", "no_plan", "interrupted"]


@dataclass(frozen=True)
class HistoryPoint:
    """Best cost and bound (USD m) at a moment (seconds since the start); None before there is one."""

    seconds: float
    cost: float | None
    bound: float | None


@dataclass(frozen=True)
class Size:
    """How big the model is."""

    rows: int
    columns: int
    nonzeros: int
    integers: int


@dataclass(frozen=True)
class Marginals:
    """What one more unit is worth (USD m a unit) in the linear problem with the whole numbers fixed.

    `rows[i]` is the change of the cost when the right side of row `i` rises by one unit; `columns[j]` the
    change when column `j` is forced up by one.
    """

    rows: Floats
    columns: Floats


@dataclass(frozen=True)
class Outcome:
    """The answer of `solve_model`.

    Why it stopped: `stopped_by`. What we have: `status` (`optimal` means within the asked gap; `interrupted`
    may or may not hold a plan, as `has_plan` says) and `values`, in the order of `columns`. How good: `objective`,
    `bound` (USD m), `gap` (share of the cost), `gap_usd_m`. `whole` says that all whole numbers are exactly
    whole and the other values re-solved for them; only then are there `marginals`. `violation` is the largest
    amount by which the values leave a row or a bound, recomputed from the arrays. `confirmed` says that
    "infeasible" or "unbounded" was found again without presolve. `proof` says who stands behind `bound`. `notes` are
    sentences for the run record.
    `cut_by_clock` names the phases that the clock ended before their work was done: with none, the same model,
    options and start give the same values on any machine with the same versions. `falling` are the variables whose
    change lets the cost fall without end, each with its share of the fall, the largest first.
    """

    stopped_by: StoppedBy
    status: Status
    objective: float | None
    bound: float | None
    values: Floats | None = field(repr=False)
    marginals: Marginals | None = field(repr=False)
    whole: bool
    violation: float | None
    confirmed: bool
    columns: tuple[Key, ...] = field(repr=False)
    rows: tuple[Key, ...] = field(repr=False)
    size: Size
    phases: Mapping[str, float]
    seconds: float
    history: tuple[HistoryPoint, ...] = field(repr=False)
    notes: tuple[str, ...]
    log: str = field(repr=False)
    proof: Proof = field(default_factory=Proof, repr=False)
    cut_by_clock: tuple[str, ...] = ()
    falling: tuple[tuple[Key, float], ...] = field(default=(), repr=False)

    @property
    def has_plan(self) -> bool:
        """Return whether there are values to make a plan of."""
        return self.values is not None

    @property
    def gap(self) -> float | None:
        """Return (cost - bound) / |cost|, None without a plan or a bound, inf for a cost of zero above it."""
        return None if self.objective is None or self.bound is None else gap_share(self.objective, self.bound)

    @property
    def gap_usd_m(self) -> float | None:
        """Return cost - bound in USD m, None without a plan or a bound."""
        return None if self.objective is None or self.bound is None else max(0.0, self.objective - self.bound)

    @cached_property
    def by_component(self) -> Mapping[str, Mapping[Any, float]]:
        """Return the values as {component: {index: value}}; empty without a plan."""
        return {} if self.values is None else _by_component(self.columns, self.values)

    @cached_property
    def reduced_costs(self) -> Mapping[str, Mapping[Any, float]]:
        """Return the marginals of the variables as {component: {index: USD m a unit}}; empty without them."""
        return {} if self.marginals is None else _by_component(self.columns, self.marginals.columns)

    @cached_property
    def row_duals(self) -> Mapping[str, Mapping[Any, float]]:
        """Return the marginals of the rules as {family: {index: USD m a unit}}; empty without them."""
        return {} if self.marginals is None else _by_component(self.rows, self.marginals.rows)

    def as_start(self) -> Mapping[Key, float]:
        """Return {(component, index): value}, the form of a start for another solve; empty without a plan."""
        return {} if self.values is None else dict(zip(self.columns, self.values.tolist(), strict=True))


def gap_share(cost: float, bound: float) -> float:
    """Return (cost - bound) / |cost|: 0 when they meet, inf when the cost is zero and the bound below it."""
    distance = max(0.0, cost - bound)
    if distance == 0.0:
        return 0.0
    return distance / abs(cost) if cost else math.inf


def _by_component(keys: tuple[Key, ...], numbers: Floats) -> dict[str, dict[Any, float]]:
    found: dict[str, dict[Any, float]] = {}
    for (component, index), number in zip(keys, numbers.tolist(), strict=True):
        found.setdefault(component, {})[index] = number
    return found
