"""An optional round is taken in one branch only. Right: 1,225 (taken in the high branch)."""

from pathlib import Path

import planner

TUTORIAL = Path(__file__).resolve().parents[2] / "instances" / "tutorial"
HIGH = {"2027Q1": 0.1, "2027Q3": 0.1, "interpolate": "step"}
LOW = {"2027Q1": 0.1, "2027Q3": 0.0, "interpolate": "step"}
FIELD = "workloads.training.demand_gw"
COSTS = {"high": 1850.0, "low": 600.0, "tree": 1225.0}


def instances() -> dict[str, planner.Instance]:
    """High alone takes the round, low alone does not; the tree of both."""
    dear = {"value": 0.4, "plausible": True}
    base = planner.read(TUTORIAL / "17_optional_round.yaml").tweak(
        "money.rounds.series_x.issue_cost_share", dear
    )
    high, low = base.tweak(FIELD, HIGH), base.tweak(FIELD, LOW)
    branches = {
        "high": {"probability": 0.5, "set": {}},
        "low": {"probability": 0.5, "set": {FIELD: LOW}},
    }
    tree = high.tweak("scenarios", {"demand": {"known": "2027Q3", "branches": branches}})
    return {"high": high, "low": low, "tree": tree}


if __name__ == "__main__":
    for name, instance in instances().items():
        print(name, instance.solve(gap=1e-6).objective_usd_m, "right:", COSTS[name])
