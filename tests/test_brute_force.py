"""Every combination of whole-number decisions of tiny instances, tried one by one, against the search."""

from __future__ import annotations

import itertools
import os
from typing import Any, NamedTuple

import highspy
import numpy as np
import pytest
from generate import Plain, instance_of, random_plain
from hand import outcome_of

MOST = 2**12
MANY = range(1000, 1000 + int(os.environ.get("PLANNER_BRUTE_FORCE_SEEDS", "500")))


def few_decisions(seed: int) -> Plain:
    """A random instance in half-years whose windows close after the first year."""
    plain = random_plain(seed)
    plain["calendar"] |= {"step": "half", "end": "2028Q4"}
    plain["vendors"]["oracle"]["offers"]["abilene"]["sign"]["to"] = "2027Q4"
    plain["vendors"]["landlord"]["offers"]["shell"]["sign"]["to"] = "2027Q4"
    site = plain["sites"]["milam"]
    site["build"]["hall"]["start"] = {"to": "2027Q4"}
    for project in site.get("power_projects", {}).values():
        project["start"] = {"to": "2027Q2"}
    return plain


class Tried(NamedTuple):
    """The best of all combinations."""

    combinations: int
    possible: int
    cost: float


def handed_over(instance: Any) -> Any:
    """The arrays of the model of an instance."""
    from planner.data.prepare import prepare
    from planner.model import build
    from planner.solve.handover import hand_over

    return hand_over(build(prepare(instance))).arrays


def combinations(arrays: Any) -> int:
    """How many ways there are to set the whole numbers inside their bounds."""
    whole = arrays.whole
    return int(
        np.prod(
            [int(high - low) + 1 for low, high in zip(arrays.lower[whole], arrays.upper[whole], strict=True)]
        )
    )


def linear(arrays: Any) -> highspy.Highs:
    """The linear problem, its whole numbers set free."""
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = arrays.n_columns, arrays.n_rows
    lp.col_cost_, lp.offset_ = arrays.cost, arrays.offset
    lp.col_lower_, lp.col_upper_ = arrays.lower, arrays.upper
    lp.row_lower_, lp.row_upper_ = arrays.row_lower, arrays.row_upper
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = (
        arrays.starts,
        arrays.columns,
        arrays.values,
    )
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("presolve", "off")
    solver.setOptionValue("threads", 1)
    solver.passModel(lp)
    return solver


def try_all(arrays: Any) -> Tried:
    """Set the whole numbers in every way, solve what is left, and keep the best."""
    solver = linear(arrays)
    whole = np.flatnonzero(arrays.whole).astype(np.int32)
    ranges = [range(int(arrays.lower[c]), int(arrays.upper[c]) + 1) for c in whole]
    best, tried, possible = np.inf, 0, 0
    for values in itertools.product(*ranges):
        fixed = np.array(values, dtype=np.float64)
        solver.changeColsBounds(len(whole), whole, fixed, fixed)
        solver.run()
        tried += 1
        if solver.getModelStatus() == highspy.HighsModelStatus.kOptimal:
            possible += 1
            best = min(best, solver.getObjectiveValue())
    return Tried(tried, possible, float(best))


def check(seed: int) -> Tried | None:
    """Compare the search with all combinations; None where there are too few or too many."""
    instance = instance_of(few_decisions(seed))
    arrays = handed_over(instance)
    if not 8 <= combinations(arrays) <= MOST:
        return None
    found = outcome_of(instance, gap=1e-9)
    tried = try_all(arrays)
    assert tried.possible > 1
    assert found.objective == pytest.approx(tried.cost, rel=1e-6, abs=1e-4), f"seed {seed}"
    assert found.bound <= tried.cost + 1e-6 * abs(tried.cost), f"seed {seed}"
    return tried


def test_the_search_finds_the_best_of_all_combinations() -> None:
    done = [tried for seed in range(50) if (tried := check(seed)) is not None]
    assert len(done) == 50
    assert sum(tried.combinations for tried in done) > 10_000


@pytest.mark.slow
@pytest.mark.timeout(7200)
def test_it_does_so_on_many() -> None:
    assert sum(check(seed) is not None for seed in MANY) > 100
