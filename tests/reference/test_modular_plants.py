"""Modular or conventional plants, to the published profits (data/modular-or-conventional/SOURCE.md)."""

from __future__ import annotations

from pathlib import Path

import pytest
from modular_plants import Market, plain, profit, read_market
from plain_instance import best

TEXT = (Path(__file__).parent / "data" / "modular-or-conventional" / "demand.csv").read_text(encoding="utf-8")
WAYS = {
    ("Growth", "modular"): 2470.0644,
    ("Growth", "conventional"): 3592.9238,
    ("Decay", "modular"): 850.9840,
    ("Decay", "conventional"): 715.656,
}
"""Profit of each way alone, computed apart from the planner; the best of each market is published rounded."""

pytestmark = pytest.mark.reference


SLOW = pytest.mark.slow
EACH = [
    pytest.param(name, way, marks=[] if (name, way) == ("Decay", "conventional") else SLOW)
    for name, way in WAYS
]
"""One in the default run; the others, and the choice between the two ways, take minutes."""


@pytest.mark.parametrize(("name", "way"), EACH)
def test_each_way_alone(name: str, way: str, tmp_path: Path) -> None:
    market = read_market(TEXT, name)
    plan = best(plain(market, (way,)), tmp_path)
    # The size of a plant was searched on a grid of 0.05 there, on every size that can be best here.
    slack = 1e-3 if way == "modular" else 0.02
    assert profit(market, plan.objective_usd_m) == pytest.approx(WAYS[name, way], abs=slack)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "published", "winner"), [("Growth", 3593, "plant"), ("Decay", 851, "modules")]
)
def test_the_better_way(name: str, published: float, winner: str, tmp_path: Path) -> None:
    market = read_market(TEXT, name)
    plan = best(plain(market), tmp_path)
    assert round(profit(market, plan.objective_usd_m)) == published
    blocks = plan.frames["decisions"].query("variable == 'blocks'")
    assert all(id_.startswith(f"site.{winner}") for id_ in blocks["id"])


def test_a_small_one_by_hand(tmp_path: Path) -> None:
    # One module of 1000 bought in month 0 serves 25 units in months 3 to 5 and is sold for 300 in month 6; no discount.
    market = Market((25.0,) * 6, revenue_per_unit_month=10.0, yearly_rate=0.0)
    plan = best(plain(market, ("modular",)), tmp_path)
    assert profit(market, plan.objective_usd_m) == pytest.approx(3 * 25 * 10 - 1000 + 300)
