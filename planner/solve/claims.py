"""What may be said of a plan: whether its gap is what was asked, and whether a bound can be believed.

Everything here is judged after cleaning: of the cost with all whole numbers exactly whole, not of what HiGHS counts as
whole (1e-6 beside it, which a rule `MW <= most x opened` turns into MW that paid for nothing).
"""

from __future__ import annotations

from planner.errors import EXIT_OF_SIGNAL
from planner.solve.outcome import Status, StoppedBy

ROUNDING = 1e-7
"""Share of the cost that is rounding: HiGHS keeps rows and reduced costs to 1e-7."""
ROUNDING_USD_M = 1e-6
"""And one dollar, for costs near zero: HiGHS's own absolute gap."""
SOLVER_GAP = 0.999
"""Of the asked gap is asked of HiGHS, so that cleaning may move the cost a little and the gap still holds."""


def slack(cost: float) -> float:
    """Return what counts as rounding of a cost, USD m."""
    return max(ROUNDING_USD_M, ROUNDING * abs(cost))


def within(cost: float, bound: float | None, gap: float) -> bool:
    """Return whether cost - bound <= gap x |cost|, up to rounding: a dollar, or a ten-millionth of the cost."""
    return bound is not None and cost - bound <= gap * abs(cost) + slack(cost)


def believable(cost: float, bound: float) -> bool:
    """Return whether a bound lies below the cost of a known plan, up to rounding."""
    return bound <= cost + slack(cost)


def status_of(stopped_by: StoppedBy, has_plan: bool, proven: bool) -> Status:
    """Return what we have: `optimal` only where the gap after cleaning is what was asked."""
    if stopped_by in EXIT_OF_SIGNAL:
        return "interrupted"
    if stopped_by == "infeasible":
        return "infeasible"
    if stopped_by == "unbounded":
        return "unbounded"
    if not has_plan:
        return "no_plan"
    return "optimal" if proven else "feasible"
