"""What `solve_model` brings back: costs and marginals by hand, starts, whole numbers, and the cases without a plan."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pyomo.environ as pyo
import pytest
from solve_models import planning_model

from planner.errors import SolverVersionError, UsageError
from planner.solve import canary
from planner.solve import runs as runs_file
from planner.solve.canary import CANARIES, run_canaries
from planner.solve.first_plan import forbidden, read_hints
from planner.solve.handover import hand_over
from planner.solve.highs import require_highs
from planner.solve.options import SolveOptions
from planner.solve.outcome import Outcome, gap_share
from planner.solve.solve import solve_model

EXACT = SolveOptions(gap=0.0, time_limit=600.0)


def lease_or_build() -> pyo.ConcreteModel:
    """Need 250 MW: blocks of 100 MW at 900, leases at 10 a MW up to 120 MW, and 1 for the paper.

    Two blocks and 50 MW leased: 1800 + 500 + 1 = 2301. Three blocks cost 2701; one block and 120 MW lack 30 MW.
    """
    m = pyo.ConcreteModel()
    m.blocks = pyo.Var(["own"], domain=pyo.NonNegativeIntegers, bounds=(0, 5))
    m.leased = pyo.Var([("oracle", 1)], bounds=(0, None))
    m.need = pyo.Constraint([(1,)], rule=lambda m, t: 100 * m.blocks["own"] + m.leased["oracle", 1] >= 250)
    m.most_leased = pyo.Constraint([(1,)], rule=lambda m, t: m.leased["oracle", 1] <= 120)
    m.objective = pyo.Objective(expr=900 * m.blocks["own"] + 10 * m.leased["oracle", 1] + 1)
    return m


def test_a_plan_by_hand() -> None:
    outcome = solve_model(lease_or_build(), EXACT)
    assert (outcome.stopped_by, outcome.status, outcome.has_plan, outcome.whole) == (
        "gap",
        "optimal",
        True,
        True,
    )
    assert outcome.objective == pytest.approx(2 * 900 + 50 * 10 + 1, abs=1e-9)
    assert outcome.bound == pytest.approx(2301, abs=1e-6)
    assert outcome.gap == pytest.approx(0.0, abs=1e-9)
    assert outcome.by_component == {"blocks": {"own": 2.0}, "leased": {("oracle", 1): pytest.approx(50.0)}}
    assert (outcome.size.rows, outcome.size.columns, outcome.size.nonzeros, outcome.size.integers) == (
        2,
        2,
        3,
        1,
    )
    assert outcome.violation == pytest.approx(0.0, abs=1e-9)
    assert {"handover", "relaxation", "clean"} <= set(outcome.phases)
    assert sum(outcome.phases.values()) == pytest.approx(outcome.seconds, abs=0.05)
    assert "relaxation" in outcome.log


def test_marginals_with_the_blocks_fixed_are_what_leasing_costs() -> None:
    outcome = solve_model(lease_or_build(), EXACT)
    # One MW more is leased at 10; the cap on leases does not bind.
    assert outcome.row_duals == {"need": {1: pytest.approx(10.0)}, "most_leased": {1: pytest.approx(0.0)}}
    # The reduced cost of the fixed blocks: 900 for one more, less the 1000 of lease that it replaces.
    assert outcome.reduced_costs["blocks"]["own"] == pytest.approx(900 - 100 * 10)
    assert outcome.reduced_costs["leased"][("oracle", 1)] == pytest.approx(0.0)


def test_a_problem_without_whole_numbers_has_its_duals_at_once() -> None:
    m = pyo.ConcreteModel()
    m.x = pyo.Var(["a", "b"], bounds=(0, None))
    m.total = pyo.Constraint(expr=m.x["a"] + m.x["b"] >= 10)
    m.cap = pyo.Constraint(expr=m.x["a"] <= 4)
    m.objective = pyo.Objective(expr=2 * m.x["a"] + 5 * m.x["b"])
    outcome = solve_model(m)
    assert outcome.objective == pytest.approx(2 * 4 + 5 * 6)
    assert outcome.row_duals["total"][None] == pytest.approx(5.0)  # one more is made by b
    assert outcome.row_duals["cap"][None] == pytest.approx(2.0 - 5.0)  # one more of a saves 3
    assert (outcome.status, outcome.gap, outcome.whole) == ("optimal", 0.0, True)
    assert "clean" not in outcome.phases


def test_an_objective_may_be_named_and_must_exist() -> None:
    m = lease_or_build()
    m.least_leased = pyo.Objective(expr=m.leased["oracle", 1])
    assert solve_model(m, EXACT, objective="least_leased").objective == pytest.approx(0.0)
    with pytest.raises(ValueError, match="no_such"):
        solve_model(m, EXACT, objective="no_such")


def test_empty_models_and_models_without_rows() -> None:
    m = pyo.ConcreteModel()
    m.x = pyo.Var([(1,)], bounds=(2, 3), domain=pyo.Integers)
    m.objective = pyo.Objective(expr=m.x[1] + 4)
    assert solve_model(m).objective == pytest.approx(6.0)


def test_no_plan_for_whole_numbers_is_infeasible_and_confirmed() -> None:
    m = lease_or_build()
    m.exactly = pyo.Constraint(expr=2 * m.blocks["own"] == 5)
    outcome = solve_model(m, EXACT)
    assert (outcome.stopped_by, outcome.status, outcome.confirmed) == ("infeasible", "infeasible", True)
    assert not outcome.has_plan
    assert outcome.objective is outcome.bound is outcome.gap is outcome.marginals is None
    assert outcome.by_component == {}
    assert "confirm" in outcome.phases


def test_unbounded_is_told_from_infeasible() -> None:
    m = lease_or_build()
    m.paid = pyo.Var([(1,)], bounds=(0, None))
    m.objective.set_value(m.objective.expr - m.paid[1])
    assert solve_model(m, EXACT).status == "unbounded"
    m.both = pyo.Constraint(expr=m.leased["oracle", 1] >= 200)  # against most_leased: a ray, but no plan
    outcome = solve_model(m, EXACT)
    assert (outcome.status, outcome.confirmed) == ("infeasible", True)
    del m.both
    m.parity = pyo.Constraint(expr=2 * m.blocks["own"] == 5)
    assert solve_model(m, EXACT).status == "infeasible"


def test_presolve_that_is_wrong_about_infeasible_is_overruled(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = runs_file.run

    def lying(arrays: Any, settings: Any, watch: Any) -> Any:
        ended = honest(arrays, settings, watch)
        if settings.presolve == "off":
            return ended
        return runs_file.Run("infeasible", None, None, -math.inf, None, None, "Infeasible")

    monkeypatch.setattr(runs_file, "run", lying)
    outcome = solve_model(lease_or_build(), EXACT)
    assert (outcome.status, outcome.objective) == ("optimal", pytest.approx(2301))
    assert any("presolve was wrong" in note for note in outcome.notes)


def test_a_relaxation_that_fails_leaves_the_search(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = runs_file.run

    def failing(arrays: Any, settings: Any, watch: Any) -> Any:
        if watch.stage == "relaxation":
            return runs_file.Run("error", None, None, -math.inf, None, None, "Unknown")
        return honest(arrays, settings, watch)

    monkeypatch.setattr(runs_file, "run", failing)
    outcome = solve_model(lease_or_build(), EXACT)
    assert (outcome.status, outcome.objective) == ("optimal", pytest.approx(2301))
    assert any("Unknown" in note for note in outcome.notes)


# Starts.


@pytest.fixture(scope="module")
def model() -> pyo.ConcreteModel:
    return planning_model(periods=12, sites=4, offers=6, chips=4)


@pytest.fixture(scope="module")
def best(model: pyo.ConcreteModel) -> Outcome:
    return solve_model(model, SolveOptions(gap=0.002, time_limit=600))


def test_a_start_is_known_from_the_beginning(model: pyo.ConcreteModel, best: Outcome) -> None:
    assert best.objective is not None
    again = solve_model(model, SolveOptions(gap=0.004, time_limit=600), start=best)
    assert again.objective is not None
    assert again.objective <= best.objective * (1 + 1e-9)
    assert again.history[0].cost == pytest.approx(best.objective, rel=1e-9)
    assert "search" not in again.phases or again.phases["search"] < best.phases["search"]


def test_a_given_plan_is_kept_when_there_is_no_time_for_anything_else(
    model: pyo.ConcreteModel, best: Outcome
) -> None:
    hurried = solve_model(model, SolveOptions(gap=0.0, time_limit=1e-3), start=best.as_start())
    assert hurried.objective is not None and best.objective is not None
    assert hurried.objective <= best.objective * (1 + 1e-9)
    assert (hurried.status, hurried.stopped_by, hurried.whole) == ("feasible", "time_limit", True)


def test_the_integers_of_a_plan_are_start_enough(model: pyo.ConcreteModel, best: Outcome) -> None:
    assert best.values is not None and best.objective is not None
    whole = hand_over(model).arrays.whole
    start = {key: v for key, v, w in zip(best.columns, best.values, whole, strict=True) if w}
    again = solve_model(model, SolveOptions(gap=0.5, time_limit=600), start=start)
    assert again.objective == pytest.approx(best.objective, rel=1e-9)  # 50 % is reached by the start itself
    assert "first_plan" not in again.phases


def test_a_part_of_the_integers_is_completed(model: pyo.ConcreteModel, best: Outcome) -> None:
    start = {key: v for key, v in best.as_start().items() if key[0] == "blocks"} | {("no_such", 1): 3.0}
    again = solve_model(model, SolveOptions(gap=0.5, time_limit=600), start=start)
    assert "start" in again.phases
    assert again.by_component["blocks"] == pytest.approx(best.by_component["blocks"])


def test_the_cheapest_of_several_starts_counts(model: pyo.ConcreteModel, best: Outcome) -> None:
    nothing = dict.fromkeys(best.columns, 0.0)
    alone = solve_model(model, SolveOptions(gap=0.9999, time_limit=600), start=nothing)
    both = solve_model(model, SolveOptions(gap=0.9999, time_limit=600), start=[nothing, best])
    assert alone.objective is not None and best.objective is not None
    assert alone.objective > 1.01 * best.objective
    assert both.objective == pytest.approx(best.objective, rel=1e-9)


def test_a_start_that_does_not_fit_is_said_and_does_no_harm() -> None:
    outcome = solve_model(lease_or_build(), EXACT, start={("blocks", "own"): 1.0})
    assert outcome.objective == pytest.approx(2301)
    assert any("does not fit" in note for note in outcome.notes)


# Round and restrict.


def test_round_and_restrict_gives_a_plan_before_the_search(model: pyo.ConcreteModel, best: Outcome) -> None:
    outcome = solve_model(model, SolveOptions(gap=0.03, time_limit=600))
    assert "first_plan" in outcome.phases
    assert outcome.gap is not None and outcome.gap <= 0.03
    assert "search" not in outcome.phases
    without = solve_model(model, SolveOptions(gap=0.03, time_limit=600, round_and_restrict=False))
    assert "first_plan" not in without.phases
    assert without.gap is not None and without.gap <= 0.03


def test_what_a_first_plan_may_not_use() -> None:
    m = pyo.ConcreteModel()
    m.signed = pyo.Var(["a", "b", "c", "d"], domain=pyo.Binary)
    m.kept = pyo.Var(["a"], domain=pyo.Binary)
    m.given = pyo.Var(["a"], domain=pyo.NonNegativeIntegers, bounds=(1, 3))
    m.mw = pyo.Var([("a", "gpu"), ("a", "tpu"), ("b", "gpu")], bounds=(0, 300))
    m.objective = pyo.Objective(expr=m.signed["a"])
    m.restrict_threshold = {"kept": 0.0}
    m.restrict_measure = {
        ("signed", "a"): ((("mw", ("a", "gpu")), ("mw", ("a", "tpu"))), 0.3 * 100),
        ("signed", "b"): ((("mw", ("b", "gpu")),), 0.3 * 100),
    }
    handed = hand_over(m)
    #                   signed a     b     c     d  kept given  mw (gpu, tpu of a; gpu of b)
    relaxed = np.array([0.01, 0.90, 0.01, 0.03, 0.0, 0.0, 16.0, 15.0, 29.0])
    held = forbidden(handed.arrays, read_hints(m, handed), relaxed, np.zeros(9, dtype=bool))
    # a has 31 MW of 30; b has 29 MW; c is under 0.02; d is not; kept is never judged; given must be 1 at least
    assert held.tolist() == [False, True, True, False, False, False, False, False, False]
    used = np.array([False, True, True, *[False] * 6])
    assert not forbidden(handed.arrays, read_hints(m, handed), relaxed, used).any()
    m.restrict_threshold = {"no_such": 0.1}
    with pytest.raises(KeyError, match="no_such"):
        read_hints(m, handed)


def test_a_restriction_that_leaves_no_plan_is_said_and_the_search_finds_one() -> None:
    m = lease_or_build()
    m.restrict_threshold = {"blocks": 99.0}  # forbid all blocks: 120 MW of leases are not enough
    outcome = solve_model(m, EXACT)
    assert outcome.objective == pytest.approx(2301)
    assert any("no first plan" in note for note in outcome.notes)


# Whole numbers.


def test_integers_are_exactly_whole(best: Outcome, model: pyo.ConcreteModel) -> None:
    assert best.values is not None
    whole = best.values[hand_over(model).arrays.whole]
    assert np.array_equal(whole, np.round(whole))
    assert best.whole
    assert best.violation is not None and best.violation < 1e-6
    assert best.objective == pytest.approx(hand_over(model).arrays.cost_of(best.values), rel=1e-12)


def test_rounding_that_breaks_a_rule_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = runs_file.run

    def careless(arrays: Any, settings: Any, watch: Any) -> Any:
        ended = honest(arrays, settings, watch)
        if not arrays.whole.any() and settings.heed == 1 and watch.stage == "clean":
            return runs_file.Run("infeasible", None, None, -math.inf, None, None, "Infeasible")
        return ended

    monkeypatch.setattr(runs_file, "run", careless)
    outcome = solve_model(lease_or_build(), EXACT)
    assert outcome.objective == pytest.approx(2301)
    assert (outcome.whole, outcome.marginals) == (False, None)
    assert any("rounded whole" in note for note in outcome.notes)


# The same every time; what is asked; who answers.


def test_one_thread_and_one_seed_give_the_same_plan(model: pyo.ConcreteModel) -> None:
    one, two = (solve_model(model, SolveOptions(gap=0.01, time_limit=600, seed=7)) for _ in range(2))
    assert one.values is not None and two.values is not None
    assert one.values.tobytes() == two.values.tobytes()
    assert one.bound == two.bound


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("gap", -0.1), ("gap", 1.0), ("gap", math.nan), ("time_limit", 0.0), ("time_limit", math.inf)),
        *(("seed", -1), ("threads", 0), ("presolve", "maybe")),
    ],
)
def test_options_that_make_no_sense_are_refused(field: str, value: Any) -> None:
    with pytest.raises(UsageError) as error:
        SolveOptions(**{field: value})
    assert error.value.hint


@pytest.mark.parametrize("version", [(1, 14, 0), (1, 15, 0), (2, 0, 0), (0, 99, 9)])
def test_other_versions_of_highs_are_refused(version: tuple[int, int, int]) -> None:
    with pytest.raises(SolverVersionError, match="refused") as error:
        require_highs(version)
    assert "highspy>=1.16,<2" in str(error.value)
    assert error.value.exit_code == 8


def test_this_version_of_highs_is_taken_and_answers_the_canaries() -> None:
    assert require_highs((1, 16, 0)) == "1.16.0"
    assert require_highs((1, 99, 0)) == "1.99.0"
    require_highs()
    results = run_canaries()
    assert [r.name for r in results] == [*CANARIES, "a plan that was cut off in presolve"]
    assert all(r.ok for r in results), results


def test_a_canary_tells_a_wrong_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    build, _ = CANARIES["fixed charge"]
    monkeypatch.setitem(CANARIES, "fixed charge", (build, 21.0))
    monkeypatch.setattr(canary, "false_optimum", lambda: canary.CanaryResult("elsewhere", 1.0, 1.0, True))
    assert [r.name for r in run_canaries() if not r.ok] == ["fixed charge"]


@pytest.mark.parametrize(
    ("cost", "bound", "share"),
    [(200.0, 199.0, 0.005), (-10.0, -11.0, 0.1), (0.0, 0.0, 0.0), (0.0, -1.0, math.inf), (5.0, 6.0, 0.0)],
)
def test_the_gap_is_a_share_of_the_cost(cost: float, bound: float, share: float) -> None:
    assert gap_share(cost, bound) == pytest.approx(share)
