"""Two plans side by side: which inputs differ, what it costs, what moved, and whether the difference is real."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pandas as pd

from planner.differences import cautions, inputs_frame, inputs_sentence, why_incomparable
from planner.errors import UsageError
from planner.numbers import Scale, change, fixed
from planner.plan.plan import Plan
from planner.report.over_time import size_mw

COSTS_BESIDE = ("opening_payables", "opening_debt_service")
INCOME_BESIDE = ("operating_cash", "margin_of_demand")
"""Memo lines that no decision changes, beside `given_LINE`. Firm rounds are owners' money, no income; the rest of the
memo is inside a line already."""
WITHIN_GIVEN = "given_supplier_credit"
NOT_FOUND = "no difference found"
SMALL_USD_M = 0.5


@dataclass(frozen=True)
class Difference:
    """From plan `a` to plan `b`.

    `inputs`: path, value in a and in b; `bridge`: cost by line, USD m, then what is beside it and the total;
    `decisions`: amounts that differ; `ladder`: MW or GW by day and rung; `cash`: closing balances; all expected over
    scenarios. `interval` and `total_interval` are what is known about the change of the cost and of the total.
    """

    a: Plan
    b: Plan
    interval: tuple[float, float]
    """Least and most that the change of the best possible cost can be, from the bounds, USD m; NaN if incomparable."""
    total_interval: tuple[float, float]
    """The same of the cost together with what no decision changes, USD m."""
    sentence: str
    cautions: tuple[str, ...]
    """What makes figures of one name mean different things in the two plans."""
    inputs: pd.DataFrame
    bridge: pd.DataFrame
    decisions: pd.DataFrame
    ladder: pd.DataFrame
    cash: pd.DataFrame

    def frames(self) -> dict[str, pd.DataFrame]:
        """The frames by name, the summary first."""
        told = [self.sentence, *self.cautions, inputs_sentence(self.inputs)]
        return {
            "summary": pd.DataFrame({"difference": told}),
            "inputs": self.inputs,
            "bridge": self.bridge,
            "ladder": self.ladder,
            "cash": self.cash,
            "decisions": self.decisions,
        }

    def __repr__(self) -> str:
        """The sentence, what to mind, the inputs that differ, then the bridge."""
        told = [
            self.sentence,
            *self.cautions,
            inputs_sentence(self.inputs),
            self.bridge.to_string(index=False),
        ]
        return "\n".join(told)


def compare(a: Plan, b: Plan) -> Difference:
    """What differs from `a` to `b`.

    `UsageError` for what is no plan, `AuditError` for a saved one whose tables do not hold together. Plans of different
    times are not judged: the intervals are NaN and the sentence says why.
    """
    for one in (a, b):
        if not isinstance(one, Plan):
            raise UsageError(f"{str(one)[:80]!r} is no plan", hint="planner.load(folder) gives a saved plan")
    from planner.audit import reading

    with reading(a, b):
        known = interval(a, b)
        return Difference(
            a,
            b,
            known,
            _moved(known, beside_usd_m(b) - beside_usd_m(a)),
            interval_sentence(a, b),
            cautions(a, b),
            inputs_frame(a, b),
            _bridge(a, b),
            _decisions(a, b),
            _ladder(a, b),
            _cash(a, b),
        )


def interval(a: Plan, b: Plan) -> tuple[float, float]:
    """Least and most that (best cost of b - best cost of a) can be: each best cost lies in [bound, cost], USD m.

    NaN where the plans are of different times.
    """
    if why_incomparable(a, b):
        return math.nan, math.nan
    return _bound(b) - a.objective_usd_m, b.objective_usd_m - _bound(a)


def _bound(plan: Plan) -> float:
    bound = plan.record.bound_usd_m
    return float("-inf") if bound is None else bound


def beside(plan: Plan) -> dict[str, float]:
    """What no decision changes, by memo line, as a cost: income is below zero; USD m, present value."""
    out: dict[str, float] = {}
    for name, usd_m in zip(plan.frames["memo"]["name"], plan.frames["memo"]["usd_m"], strict=True):
        if name in INCOME_BESIDE:
            out[str(name)] = 0.0 - float(usd_m)
        elif name in COSTS_BESIDE or (str(name).startswith("given_") and name != WITHIN_GIVEN):
            out[str(name)] = float(usd_m)
    return out


def beside_usd_m(plan: Plan) -> float:
    """Sum of what no decision changes, as a cost."""
    return sum(beside(plan).values())


def _moved(known: tuple[float, float], by: float) -> tuple[float, float]:
    return known[0] + by, known[1] + by


def interval_sentence(a: Plan, b: Plan) -> str:
    """The change in words, from the bounds; "no difference found" where the two costs may be the same.

    Where what no decision changes (margin of demand, running contracts) moves too, both the cost of decisions and
    the whole are said, and the verdict is that of the whole.
    """
    reason = why_incomparable(a, b)
    if reason:
        return f"not comparable: {reason}"
    known, moved = interval(a, b), beside_usd_m(b) - beside_usd_m(a)
    if abs(moved) < SMALL_USD_M:
        return _verdict(known, "more expensive", "cheaper")
    whole, cost = _verdict(_moved(known, moved), "worse", "better"), _verdict(known, "higher", "lower")
    apart = _verdict((moved, moved), "worse", "better")
    return f"in all {whole}: the cost of decisions is {cost}, what no decision changes is {apart}"


def _verdict(known: tuple[float, float], up: str, down: str) -> str:
    """An interval in words; "no difference found" where it holds zero; "the same" where both ends are zero."""
    low, high = known
    scale, unit = (1000.0, "USD bn") if _largest(known) >= 1000.0 else (1.0, "USD m")
    if low <= 0.0 <= high:
        if high - low < 1e-6 * max(1.0, _largest(known)):
            return "the same"
        ends = [change(each / scale, 2) if math.isfinite(each) else "anything" for each in known]
        return f"{NOT_FOUND} (between {ends[0]} and {ends[1]} {unit})"
    near, far = sorted((abs(low), abs(high)))
    word = up if low > 0.0 else down
    if math.isinf(far):
        return f"{word} by at least {fixed(near / scale, 2)} {unit}"
    ends = [fixed(each / scale, 2) for each in (near, far)]
    amount = ends[0] if ends[0] == ends[1] else f"{ends[0]} to {ends[1]}"
    return f"{word} by {amount} {unit}"


def _largest(known: tuple[float, float]) -> float:
    return max((abs(each) for each in known if math.isfinite(each)), default=0.0)


def _bridge(a: Plan, b: Plan) -> pd.DataFrame:
    """Cost by line, their sum, what is beside it line by line, and all together, USD m."""
    left, right = _costs(a), _costs(b)
    frame = pd.DataFrame({"a_usd_m": left, "b_usd_m": right}).fillna(0.0)
    frame = frame[(frame.abs() > 1e-9).any(axis=1)]
    frame.loc["cost"] = frame.sum()
    apart = pd.DataFrame(
        {"a_usd_m": pd.Series(beside(a)), "b_usd_m": pd.Series(beside(b))}, dtype=float
    ).fillna(0.0)
    apart = apart[(apart.abs() > 1e-9).any(axis=1)]
    total = frame.loc["cost"] + apart.sum()
    frame = pd.concat([frame, apart])
    frame.loc["total"] = total
    frame["change_usd_m"] = frame["b_usd_m"] - frame["a_usd_m"] + 0.0
    return frame.rename_axis("line").reset_index()


def _costs(plan: Plan) -> pd.Series[float]:
    costs: pd.Series[float] = plan.frames["costs"].set_index("line")["total_usd_m"]
    return costs


MOVES = ("start_block", "start_unit", "sign", "order", "take_round", "draw")
"""Decisions that people take; the rest follows from them."""


def _decisions(a: Plan, b: Plan) -> pd.DataFrame:
    keys = ["decision", "variable", "id", "chip", "host", "date", "unit"]
    return _beside(_moves(a), _moves(b), keys, "amount")


def _moves(plan: Plan) -> pd.DataFrame:
    """Decisions, each weighted by the probability that it is taken."""
    frame = plan.frames["decisions"]
    counted = frame["variable"].isin(["blocks", "units", "signed_mw", "ordered_mw", "took", "draw_usd_m"])
    rows = frame[frame["decision"].isin(MOVES) & counted]
    periods = plan.frames["periods"]
    weight = dict(zip(periods["node"], periods["probability"], strict=True))
    return rows.assign(amount=rows["amount"] * rows["node"].map(weight).fillna(1.0))


def _cash(a: Plan, b: Plan) -> pd.DataFrame:
    frame = _beside(_by_day(a, "cash"), _by_day(b, "cash"), ["last_day"], "closing_usd_m", shared=True)
    return frame.rename(columns={name: f"{name}_usd_m" for name in ("a", "b", "change")})


def _ladder(a: Plan, b: Plan) -> pd.DataFrame:
    columns = ["secured_gw", "powered_gw", "installed_gw", "operating_gw"]
    left, right = _by_day(a, "ladder"), _by_day(b, "ladder")
    parts = []
    for column in columns:
        part = _beside(left, right, ["last_day"], column, shared=True)
        parts.append(part.assign(rung=column.removesuffix("_gw")))
    frame = pd.concat(parts, ignore_index=True)
    scale = Scale.of(max(size_mw(a), size_mw(b)))
    amounts = {name: frame[name].map(scale.gw) for name in ("a", "b", "change")}
    return frame.assign(**amounts, unit=scale.unit)


def _by_day(plan: Plan, name: str) -> pd.DataFrame:
    """A frame over time with the last day of each period; amounts are weighted by the probability of their node."""
    frame = plan.frames[name]
    if name == "ladder":
        frame = frame[frame["basis"] == "it"]
    days = dict(zip(plan.frames["periods"]["node"], plan.frames["periods"]["last_day"], strict=True))
    amounts = [column for column in frame.columns if str(column).endswith(("_gw", "_usd_m"))]
    weighted = frame[amounts].mul(frame["probability"], axis=0)
    return weighted.assign(last_day=frame["node"].map(days))


def _beside(
    left: pd.DataFrame, right: pd.DataFrame, keys: list[str], column: str, shared: bool = False
) -> pd.DataFrame:
    """Sums of a column by keys in both frames, where they differ by more than rounding; `shared`: in both only."""
    a = left.groupby(keys, sort=False)[column].sum()
    b = right.groupby(keys, sort=False)[column].sum()
    frame = pd.DataFrame({"a": a, "b": b})
    frame = frame.dropna() if shared else frame.fillna(0.0)
    frame["change"] = frame["b"] - frame["a"]
    changed: pd.DataFrame = frame[frame["change"].abs() > 1e-6].reset_index()
    return changed
