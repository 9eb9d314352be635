"""Every flow of the cash statement beside what causes it, so that the ledger of decisions adds up to the statement.

A flow has a key (variable of the decision or `given`, index), a column of the cash frame, a node and USD m with the
sign of the statement: what is paid is negative.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from planner.data.context import Context
from planner.plan.plan import Plan
from planner.report.over_time import Time, rows_of

NOW_PERIODS = 2
"""Decisions dated in the first periods are to be taken now."""

Key = tuple[str, str]
"""(variable, index joined by |)."""

GIVEN = "given"
CASH_COLUMNS = {
    "operating_usd_m": (GIVEN, "operating"),
    "margin_usd_m": (GIVEN, "margin"),
    "rounds_usd_m": (GIVEN, "rounds"),
    "opening_payables_usd_m": (GIVEN, "opening_payables"),
    "opening_debt_usd_m": (GIVEN, "opening_debt"),
    "lost_margin_usd_m": ("shortfall_mw", ""),
    "yield_usd_m": ("cash_usd_m", ""),
}
"""Column of the cash frame that has one cause: its key."""
DEBT_COLUMNS = {
    "draw_usd_m": ("draw_usd_m", "draws_usd_m", 1.0),
    "repaid_usd_m": ("balance_usd_m", "repayment_usd_m", -1.0),
    "interest_usd_m": ("balance_usd_m", "interest_usd_m", -1.0),
    "fee_usd_m": ("balance_usd_m", "fees_usd_m", -1.0),
}
"""Column of the debt frame: (variable of the key, column of the cash frame, sign there)."""


@dataclass(frozen=True, slots=True)
class Flow:
    """Money of one key in one column of the cash statement at one node."""

    key: Key
    column: str
    node: str
    usd_m: float


class Flows:
    """All flows of a plan by key."""

    def __init__(self, plan: Plan, time: Time, context: Context) -> None:
        self._time = time
        self.by_key: dict[Key, list[Flow]] = defaultdict(list)
        for flow in _flows(plan, context):
            if flow.usd_m != 0.0:
                self.by_key[flow.key].append(flow)

    def paid(self, keys: Iterable[Key], node: str) -> tuple[float, float]:
        """Net payments of some keys, USD m: in the first periods, and in the reported ones.

        On a tree they are expected once the node of the decision is reached (from the first day on without a node).
        """
        now = reported = 0.0
        reached = self._time.probability.get(node, 1.0)
        for flow in self.of(keys):
            place = self._time.position[flow.node]
            paid = -flow.usd_m * self._time.probability[flow.node] / reached
            if place < NOW_PERIODS:
                now += paid
            if self._time.spans[place].reported:
                reported += paid
        return now, reported

    def of(self, keys: Iterable[Key]) -> Iterator[Flow]:
        """The flows of some keys."""
        for key in keys:
            yield from self.by_key.get(key, ())


def _flows(plan: Plan, context: Context) -> Iterator[Flow]:
    frame = plan.frames["payments"]
    for variable, index, line, node, paid in zip(
        frame["variable"], frame["index"], frame["line"], frame["node"], frame["paid_usd_m"], strict=True
    ):
        yield Flow((str(variable), str(index)), f"{line}_usd_m", str(node), -float(paid))
    cash = plan.frames["cash"]
    for column, key in CASH_COLUMNS.items():
        for node, usd_m in zip(cash["node"], cash[column], strict=True):
            yield Flow(key, column, str(node), float(usd_m))
    for row in rows_of(plan.frames["debt"]):
        for source, (variable, column, sign) in DEBT_COLUMNS.items():
            index = f"{row.facility}|{row.node}" if variable == "draw_usd_m" else str(row.facility)
            yield Flow((variable, index), column, str(row.node), sign * float(getattr(row, source)))
    yield from _optional_rounds(plan, context)


def _optional_rounds(plan: Plan, context: Context) -> Iterator[Flow]:
    """Gross amounts of the rounds taken, by the dates of the scenario that holds at a node."""
    decisions = plan.frames["decisions"]
    taken = decisions[decisions["variable"] == "took"]
    for row in rows_of(taken):
        for node in context.tree.nodes:
            if not row.node or row.node in context.tree.path[node]:
                usd_m = float(row.amount) * _amount(context, str(row.id), node)
                yield Flow(("took", str(row.index)), "optional_rounds_usd_m", node, usd_m)


def _amount(context: Context, round_id: str, node: str) -> float:
    scenario, period = context.at(node), context.period(node)
    money = scenario.spec.money.rounds[round_id]
    return sum(
        float(usd_bn) * 1000.0
        for date, usd_bn in money.by_date_usd_bn.items()
        if money.active and period.start - 1e-9 <= scenario.month_of(date) < period.end - 1e-9
    )
