"""Lot sizing of 1958 to its published optimum (data/lot-sizing-wagner-whitin/SOURCE.md)."""

from __future__ import annotations

from pathlib import Path

import pytest
from lot_sizing import LotSizing, lot_cost, plain, read_lots
from plain_instance import best

DATA = Path(__file__).parent / "data" / "lot-sizing-wagner-whitin" / "wagner_whitin_1958.csv"

pytestmark = pytest.mark.reference


def test_wagner_and_whitin_1958(tmp_path: Path) -> None:
    problem = read_lots(DATA.read_text(encoding="utf-8"))
    plan = best(plain(problem), tmp_path)
    assert plan.objective_usd_m == pytest.approx(4724, rel=1e-9)
    assert lot_cost(problem, plan.objective_usd_m) == pytest.approx(864, rel=1e-9)
    additions = plan.frames["decisions"].query("variable == 'additions'")
    assert sorted(additions["period"]) == [f"2027-{month:02d}" for month in (1, 3, 5, 8, 10, 11)]


def test_a_small_one_by_hand(tmp_path: Path) -> None:
    # Both lots in the first month hold 3 units for a month; a second set-up costs 8. Holding wins at 1, loses at 3.
    one = LotSizing((4, 3), (10, 8), (1, 1))
    assert lot_cost(one, best(plain(one), tmp_path).objective_usd_m) == pytest.approx(10 + 3)
    three = LotSizing((4, 3), (10, 8), (3, 3))
    assert lot_cost(three, best(plain(three), tmp_path).objective_usd_m) == pytest.approx(10 + 8)
