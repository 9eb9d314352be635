"""From prepared data to the Pyomo model, with the number of rows of every family checked."""

from __future__ import annotations

import difflib
import logging
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

import pyomo.environ as pyo
from pyomo.common.log import LoggingIntercept

from planner.data.types import Data
from planner.errors import UsageError
from planner.model.aggregates import add_aggregates
from planner.model.given import Given
from planner.model.hints import add_hints
from planner.model.objective import add_cost
from planner.model.own_rules import add_own
from planner.model.registry import BuiltFamily, Family, OwnRule, families
from planner.model.variables import declare


def build(
    data: Data, rules_off: Collection[str] = frozenset(), user_rules: Sequence[OwnRule] = ()
) -> pyo.ConcreteModel:
    """Return the model of `data` with one constraint component per family of rules.

    `rules_off` are names of families or ids of limits to leave out; `user_rules` become families of their own.
    The model carries `families` (name -> BuiltFamily), `variable` ((name, index) -> column), `cost_usd_m[line]`,
    `objective`, the hints of the first plan and `notes` (sentences for the run record). Raises UsageError for a rule
    that cannot be switched off or an own rule that fails, InfeasibleError for an own rule that is false whatever is
    decided.
    """
    with LoggingIntercept(module="pyomo", level=logging.CRITICAL + 1):  # what Pyomo logs, it raises too
        return _build(data, rules_off, user_rules)


def _build(data: Data, rules_off: Collection[str], user_rules: Sequence[OwnRule]) -> pyo.ConcreteModel:
    chosen = _switched(families(), data, rules_off)
    d = Given.of(_without_limits(data, rules_off))
    m = pyo.ConcreteModel()
    declare(m, d)
    m.families, m.notes = {}, []
    for one in chosen:
        _add(m, d, one)
    if user_rules:
        add_aggregates(m, d)
    for own in user_rules:
        add_own(m, d, own)
    add_cost(m, d)
    add_hints(m, d)
    return m


def _add(m: Any, d: Given, one: Family) -> None:
    indices = one.indices(d)

    def rule(m: Any, *index: Any) -> Any:
        return one.rule(m, d, *index)

    m.add_component(one.name, pyo.Constraint(list(indices), rule=rule))
    rows = len(m.component(one.name))
    if rows != len(indices):
        raise ValueError(f"rule {one.name} has {rows} rows for {len(indices)} members of {one.over}")
    m.families[one.name] = BuiltFamily(one, rows, d)


def _switched(known: Sequence[Family], data: Data, rules_off: Collection[str]) -> tuple[Family, ...]:
    names = {one.name: one for one in known}
    limits = {row.limit for row in data.limits}
    for name in rules_off:
        if name in names and not names[name].relaxable:
            raise UsageError(
                f"{name} cannot be switched off: it says what the variables mean",
                rule=name,
                hint="rules that may be left out: " + ", ".join(one.name for one in known if one.relaxable),
            )
        if name not in names and name not in limits:
            near = difflib.get_close_matches(name, [*names, *limits], n=1)
            raise UsageError(
                f"there is no rule {name}",
                rule=name,
                hint=f"did you mean {near[0]}?" if near else "see docs/model.md for the names of the rules",
            )
    return tuple(one for one in known if one.name not in rules_off)


def _without_limits(data: Data, rules_off: Collection[str]) -> Data:
    if not any(row.limit in rules_off for row in data.limits):
        return data
    return replace(data, limits=tuple(row for row in data.limits if row.limit not in rules_off))
