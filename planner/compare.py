"""Two plans side by side: what it costs, what moved, and whether the difference is real."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from planner.errors import UsageError
from planner.plan.plan import Plan


@dataclass(frozen=True)
class Difference:
    """From plan `a` to plan `b`.

    `bridge`: cost by line, USD m, and the change; `decisions`: amounts that differ; `ladder`: GW by period and rung;
    `cash`: closing balances; `interval`: what is known about the change of cost.
    """

    a: Plan
    b: Plan
    interval: tuple[float, float]
    """Least and most that the change of the best possible cost can be, from the bounds, USD m."""
    sentence: str
    bridge: pd.DataFrame
    decisions: pd.DataFrame
    ladder: pd.DataFrame
    cash: pd.DataFrame

    def frames(self) -> dict[str, pd.DataFrame]:
        """The frames by name, the summary first."""
        summary = pd.DataFrame([{"difference": self.sentence}])
        return {
            "summary": summary,
            "bridge": self.bridge,
            "ladder": self.ladder,
            "cash": self.cash,
            "decisions": self.decisions,
        }

    def __repr__(self) -> str:
        """The sentence, then the bridge."""
        return f"{self.sentence}\n{self.bridge.to_string(index=False)}"


def compare(a: Plan, b: Plan) -> Difference:
    """What differs from `a` to `b`; `UsageError` for what is no plan."""
    for one in (a, b):
        if not isinstance(one, Plan):
            raise UsageError(f"{str(one)[:80]!r} is no plan", hint="planner.load(folder) gives a saved plan")
    low, high = interval(a, b)
    return Difference(
        a,
        b,
        (low, high),
        interval_sentence(a, b),
        _bridge(a, b),
        _decisions(a, b),
        _ladder(a, b),
        _beside(a.frames["cash"], b.frames["cash"], ["period"], "closing_usd_m"),
    )


def interval(a: Plan, b: Plan) -> tuple[float, float]:
    """Least and most that (best cost of b - best cost of a) can be: each best cost lies in [bound, cost], USD m."""
    low = _bound(b) - a.objective_usd_m
    high = b.objective_usd_m - _bound(a)
    return low, high


def _bound(plan: Plan) -> float:
    bound = plan.record.bound_usd_m
    return float("-inf") if bound is None else bound


def interval_sentence(a: Plan, b: Plan) -> str:
    """The change of cost in words; "no difference found" where the intervals of the two costs overlap."""
    low, high = interval(a, b)
    if low <= 0.0 <= high:
        return f"no difference found (between {low / 1000:+,.2f} and {high / 1000:+,.2f} USD bn)"
    word = "dearer" if low > 0 else "cheaper"
    near, far = sorted((abs(low), abs(high)))
    return f"{word} by {near / 1000:,.2f} to {far / 1000:,.2f} USD bn"


def _bridge(a: Plan, b: Plan) -> pd.DataFrame:
    left = a.frames["costs"].set_index("line")["total_usd_m"]
    right = b.frames["costs"].set_index("line")["total_usd_m"]
    frame = pd.DataFrame({"a_usd_m": left, "b_usd_m": right}).fillna(0.0)
    frame["change_usd_m"] = frame["b_usd_m"] - frame["a_usd_m"]
    frame = frame[(frame[["a_usd_m", "b_usd_m"]].abs() > 1e-9).any(axis=1)]
    frame.loc["total"] = frame.sum()
    return frame.rename_axis("line").reset_index()


MOVES = ("start_block", "start_unit", "sign", "order", "take_round", "draw")
"""Decisions that people take; the rest follows from them."""


def _decisions(a: Plan, b: Plan) -> pd.DataFrame:
    keys = ["decision", "variable", "id", "chip", "host", "period", "unit"]
    return _beside(_moves(a), _moves(b), keys, "amount")


def _moves(plan: Plan) -> pd.DataFrame:
    frame = plan.frames["decisions"]
    counted = frame["variable"].isin(["blocks", "units", "signed_mw", "ordered_mw", "took", "draw_usd_m"])
    return frame[frame["decision"].isin(MOVES) & counted]


def _ladder(a: Plan, b: Plan) -> pd.DataFrame:
    columns = ["secured_gw", "powered_gw", "installed_gw", "operating_gw"]
    parts = []
    for column in columns:
        part = _beside(_it(a), _it(b), ["period"], column)
        parts.append(part.assign(rung=column.removesuffix("_gw")))
    return pd.concat(parts, ignore_index=True)


def _it(plan: Plan) -> pd.DataFrame:
    frame = plan.frames["ladder"]
    return frame[frame["basis"] == "it"]


def _beside(left: pd.DataFrame, right: pd.DataFrame, keys: list[str], column: str) -> pd.DataFrame:
    """Sums of a column by keys in both frames, where they differ by more than rounding."""
    a = left.groupby(keys, sort=False)[column].sum()
    b = right.groupby(keys, sort=False)[column].sum()
    frame = pd.DataFrame({"a": a, "b": b}).fillna(0.0)
    frame["change"] = frame["b"] - frame["a"]
    changed: pd.DataFrame = frame[frame["change"].abs() > 1e-6].reset_index()
    return changed
