"""Capital budgeting by years, to the published optima (data/capital-budgeting/SOURCE.md)."""

from __future__ import annotations

from pathlib import Path

import pytest
from capital_budgeting import Case, plain, read_cases, value_of
from plain_instance import best

CASES = read_cases(Path(__file__).parent / "data" / "capital-budgeting")

pytestmark = pytest.mark.reference


@pytest.mark.parametrize("name", CASES)
def test_published_optimum(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    plan = best(plain(case), tmp_path)
    assert value_of(case, plan.objective_usd_m) == pytest.approx(
        case.optimum, rel=1e-9 if case.whole else 1e-7
    )


def test_projects_of_lorie_and_savage(tmp_path: Path) -> None:
    plan = best(plain(CASES["LORIE_SAVAGE_IP"]), tmp_path)
    blocks = plan.frames["decisions"].query("variable == 'blocks'")
    assert set(blocks["id"]) == {"p1.block", "p3.block", "p4.block", "p6.block", "p9.block"}


def test_a_small_one_by_hand(tmp_path: Path) -> None:
    # Three years; the second budget takes one of the two: 9 with what is left for the third project (2).
    case = Case("small", (9, 8, 2), ((1, 5, 0), (1, 4, 0), (0, 0, 3)), (2, 5, 3), True, 11)
    assert value_of(case, best(plain(case), tmp_path).objective_usd_m) == pytest.approx(11)
