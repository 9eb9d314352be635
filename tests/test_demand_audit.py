"""Prepare, model and audit read demand alike: regions, prices of serving, own share, pulses; slips are seen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
from test_second_opinion import RICH, SCENARIOS
from tiny import tiny_with

from planner.audit.audit import audit
from planner.audit.verdict import Verdict
from planner.data.prepare import prepare
from planner.instance.instance import Instance
from planner.model import build
from planner.plan.make import make_frames
from planner.solve.options import SolveOptions
from planner.solve.solve import solve_model

REGIONS: dict[str, Any] = {"near": {"share": 0.7}, "far": {"share": 0.3, "served_from": ["q", "s"]}}
WORK = {"w": 1.0, "x": {"2027Q1": 0.8, "2028Q4": 1.2, "interpolate": "linear"}}
EVERYTHING: dict[str, Any] = {
    "regions": {"q": {"facility_per_it": 1.3}},
    "serving_usd_bn_per_gw_year": {
        "r": {"near": 0, "far": {"2027Q1": 1.5, "2027-08": 2}},
        "s": {"near": 0.5, "far": 0.7},
        "q": {"near": {"2027Q1": 1, "2028Q4": 0.5, "interpolate": "linear"}, "far": 0},
    },
    "workloads": {
        "w": {
            "regions": REGIONS,
            "efficiency_per_year": {"2027Q1": 0.1, "2027-11": 0.3},
            "rebound_share": {"2027Q1": 0.2, "2028Q4": 0.8, "interpolate": "linear"},
            "reference_work_per_mw": {"2027Q1": 1, "2028Q4": 1.3, "interpolate": "linear"},
            "own_share": {"2027Q1": 0, "2027Q3": 0.1, "2028Q1": 0.3},
        },
        "x": {
            "demand_gw": {"2027Q1": 0.1, "2028Q4": 0.25, "interpolate": "linear"},
            "reference_work_per_mw": 0.9,
            "served_from": ["r"],
            "pulse": {
                "add_share": 0.8,
                "periods": ["2027-08", "2027Q4"],
                "borrow": {
                    "workload": "w", "max_share": 0.4, "price_usd_bn_per_gw_year": {"2027Q1": 2, "2027-11": 2.5},
                    "repaid_by": "2028Q2",
                },
            },
            "unserved_usd_bn_per_gw_year": 40,
        },
    },
    "chips": {
        "c": {"work": WORK},
        "d": {"work": {"w": 2.0, "x": 2.2}, "derate_by_months": {"0": 0.5, "4": 0.8, "10": 1.0}},
    },
    "vendors": {"v": {"offers": {"n": {"region": "q"}}}},
}  # fmt: skip
WITHIN = [{"from": "2027Q2", "to": "2028Q1"}]
VARIATIONS: dict[str, dict[str, Any]] = {
    "a pulse when asked": {},
    "a pulse that shifts and borrows": {"workloads": {"x": {"pulse": {"within": WITHIN}}}},
    "two windows": {
        "workloads": {"x": {"pulse": {"within": [{"to": "2027Q3"}, {"from": "2027Q4", "to": "2028Q2"}]}}}
    },
    "nothing served later": {
        "workloads": {"x": {"pulse": {"within": WITHIN, "borrow": {"repaid_by": None}}}, "w": {"own_share": None}}
    },
    "one place for each region": {"workloads": {"w": {"single_source": True, "own_share": None}}},
    "GW of its own for each region": {
        "workloads": {
            "w": {
                "demand_gw": None,
                "regions": {
                    "near": {"share": None, "demand_gw": {"2027Q1": 0.2, "2028Q4": 0.9, "interpolate": "linear"}},
                    "far": {"share": None, "demand_gw": 0.1},
                },
            }
        }
    },
    "GW read as facility": {"gw_basis": "facility", "gw_basis_facility_per_it": 1.3},
    "a tree": {"scenarios": SCENARIOS, "workloads": {"x": {"pulse": {"within": WITHIN}}}},
}  # fmt: skip


def instance_of(variation: str) -> Instance:
    return tiny_with(RICH, EVERYTHING, VARIATIONS[variation])


@pytest.fixture(scope="module")
def solved() -> Callable[[str], tuple[Instance, float, dict[str, pd.DataFrame]]]:
    held: dict[str, tuple[Instance, float, dict[str, pd.DataFrame]]] = {}

    def of(variation: str) -> tuple[Instance, float, dict[str, pd.DataFrame]]:
        if variation not in held:
            instance = instance_of(variation)
            data = prepare(instance)
            outcome = solve_model(build(data), SolveOptions(time_limit=600, gap=0.01))
            assert outcome.has_plan
            held[variation] = instance, outcome.objective, make_frames(instance, data, outcome.by_component)
        return held[variation]

    return of


@pytest.mark.parametrize("variation", VARIATIONS)
def test_the_audit_agrees(variation: str, solved: Any) -> None:
    instance, objective, frames = solved(variation)
    variables = set(frames["decisions"]["variable"])
    assert variables >= {"served_mw", "shortfall_mw", "signed_mw", "borrowed_mw"}
    assert ("source" in variables) == (variation == "one place for each region")
    assert ("pulse_work_mw" in variables) == ("within" in str(VARIATIONS[variation]))
    assert ("returned_mw" in variables) == (variation != "nothing served later")
    verdict = audit(instance, frames["decisions"], {"objective_usd_m": objective, **frames})
    assert verdict.ok, str(verdict)
    assert verdict.cost_usd_m == pytest.approx(objective, rel=1e-9)
    served = frames["service"].groupby("demand_region")["served_mw"].sum()
    assert set(served.index) == {"", "near", "far"} and (served > 1.0).all()


def verdict_on(solved: Any, variation: str, change: Callable[[pd.DataFrame], pd.DataFrame]) -> Verdict:
    instance, objective, frames = solved(variation)
    return audit(instance, change(frames["decisions"].copy()), {"objective_usd_m": objective})


def rules(verdict: Verdict) -> set[str]:
    assert not verdict.ok
    return set(verdict.violations["rule"])


def renamed(variable: str, part: int, name: str, only: Callable[[list[str]], bool]) -> Any:
    """Change one part of the index of a variable's rows, largest first, until one row is changed."""

    def change(frame: pd.DataFrame) -> pd.DataFrame:
        rows = frame[frame["variable"] == variable].sort_values("amount", ascending=False)
        for row, text in zip(rows.index, rows["index"], strict=True):
            index = str(text).split("|")
            if only(index) and index[part] != name:
                index[part] = name
                if "|".join(index) in set(rows["index"]):
                    continue
                frame.loc[row, "index"] = "|".join(index)
                return frame
        raise AssertionError("nothing to change")

    return change


def scaled(variable: str, by: float) -> Any:
    def change(frame: pd.DataFrame) -> pd.DataFrame:
        frame.loc[frame["variable"] == variable, "amount"] *= by
        return frame

    return change


def test_served_from_where_it_may_not(solved: Any) -> None:
    far_from_r = renamed("served_mw", 2, "r", lambda index: index[0] == "w.far")
    assert "served_region" in rules(verdict_on(solved, "a pulse when asked", far_from_r))
    x_from_q = renamed("served_mw", 2, "q", lambda index: index[0] == "x")
    assert "served_region" in rules(verdict_on(solved, "a pulse when asked", x_from_q))


def test_served_from_another_place_costs_another_price(solved: Any) -> None:
    instance, objective, frames = solved("a pulse when asked")
    near = renamed("served_mw", 2, "s", lambda index: index[0] == "w.near" and index[2] == "r")
    verdict = audit(instance, near(frames["decisions"].copy()), {"objective_usd_m": objective})
    assert abs(verdict.cost_usd_m - objective) > 1e-3
    assert "pool" in rules(verdict)


def test_two_places_where_one_is_asked_for(solved: Any) -> None:
    def moved(frame: pd.DataFrame) -> pd.DataFrame:
        rows = frame[(frame["variable"] == "served_mw") & frame["index"].str.startswith("w.near")]
        row = rows["amount"].idxmax()
        index = str(rows.loc[row, "index"]).split("|")
        index[2] = "s" if index[2] != "s" else "r"
        frame.loc[row, "amount"] /= 2
        return pd.concat([frame, frame.loc[[row]].assign(index="|".join(index))], ignore_index=True)

    assert "one_source" in rules(verdict_on(solved, "one place for each region", moved))


def test_own_share_that_is_missed(solved: Any) -> None:
    def others(frame: pd.DataFrame) -> pd.DataFrame:
        w = frame["index"].str.startswith("w") & frame["index"].str.contains("|own|", regex=False)
        frame.loc[(frame["variable"] == "served_mw") & w, "amount"] *= 0.05
        return frame

    assert "own_served" in rules(verdict_on(solved, "a pulse when asked", others))


def test_shifted_work_that_breaks_its_terms(solved: Any) -> None:
    both = "a pulse that shifts and borrows"
    assert {"pulse_done", "demand"} <= rules(verdict_on(solved, both, scaled("pulse_work_mw", 0.9)))
    assert {"borrowed_of_pulse", "borrowed"} & rules(verdict_on(solved, both, scaled("borrowed_mw", 2.5)))
    assert "returned_all" in rules(verdict_on(solved, both, scaled("returned_mw", 0.8)))
    late = renamed("pulse_work_mw", 1, "2028Q3", lambda index: True)
    assert "pulse_done" in rules(verdict_on(solved, both, late))
    early = renamed("returned_mw", 2, "2027Q1", lambda index: True)
    assert "returned" in rules(verdict_on(solved, both, early))
    strange = renamed("borrowed_mw", 1, "x", lambda index: True)
    assert "borrowed_mw" in rules(verdict_on(solved, both, strange))
