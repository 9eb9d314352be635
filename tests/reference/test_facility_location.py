"""Facility location problems by others are solved to their published optima through ordinary instance files.

Split optima of the OR-Library files and single-source optima of Holmberg's are published (data/*/SOURCE.md); the split
optima of Holmberg's files were computed apart from the planner, on a matrix made by hand.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from facility_location import FacilityLocation, instance, plain, read_holmberg, read_orlib

import planner

DATA = Path(__file__).parent / "data"
ORLIB = {
    "cap41": 1040444.375, "cap71": 932615.750, "cap72": 977799.400, "cap73": 1010641.450, "cap74": 1034976.975,
    "cap101": 796648.437, "cap102": 854704.200, "cap103": 893782.112, "cap104": 928941.750,
}  # fmt: skip
HOLMBERG = {
    "p1": (8848, 8772.098), "p2": (7913, 7832.551), "p3": (9314, 9238.098), "p4": (10714, 10638.098),
    "p5": (8838, 8748.846), "p6": (7777, 7695.560),
}  # fmt: skip
"""Single source, split."""
DIGITS = 6e-4
"""Published with three decimals, some of them cut off."""

pytestmark = pytest.mark.reference


def optimum(problem: FacilityLocation, folder: Path, name: str, single_source: bool = False) -> float:
    """Cost of the best plan, proved and audited."""
    plan = planner.solve(instance(problem, folder, name, single_source), gap=0.0)
    assert plan.record.status == "optimal"
    verdict = planner.audit(plan)
    assert verdict.ok, str(verdict)
    sites = plan.frames["serving"].groupby("demand_region")["region"].nunique()
    assert set(sites.index) == {f"c{j + 1}" for j in range(len(problem.demand))}
    assert not single_source or sites.max() == 1
    return float(plan.objective_usd_m)


@pytest.mark.parametrize("name", ORLIB)
def test_orlib_split(name: str, tmp_path: Path) -> None:
    problem = read_orlib((DATA / "cflp-orlib" / f"{name}.txt").read_text())
    assert optimum(problem, tmp_path, name) == pytest.approx(ORLIB[name], abs=DIGITS)


@pytest.mark.parametrize("name", HOLMBERG)
def test_holmberg_single_source(name: str, tmp_path: Path) -> None:
    problem = read_holmberg((DATA / "cflp-holmberg" / f"{name}.txt").read_text())
    assert optimum(problem, tmp_path, name, single_source=True) == pytest.approx(HOLMBERG[name][0], abs=1e-6)


@pytest.mark.parametrize("name", HOLMBERG)
def test_holmberg_split(name: str, tmp_path: Path) -> None:
    problem = read_holmberg((DATA / "cflp-holmberg" / f"{name}.txt").read_text())
    assert optimum(problem, tmp_path, name) == pytest.approx(HOLMBERG[name][1], abs=DIGITS)


SMALL = FacilityLocation((10.0, 6.0), (20.0, 5.0), (4.0, 5.0), ((8.0, 2.0), (5.0, 15.0)))


def test_a_small_one_by_hand(tmp_path: Path) -> None:
    # The large site alone: 20 + 8 + 5. Both: 25 + 2 + 5. The small one alone is too small.
    assert optimum(SMALL, tmp_path, "small") == pytest.approx(32.0)
    odd = FacilityLocation((6.0, 4.0), (1.0, 1.0), (4.0, 5.0), ((4.0, 8.0), (15.0, 5.0)))
    # Split: the small site serves 4 of the second at 1 each, the large one the first (4) and 1 of the second (3).
    assert optimum(odd, tmp_path, "odd") == pytest.approx(2 + 4 + 4 + 3)
    # In one piece the second fits only into the large one (15), then the first only into the small one (8).
    assert optimum(odd, tmp_path, "odd", single_source=True) == pytest.approx(2 + 15 + 8)


def test_formats_that_differ_are_refused() -> None:
    with pytest.raises(ValueError, match="another format"):
        read_orlib("1 1 5 2 3 7 9")
    with pytest.raises(ValueError, match="capacity open"):
        read_orlib("1 1 capacity 2 3 7")
    assert read_orlib("1 1 capacity 2 3 7", capacity=5.0) == FacilityLocation(
        (5.0,), (2.0,), (3.0,), ((7.0,),)
    )
    assert read_holmberg("1 2\n5\n2\n3 4\n7\n8\n").serving_cost == ((7.0,), (8.0,))
    with pytest.raises(ValueError, match="without demand"):
        plain(FacilityLocation((5.0,), (2.0,), (0.0,), ((7.0,),)), "x", single_source=False)
