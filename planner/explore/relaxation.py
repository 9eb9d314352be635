"""The linear relaxation of an instance: blocks and signings in parts. A second of work, and a bound on every plan."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from planner.data.prepare import prepare
from planner.data.types import Data
from planner.errors import STOPPED, InfeasibleError, NoPlan, UnboundedError
from planner.instance.instance import Instance
from planner.model import bound_overdraft, build, least_overdraft_objective, needs_least_overdraft
from planner.model.falling import falling_sentences
from planner.solve.handover import hand_over
from planner.solve.highs import Run, Settings, require_highs, run
from planner.solve.runs import Falling, falling_along
from planner.solve.stop import StopSwitch, breakable, passing_on
from planner.solve.watch import Watch

ROOM = 1e-6
"""Relative room above the least overdraft, so that rounding does not make the second solve impossible."""


@dataclass(frozen=True)
class Relaxation:
    """The least cost when nothing has to be whole: no plan of the instance costs less."""

    cost_usd_m: float
    data: Data = field(repr=False)
    values: Mapping[str, Mapping[Any, float]] = field(repr=False)
    """Amount by variable and index, as docs/design.md lists them."""


def relaxation(instance: Instance, time_limit: float = 60.0) -> Relaxation:
    """Return the linear relaxation; a soft floor without an amount takes the least overdraft first, as a solve does.

    Raises `InfeasibleError` or `UnboundedError` where even the relaxation has no answer (a plan has none either),
    `NoPlan` after `time_limit` seconds.
    """
    require_highs()
    with passing_on() as delivery:
        with breakable():
            data = prepare(instance)
            model = build(data, instance.rules_off, instance.user_rules)
        until = time.monotonic() + time_limit
        if needs_least_overdraft(model):
            objective = least_overdraft_objective(model)
            least = _relaxed(model, until, objective, delivery.switch).cost_usd_m
            bound_overdraft(model, least * (1.0 + ROOM) + ROOM)
        found = _relaxed(model, until, "objective", delivery.switch)
    return Relaxation(found.cost_usd_m, data, found.values)


@dataclass(frozen=True)
class _Relaxed:
    cost_usd_m: float
    values: dict[str, dict[Any, float]]


def _relaxed(model: Any, until: float, objective: str, switch: StopSwitch) -> _Relaxed:
    handed = hand_over(model, objective)
    arrays = replace(handed.arrays, whole=np.zeros_like(handed.arrays.whole))
    watch = Watch(until - time.monotonic(), switch)
    ended = run(arrays, Settings(until=until, late=1.0), watch)
    if ended.values is None or ended.cost is None or ended.ended != "optimal":
        raise _failure(ended, switch.reason, falling_along(handed, ended.ray))
    values: dict[str, dict[Any, float]] = {}
    for (name, index), amount in zip(handed.columns, ended.values.tolist(), strict=True):
        values.setdefault(name, {})[index] = amount
    return _Relaxed(ended.cost, values)


def _failure(ended: Run, asked: str | None, falling: Falling) -> NoPlan:
    if ended.ended in ("infeasible", "infeasible_or_unbounded"):
        return InfeasibleError(
            "no plan keeps all rules", hint="`planner solve` says which rules and by how much"
        )
    if ended.ended == "unbounded":
        return UnboundedError(
            "the cost can fall without end: an input pays more than it costs",
            explanation=falling_sentences(falling),
        )
    if asked is not None:
        return NoPlan(f"the relaxation was {STOPPED[asked]}", stopped_by=asked)
    return NoPlan(f"the relaxation ended with {ended.ended}", hint="allow more time")
