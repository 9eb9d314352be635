"""What is said of a plan follows from its gap after cleaning; a bound above a known plan is not believed."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyomo.environ as pyo
import pytest

import planner
from planner.solve import runs as runs_file
from planner.solve import solve as solve_file
from planner.solve.arrays import Arrays
from planner.solve.claims import believable, status_of, within
from planner.solve.options import SolveOptions
from planner.solve.solve import solve_model
from planner.solve.tighten import tightened

FOUND = Path(__file__).parent / "found"
EXACT = SolveOptions(gap=0.0, time_limit=60.0)


def free_capacity(most: float) -> pyo.ConcreteModel:
    """Need 50: own 50 at 1 each and a fixed cost of 500, if anything is own, or 50 rented at 20 each: 550 or 1000."""
    m = pyo.ConcreteModel()
    m.own = pyo.Var(bounds=(0, None))
    m.rented = pyo.Var(bounds=(0, None))
    m.opened = pyo.Var(domain=pyo.Binary)
    m.need = pyo.Constraint(expr=m.own + m.rented == 50)
    m.tie = pyo.Constraint(expr=m.own <= most * m.opened)
    m.objective = pyo.Objective(expr=500 * m.opened + m.own + 20 * m.rented)
    return m


def test_the_gap_is_judged_with_a_dollar_of_rounding() -> None:
    assert within(1000.0, 995.0, 0.005)
    assert within(1000.0, 995.0 - 0.9e-4, 0.005)  # a ten-millionth of 1000 is 1e-4
    assert not within(1000.0, 994.9, 0.005)
    assert not within(1000.0, None, 0.5)
    assert within(0.0, -1e-6, 0.0) and not within(0.0, -1e-3, 0.0)
    assert within(-100.0, -110.0, 0.1) and not within(-100.0, -110.1, 0.1)
    assert believable(1000.0, 1000.0) and not believable(1000.0, 1000.1)


def test_nothing_is_optimal_that_is_not_proven() -> None:
    assert status_of("gap", True, False) == "feasible"
    assert status_of("gap", True, True) == "optimal"
    assert status_of("tolerance", True, False) == "feasible"
    assert status_of("time_limit", False, False) == "no_plan"
    assert status_of("interrupt", True, True) == "interrupted"


@pytest.mark.parametrize("most", [50.0, 1e3, 1e6, 1e8, 1e10])
@pytest.mark.parametrize("presolve", ["choose", "off"])
def test_no_most_is_so_large_that_the_fixed_cost_is_saved(most: float, presolve: Any) -> None:
    outcome = solve_model(free_capacity(most), replace(EXACT, presolve=presolve))
    assert outcome.status == "optimal"
    assert outcome.objective == pytest.approx(500 + 50)
    assert outcome.by_component["opened"][None] == 1.0


@pytest.mark.parametrize("most", [1e3, 1e6, 1e7])
def test_the_search_goes_on_where_whole_numbers_cost_more(
    most: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without lowering the most, HiGHS takes opened = 50 / most for 0: 50 "own" for 50, and 1000 when it is 0."""
    monkeypatch.setattr(runs_file, "tightened", lambda arrays: arrays)
    outcome = solve_model(free_capacity(most), replace(EXACT, presolve="off"))
    assert outcome.objective == pytest.approx(550.0)
    assert outcome.status == "optimal"
    assert outcome.gap is not None and outcome.gap <= 1e-7


def test_where_nothing_helps_the_status_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """A most of 1e14 lets 1e4 through at HiGHS's least tolerance: the plan is right, its bound shows nothing."""
    monkeypatch.setattr(runs_file, "tightened", lambda arrays: arrays)
    outcome = solve_model(free_capacity(1e14), replace(EXACT, presolve="off"))
    assert outcome.objective is not None and outcome.objective >= 550.0 - 1e-6
    assert (outcome.status, outcome.stopped_by) == ("feasible", "tolerance")
    assert outcome.bound is not None and outcome.bound < 550.0


@pytest.mark.parametrize("case", [(), ("one",)])
def test_blocks_without_limit_cost_what_one_block_costs(case: tuple[str, ...]) -> None:
    plan = planner.solve(planner.read(FOUND / "unlimited_blocks.yaml", cases=case), gap=0.001)
    assert plan.record.status == "optimal"
    assert plan.objective_usd_m == pytest.approx(1348.628, abs=0.0015)
    assert plan.record.bound_usd_m == pytest.approx(1348.628, abs=1.4)


@pytest.mark.parametrize(
    "sets",
    [
        ("sites.river.facility_power_mw={value: 1e8, plausible: true}",),
        ("sites.river.build.campus.block_mw=50000",),
        ("sites.river.build.campus.continuous=false", "sites.river.build.campus.block_mw=50"),
        ("sites.river.build.campus.max_start_mw=50000",),
        (
            "sites.river.secure={start: {from: 2027Q1}, option_fee_usd_m: 0}",
            "sites.river.build.campus.min_start_mw=10",
        ),
    ],
)
def test_variations_of_no_limit(sets: tuple[str, ...]) -> None:
    """50 MW at 12 a MW with a fixed cost of 500: as in the file, whatever else is said to have no limit."""
    instance = planner.read(FOUND / "unlimited_blocks.yaml", sets=sets)
    plan = planner.solve(instance, gap=0.0001)
    assert plan.record.status == "optimal"
    assert plan.objective_usd_m == pytest.approx(1348.628, rel=2e-4)


def test_a_bound_above_a_known_plan_asks_for_a_second_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """A solver that calls 1000 proven with presolve is asked again without, from scratch and with another seed."""
    honest, asked = runs_file.run, []

    def lying(arrays: Any, settings: Any, watch: Any) -> Any:
        if watch.stage != "search":
            return honest(arrays, settings, watch)
        asked.append((settings.presolve, settings.seed))
        assert settings.presolve == "choose" or settings.start is None
        if settings.presolve == "off":
            return honest(arrays, settings, watch)
        ended = honest(arrays, replace(settings, bounds=False), watch)
        return replace(ended, bound=1000.0)

    monkeypatch.setattr(solve_file, "LARGE_JUMP", math.inf)
    monkeypatch.setattr(runs_file, "run", lying)
    options = SolveOptions(gap=0.0, time_limit=60.0, round_and_restrict=False)
    outcome = solve_model(free_capacity(60.0), options)
    assert (outcome.status, outcome.objective) == ("optimal", pytest.approx(550.0))
    assert outcome.bound == pytest.approx(550.0)
    assert asked == [("choose", 0), ("off", 1)]
    assert any("not believed" in note for note in outcome.notes)


def test_a_bound_that_stays_above_a_plan_proves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = runs_file.run

    def lying(arrays: Any, settings: Any, watch: Any) -> Any:
        ended = honest(arrays, replace(settings, bounds=False), watch)
        return replace(ended, bound=1000.0) if watch.stage == "search" else ended

    monkeypatch.setattr(solve_file, "LARGE_JUMP", math.inf)
    monkeypatch.setattr(runs_file, "run", lying)
    options = SolveOptions(gap=0.0, time_limit=60.0, round_and_restrict=False)
    outcome = solve_model(free_capacity(60.0), options)
    assert outcome.objective == pytest.approx(550.0)
    assert (outcome.status, outcome.stopped_by) == ("feasible", "tolerance")
    assert outcome.bound is not None and outcome.bound < 550.0


def test_a_bound_far_above_the_relaxation_is_asked_for_again_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The second run knows 550; what the first said is dropped, and what the second said is enough."""
    honest = runs_file.run

    def lying(arrays: Any, settings: Any, watch: Any) -> Any:
        ended = honest(arrays, replace(settings, bounds=False), watch)
        return replace(ended, bound=1000.0) if watch.stage == "search" else ended

    monkeypatch.setattr(runs_file, "run", lying)
    outcome = solve_model(
        free_capacity(60.0), SolveOptions(gap=0.0, time_limit=60.0, round_and_restrict=False)
    )
    assert (outcome.status, outcome.objective) == ("optimal", pytest.approx(550.0))
    assert outcome.bound == pytest.approx(550.0)
    assert [(claim.by, claim.counted) for claim in outcome.proof.claims] == [
        ("relaxation", True),
        ("search", False),
        ("second search", True),
    ]


# The most of a whole number, lowered.


def _random(seed: int) -> pyo.ConcreteModel:
    """Amounts behind whole numbers with a most of 1e4 or so, under rows that bind much earlier."""
    dice = np.random.default_rng(seed)
    m, n = pyo.ConcreteModel(), 3
    m.x = pyo.Var(range(n), bounds=(0, None))
    m.held = pyo.Var(range(n), bounds=(0, None))
    m.z = pyo.Var(range(n), domain=pyo.NonNegativeIntegers, bounds=(0, int(dice.integers(1, 3))))
    most = dice.choice([40.0, 1e4], n)
    m.tie = pyo.Constraint(
        range(n), rule=lambda m, i: m.x[i] <= most[i] * (m.z[i] + (m.z[i - 1] if i and seed % 2 else 0))
    )
    m.state = pyo.Constraint(
        range(n), rule=lambda m, i: m.held[i] == (m.held[i - 1] * 0.9 if i else 0) + m.x[i] * 0.8
    )
    m.power = pyo.Constraint(range(n), rule=lambda m, i: m.held[i] <= float(dice.integers(5, 60)))
    need, price = dice.integers(5, 40, n), dice.uniform(1, 9, n)
    m.short = pyo.Var(range(n), bounds=(0, None))
    m.need = pyo.Constraint(range(n), rule=lambda m, i: m.held[i] + m.short[i] >= float(need[i]))
    fixed = dice.uniform(5, 60, n)
    m.objective = pyo.Objective(
        expr=sum(fixed[i] * m.z[i] + price[i] * m.x[i] + 12 * m.short[i] for i in range(n))
    )
    return m


def _best_of_all(m: pyo.ConcreteModel) -> float:
    """Every choice of whole numbers in turn, the rest by a linear problem."""
    best = math.inf
    tops = [int(m.z[i].ub) for i in range(3)]
    for choice in np.ndindex(*(top + 1 for top in tops)):
        for i, z in enumerate(choice):
            m.z[i].fix(z)
        found = solve_model(m, EXACT).objective
        best = min(best, math.inf if found is None else found)
        for i in range(3):
            m.z[i].unfix()
    return best


@pytest.mark.parametrize("seed", range(12))
def test_lowering_the_most_leaves_the_best_plan(seed: int) -> None:
    m = _random(seed)
    assert solve_model(m, EXACT).objective == pytest.approx(_best_of_all(m), rel=1e-7)


def test_what_a_most_is_lowered_to() -> None:
    """x <= 1000 z under 2 x <= 90: 45. A row with two whole numbers keeps the one that is lower than that."""
    arrays = Arrays(
        cost=np.ones(3), offset=0.0, lower=np.zeros(3), upper=np.array([np.inf, 1.0, 1.0]),
        whole=np.array([False, True, True]), row_lower=np.full(2, -np.inf), row_upper=np.array([0.0, 90.0]),
        starts=np.array([0, 3, 4], dtype=np.int32), columns=np.array([0, 1, 2, 0], dtype=np.int32),
        values=np.array([1.0, -1000.0, -7.0, 2.0]),
    )  # fmt: skip
    assert tightened(arrays).values == pytest.approx([1.0, -45.0, -7.0, 2.0], rel=1e-5)
    turned = replace(
        arrays, values=-arrays.values, row_lower=np.array([0.0, -90.0]), row_upper=np.full(2, np.inf)
    )
    assert tightened(turned).values == pytest.approx([-1.0, 45.0, 7.0, -2.0], rel=1e-5)
    free = replace(arrays, row_upper=np.array([0.0, np.inf]))
    assert tightened(free).values == pytest.approx(arrays.values)
