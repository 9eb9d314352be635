"""From the solver's values to a plan."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from planner.data.types import Data
from planner.plan.capacity import capacity_frame, ladder_frame, periods_frame, power_frame, service_frames
from planner.plan.clauses import clauses_frame
from planner.plan.contracts import commitments_frame, contracts_frame
from planner.plan.decisions import decisions_frame
from planner.plan.spending import with_counted
from planner.plan.statement import (
    cash_frame,
    costs_frame,
    debt_frame,
    limits_frame,
    memo_frame,
    payables_frame,
    payments_frame,
)
from planner.plan.values import Values

if TYPE_CHECKING:
    from planner.instance.instance import Instance


def make_frames(
    instance: Instance, d: Data, by_component: Mapping[str, Mapping[Any, float]]
) -> dict[str, pd.DataFrame]:
    """All frames of a plan, by name."""
    values = with_counted(d, Values.of(by_component))
    capacity = capacity_frame(d, instance.spec, values)
    debt = debt_frame(d, values)
    service, serving = service_frames(d, values)
    payments = payments_frame(d, values)
    costs = costs_frame(d, values)
    frames = {
        "periods": periods_frame(d),
        "decisions": decisions_frame(d, values),
        "payments": payments,
        "ladder": ladder_frame(d, values, capacity),
        "capacity": capacity,
        "power": power_frame(d, values),
        "service": service,
        "serving": serving,
        "contracts": contracts_frame(instance, d, values),
        "clauses": clauses_frame(d, values),
        "commitments": commitments_frame(instance, d, values, debt),
        "cash": cash_frame(instance, d, values, debt),
        "debt": debt,
        "payables": payables_frame(d, values),
        "costs": costs,
        "limits": limits_frame(d, values),
        "memo": memo_frame(instance, d, values, costs),
    }
    return {name: _without_negative_zeros(_with_columns(name, frame)) for name, frame in frames.items()}


def _with_columns(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    """A frame without rows has its columns all the same, so that it can be saved, read and asked."""
    if len(frame.columns):
        return frame
    from planner.plan.columns import FRAMES, kind_of

    dtype = {"number": float, "flag": bool, "text": str}
    return pd.DataFrame({column: pd.Series(dtype=dtype[kind_of(column)]) for column in FRAMES[name][1]})


def _without_negative_zeros(frame: pd.DataFrame) -> pd.DataFrame:
    numbers = frame.select_dtypes("number").columns
    return frame.assign(**{str(column): frame[column] + 0.0 for column in numbers})
