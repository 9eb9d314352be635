"""The law "more allowed never costs more", exactly.

Where B allows what A allows and more (same columns and cost, perhaps more of both), no bound of B lies above the cost
of a plan of A, and the plan of A is a plan of B at the same cost. The second half is asked of B with every decision
held as A has it, what A does not have held at nothing, and balances that follow (cash) free.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from generate import Plain, instance_of

from planner.data.prepare import prepare
from planner.model import build
from planner.plan.decisions import DECISIONS
from planner.solve.handover import HandOver, hand_over
from planner.solve.options import SolveOptions
from planner.solve.outcome import Outcome
from planner.solve.solve import solve_model

GAP = 1e-6
ROOM = 2e-6
HELD = 1e-6
"""By which a decision may differ from that of the other plan, relative: well above what the solver calls equal."""
SAME = 1e-5
"""Relative: what that may do to the cost."""

Change = Callable[[Plain], Plain | None]
ROOMIER: dict[str, Change] = {}


def roomier(change: Change) -> Change:
    ROOMIER[change.__name__] = change
    return change


@roomier
def more_opening_cash(plain: Plain) -> Plain:
    plain["money"]["opening"]["cash_usd_bn"] += 1
    return plain


@roomier
def more_operating_cash(plain: Plain) -> Plain:
    plain["money"]["operating_cash_usd_bn_per_year"] += 0.5
    return plain


@roomier
def a_lower_floor(plain: Plain) -> Plain:
    plain["money"]["floor_usd_bn"] = 0.05
    return plain


@roomier
def an_optional_round(plain: Plain) -> Plain:
    more = {"kind": "optional", "by_date_usd_bn": {"2027Q2": 0.4}}
    plain["money"].setdefault("rounds", {})["more"] = more
    return plain


@roomier
def more_blocks(plain: Plain) -> Plain:
    hall = plain["sites"]["milam"]["build"]["hall"]
    hall["max_blocks"] += 2
    return plain


@roomier
def more_starts_at_once(plain: Plain) -> Plain | None:
    hall = plain["sites"]["milam"]["build"]["hall"]
    if "max_starts_per_period" not in hall:
        return None
    hall["max_starts_per_period"] += 1
    return plain


@roomier
def no_cap_on_construction(plain: Plain) -> Plain | None:
    hall = plain["sites"]["milam"]["build"]["hall"]
    return plain if hall.pop("max_blocks_under_construction", None) else None


@roomier
def more_chips(plain: Plain) -> Plain:
    plain["supply"]["nvidia"]["mw_per_year"] += 60
    return plain


@roomier
def more_mw_on_demand(plain: Plain) -> Plain:
    plain["vendors"]["spot"]["offers"]["burst"]["max_mw"] += 10
    return plain


@roomier
def one_more_signing(plain: Plain) -> Plain:
    plain["vendors"]["oracle"]["offers"]["abilene"]["sign"]["at_most"] += 1
    plain["vendors"]["landlord"]["offers"]["shell"]["sign"]["at_most"] += 1
    return plain


@roomier
def smaller_and_larger_signings(plain: Plain) -> Plain:
    for vendor, offer in (("oracle", "abilene"), ("landlord", "shell")):
        mw = plain["vendors"][vendor]["offers"][offer]["mw"]
        mw["min"], mw["max"] = mw["min"] / 2, mw["max"] * 1.5
    return plain


@roomier
def more_time_to_sign(plain: Plain) -> Plain:
    plain["vendors"]["landlord"]["offers"]["shell"]["sign"]["to"] = "2028Q4"
    plain["vendors"]["oracle"]["offers"]["abilene"]["sign"]["to"] = "2028Q4"
    return plain


@roomier
def one_more_offer(plain: Plain) -> Plain:
    cloud = copy.deepcopy(plain["vendors"]["oracle"]["offers"]["abilene"])
    cloud.pop("signed", None)
    plain["vendors"]["google"] = {"offers": {"other": cloud}}
    return plain


@roomier
def one_more_site(plain: Plain) -> Plain:
    plain["sites"]["other"] = copy.deepcopy(plain["sites"]["milam"])
    return plain


@roomier
def a_looser_budget(plain: Plain) -> Plain | None:
    if "budget" not in plain["limits"]:
        return None
    plain["limits"]["budget"]["max_usd_bn"] += 0.5
    return plain


@roomier
def a_looser_ceiling(plain: Plain) -> Plain | None:
    if "ceiling" not in plain["limits"]:
        return None
    plain["limits"]["ceiling"]["max_mw"] += 15
    return plain


@roomier
def a_limit_less(plain: Plain) -> Plain | None:
    # A hard one: the price of a soft one is in the cost.
    return plain if plain["limits"].pop("ceiling", None) else None


@roomier
def a_larger_loan(plain: Plain) -> Plain | None:
    banks = [bank for bank in plain["money"].get("debt", {}).values() if "commitment_fee_rate" not in bank]
    for bank in banks:
        bank["limit_usd_bn"] *= 2
    return plain if banks else None


class Solved:
    """A plain instance with its model and the best plan found."""

    def __init__(self, plain: Plain) -> None:
        instance = instance_of(plain)
        self.model: Any = build(prepare(instance), instance.rules_off, instance.user_rules)
        self.handed: HandOver = hand_over(self.model)
        self.outcome: Outcome = solve_model(self.model, SolveOptions(gap=GAP, time_limit=600.0, log=False))


def check_all(seed: int, plain: Plain, names: list[str] | None = None) -> Iterator[tuple[str, str | None]]:
    """Each change that the instance takes, with what is wrong about it, if something is."""
    before = Solved(copy.deepcopy(plain))
    if before.outcome.status != "optimal":
        return
    for name in ROOMIER if names is None else names:
        changed = ROOMIER[name](copy.deepcopy(plain))
        if changed is not None:
            yield name, broken(before, Solved(changed))


def broken(before: Solved, after: Solved) -> str | None:
    """Return which half of the law does not hold, None when both do."""
    cost = before.outcome.objective
    assert cost is not None
    bound = after.outcome.bound
    if after.outcome.status != "optimal" or bound is None:
        return f"with more room it is {after.outcome.status}"
    if bound > cost + ROOM * max(1.0, abs(cost)):
        return f"bound {bound!r} with more room, cost {cost!r} with less"
    same = held_cost(before, after.handed)
    if same is None:
        return "the plan with less room is no plan with more"
    if not math.isclose(same, cost, rel_tol=SAME, abs_tol=SAME):
        return f"the same plan costs {same!r} with more room, {cost!r} with less"
    return None


def held_cost(before: Solved, handed: HandOver) -> float | None:
    """Cost in another problem of the decisions of a plan, what the plan does not know held at nothing."""
    from differential import watch

    from planner.solve.highs import Settings, run

    arrays, column_of = handed.arrays, before.handed.column_of
    lower, upper = arrays.lower.copy(), arrays.upper.copy()
    values = before.outcome.values
    assert values is not None
    for number, key in enumerate(handed.columns):
        if key[0] not in DECISIONS:
            continue
        value = float(values[column_of[key]]) if key in column_of else 0.0
        room = HELD * max(1.0, abs(value))
        lower[number] = max(lower[number], value - room)
        upper[number] = min(upper[number], value + room)
    held = replace(arrays, lower=lower, upper=np.maximum(lower, upper), whole=np.zeros_like(arrays.whole))
    ended = run(held, Settings(until=math.inf, late=math.inf, presolve="off", log=False), watch())
    return ended.cost if ended.ended == "optimal" else None
