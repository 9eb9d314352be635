"""States written as changes are the sums of decisions that they stand for, and rows left out would not bind."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import pyomo.environ as pyo
import pytest
from hypothesis import given
from hypothesis import strategies as st
from model_rich import rich

from planner.data.prepare import prepare
from planner.data.types import Data, Term
from planner.model import build
from planner.model.changes import state_terms
from planner.solve.options import SolveOptions
from planner.solve.solve import solve_model

Values = Mapping[str, Mapping[Any, float]]
TOLERANCE = 1e-5  # MW and USD m, on values of up to 10,000


@pytest.fixture(scope="module", params=["path", "tree"])
def data(request: pytest.FixtureRequest) -> Data:
    if request.param == "path":
        return prepare(rich())
    # What differs is demand, and a slip of blocks that are under way when it becomes known.
    step = {"2027": 0.2, "2027Q4": 0.3, "interpolate": "step"}
    high = {"workloads.w.demand_gw": {**step, "2027Q4": 0.6}, "sites.s.build.b.lead_months": 9}
    branches = {"high": {"probability": 0.4, "set": high}, "low": {"probability": 0.6, "set": {}}}
    return prepare(
        rich(
            workloads={"w": {"demand_gw": step}},
            sites={"s": {"build": {"b": {"start": {"from": "2027Q2"}}}}},
            scenarios={"demand": {"known": "2027Q4", "branches": branches}},
        )
    )


@pytest.fixture(scope="module", params=["cost", 1, 2, 3])
def plan(request: pytest.FixtureRequest, data: Data) -> Values:
    """Return the plan of least cost, or one that has as many chips as it can, each MW weighed at random."""
    m = build(data)
    if request.param != "cost":
        chance = random.Random(request.param)
        weigh = [chance.random() for _ in (*m.installed_mw, *m.installed_end_mw)]
        columns = [*m.installed_mw.values(), *m.installed_end_mw.values()]
        m.most_chips = pyo.Objective(expr=-sum(w * x for w, x in zip(weigh, columns, strict=True)))
    objective = "objective" if request.param == "cost" else "most_chips"
    outcome = solve_model(m, SolveOptions(gap=0.02, time_limit=600), objective=objective)
    assert outcome.has_plan
    return outcome.by_component


def value(values: Values, term: Term) -> float:
    var, index, number = term
    return number * values[var][index if len(index) > 1 else index[0]]


def test_own_capacity_is_the_sum_of_blocks(data: Data, plan: Values) -> None:
    at = data.construction
    for state, share, given_mw in (
        ("built_mw", at.share, at.given_mw),
        ("built_end_mw", at.end_share, at.given_end_mw),
    ):
        sums = defaultdict(float, given_mw)
        for (b, u, n), part in share.items():
            sums[b, n] += part * at.block_mw[b] * plan["blocks"][b, u]
        assert plan[state] == pytest.approx({key: sums[key] for key in plan[state]}, abs=TOLERANCE)


def test_contracted_capacity_is_the_sum_of_signings_and_kept(data: Data, plan: Values) -> None:
    at = data.contracts
    for state, share, given_mw, name in (
        ("delivered_mw", at.share, at.given_mw, "share"),
        ("delivered_end_mw", at.end_share, at.given_end_mw, "end_share"),
    ):
        sums = defaultdict(float, given_mw)
        for (o, u, n), part in share.items():
            for chip in at.signed_chips[o, u]:
                sums[o, chip, n] += part * plan["signed_mw"][o, chip, u]
        for column in at.columns:
            for n, part in getattr(column, name).items():
                sums[column.offer, column.chip, n] += part * plan[column.var][column.index]
        assert plan[state] == pytest.approx({key: sums[key] for key in plan[state]}, abs=TOLERANCE)


def test_payments_are_the_sum_of_the_ledger(data: Data, plan: Values) -> None:
    sums: dict[Any, float] = defaultdict(float)
    for entry in data.ledger:
        sums[entry.line, entry.node] += value(plan, (entry.var, entry.index, entry.paid_usd_m))
    assert plan["paid_usd_m"] == pytest.approx({key: sums[key] for key in plan["paid_usd_m"]}, abs=TOLERANCE)
    assert max(sums.values()) > 10.0


def test_site_load_and_what_is_owed_are_their_sums(data: Data, plan: Values) -> None:
    for state, terms in (("site_load_mw", data.power.load), ("owed_usd_m", data.money.owed)):
        sums = {key: sum(value(plan, term) for term in of) for key, of in terms.items()}
        assert plan[state] == pytest.approx(sums, abs=TOLERANCE)


def test_chips_in_place_are_in_life_everywhere(data: Data, plan: Values) -> None:
    for key in plan["installed_mw"]:
        chip, host, n = key
        mean, end = data.chips.opening_in_life[chip, host, n]
        for terms, u, mean_share, end_share in data.chips.in_life[chip, host, n]:
            mean += mean_share * plan["ordered_mw"][terms, host, u]
            end += end_share * plan["ordered_mw"][terms, host, u]
        assert plan["installed_mw"][key] <= mean + TOLERANCE
        assert plan["installed_end_mw"][key] <= end + TOLERANCE


def test_cash_is_followed_by_hand(data: Data, plan: Values) -> None:
    at, tree = data.money, data.tree
    for n in tree.nodes:
        parent = tree.parent[n]
        balance = at.opening_cash_usd_m if parent is None else plan["cash_usd_m"][parent]
        balance *= 1.0 + at.cash_yield[n]
        balance += at.fixed_cash_usd_m[n] - sum(plan["paid_usd_m"][line, n] for line in data.lines)
        for w in data.service.workloads:
            balance -= data.service.margin_usd_m_per_mw[w, n] * plan["shortfall_mw"][w, n]
        for f, facility in at.facilities.items():
            opening = 0.0 if parent is None else plan["balance_usd_m"][f, parent]
            draw = plan["draw_usd_m"].get((f, n), 0.0)
            repaid = sum(
                at.repaid_share.get((f, u, n), 0.0) * plan["draw_usd_m"].get((f, u), 0.0)
                for u in tree.path[n]
            )
            if facility.kind == "revolver":
                repaid = plan["repaid_usd_m"][f, n]
            balance += draw * (1.0 - facility.draw_fee_share) - repaid - at.interest_rate[f, n] * opening
            balance -= at.commitment_fee[f, n] * (at.mean_limit_usd_m[f, n] - opening)
        assert plan["cash_usd_m"][n] == pytest.approx(balance, abs=1e-4)


@given(st.data())
def test_a_sum_and_its_changes_have_one_value(draw: st.DataObject) -> None:
    number = st.floats(-3, 3, allow_nan=False).map(lambda x: round(x, 2))
    nodes = draw.draw(st.integers(1, 6))
    keys = [("x", str(i)) for i in range(nodes)]
    parent = [None, *(draw.draw(st.integers(0, i - 1)) for i in range(1, nodes))]
    ratios = [draw.draw(st.sampled_from([0.5, 1.0, 2.0, 4.0])) for _ in keys]
    decisions = [("y", (str(i),)) for i in range(3)]
    sums = {key: {one: draw.draw(number) for one in decisions if draw.draw(st.booleans())} for key in keys}
    previous = {
        key: None if before is None else (keys[before], ratio)
        for key, before, ratio in zip(keys, parent, ratios, strict=True)
    }
    chosen = {one: draw.draw(number) for one in decisions}
    states: dict[tuple[str, tuple[str, ...]], float] = {}
    for key, terms in state_terms("state", sums, previous).items():
        states["state", key] = sum(n * {**chosen, **states}[var, index] for var, index, n in terms)
        direct = sum(n * chosen[one] for one, n in sums[key].items())
        assert states["state", key] == pytest.approx(direct, abs=1e-6)


def test_level_rent_has_few_entries() -> None:
    # A rent of 2 a quarter from the first of six quarters and a year: 1 entry at the start, then the state alone.
    keys = [("rent", str(i)) for i in range(7)]
    lengths = [0.25] * 6 + [1.0]
    sums = {key: {("signed_mw", ("o",)): 8.0 * years} for key, years in zip(keys, lengths, strict=True)}
    sums |= {
        ("rent", str(i)): {**sums["rent", str(i)], ("signed_mw", ("p",)): 0.5 * lengths[i]} for i in range(7)
    }
    previous = {
        key: None if i == 0 else (keys[i - 1], lengths[i] / lengths[i - 1]) for i, key in enumerate(keys)
    }
    terms = state_terms("paid_usd_m", sums, previous)
    assert terms["rent", "0"] == (("signed_mw", ("o",), 2.0), ("signed_mw", ("p",), 0.125))
    assert all(
        terms[key] == (("paid_usd_m", before, ratio),) for key, (before, ratio) in list(previous.items())[1:]
    )
