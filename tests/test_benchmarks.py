"""The measuring scripts: the race is one problem in every form, versions are compared by bounds, phases add up."""

from __future__ import annotations

import pytest

from benchmarks import compare, phases
from benchmarks.race import compact, ours
from benchmarks.race.__main__ import disagree, table
from benchmarks.race.problem import Option, Problem, Result, make


def one_block(unserved: float) -> Problem:
    """Four quarters, 0.1 GW wanted from the second on; one block of 0.1 GW a quarter after its order."""
    option = Option("block_0", 0, "block", 0.1, 1, 1000, 1.0, 0.1, 1)
    return Problem(4, 1, (option,), (0.0, 0.1, 0.1, 0.1), (1.0, 0.9, 0.8, 0.7), 1.0, unserved)


@pytest.mark.parametrize("system", [compact, ours])
def test_a_race_solved_by_hand(system: object) -> None:
    # bought at once: 1 + 0.1 x (0.9 + 0.8 + 0.7) = 1.24; left unserved: 0.1 x 2.4 x the price
    assert system.solve(one_block(10.0), 0.0, 10.0).cost_usd_bn == pytest.approx(1.24)  # type: ignore[attr-defined]
    assert system.solve(one_block(5.0), 0.0, 10.0).cost_usd_bn == pytest.approx(1.20)  # type: ignore[attr-defined]


def test_a_lease_that_outlives_the_race_pays_no_more_than_its_quarters() -> None:
    # 0.2 once and 0.25 a quarter on line, from the third on, for a term of five quarters
    lease = Option("lease_0", 0, "lease", 0.1, 1, 5, 0.2, 0.25, 1)
    problem = Problem(4, 1, (lease,), (0.0, 0.0, 0.1, 0.1), (1.0, 0.9, 0.8, 0.7), 1.0, 50.0)
    expected = 0.2 * 0.9 + 0.25 * (0.8 + 0.7)
    assert compact.solve(problem, 0.0, 10.0).cost_usd_bn == pytest.approx(expected)
    assert ours.solve(problem, 0.0, 10.0).cost_usd_bn == pytest.approx(expected)


def test_our_instance_has_the_optimum_of_the_compact_form() -> None:
    found = ours.solve(make(12, 2), 1e-6, 60.0)
    assert found.cost_usd_bn == pytest.approx(29.711545, abs=1e-6)
    assert compact.solve(make(12, 2), 1e-6, 60.0).cost_usd_bn == pytest.approx(29.711545, abs=1e-6)


@pytest.mark.slow
def test_our_larger_instance_has_the_optimum_of_the_compact_form() -> None:
    assert ours.solve(make(20, 4), 1e-6, 120.0).cost_usd_bn == pytest.approx(26.461873, abs=1e-6)


def test_the_race_is_printed_as_multiples_of_the_first_and_told_apart() -> None:
    first = Result("a", 0.5, 0.5, 10.0, 9.9, 5, 4)
    second = Result("b", 1.0, 2.0, 10.05, 9.95, 500, 400)
    assert table([first, second]).splitlines()[-1].split("|")[7].strip() == "3.0"
    assert first.gap == pytest.approx(0.01)
    assert not disagree([first, second], 0.01)
    assert disagree([first, Result("c", 1, 1, 9.0, None, 1, 1)], 0.01)


def test_phases_are_split_between_highs_and_us() -> None:
    found = phases.by_column(
        {"read": 1.0, "solve: handover": 2.0, "solve: search": 3.0, "solve: clean": 0.5, "solve: rest": 0.25}
    )
    assert found["read"] == 1.0
    assert found["hand-over"] == 2.25
    assert found["solve"] == 3.5
    with pytest.raises(ValueError, match="tea"):
        phases.by_column({"tea": 1.0})


def test_versions_differ_only_where_intervals_do_not_touch() -> None:
    old = compare.Solved(cost=100.0, bound=99.0)
    assert compare.verdict(old, compare.Solved(cost=100.0, bound=98.0)) == "same"
    assert compare.verdict(old, compare.Solved(cost=100.5, bound=99.5)) == "no difference found"
    assert compare.verdict(old, compare.Solved(cost=98.0, bound=97.0)) == "cheaper"
    assert compare.verdict(old, compare.Solved(cost=102.0, bound=101.0)) == "dearer"
    failed = compare.Solved(failure="InfeasibleError")
    assert compare.verdict(failed, failed) == "both without a plan"
    assert compare.verdict(old, failed) == "only old has a plan: InfeasibleError"
    assert compare.median([old, failed]) == failed
