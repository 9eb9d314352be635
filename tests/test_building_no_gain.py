"""No stage of building and no power contract earns anything by itself, and one that is left out costs nothing.

Random terms against each guard of docs/conventions.md: cheap to enter, dear to leave, paid late, sold at once.
"""

from __future__ import annotations

import os
import random
from pathlib import Path
from typing import Any

import pytest
from generate import instance_of, random_plain
from hand import outcome_of
from tiny import tiny

import planner
from planner.data.prepare import prepare
from planner.model import build
from planner.model.registry import families
from planner.model.variables import VARIABLES

ROOT = Path(__file__).resolve().parent.parent
SEEDS = range(24)
MANY = range(int(os.environ.get("PLANNER_MACHINE_SEEDS", "400")))


def random_terms(seed: int) -> dict[str, Any]:
    """An instance in which nothing is worth serving, with every clause on."""
    chance = random.Random(seed)

    def share(most: float = 1.0) -> float:
        return round(chance.uniform(0.0, most), 3)

    def path(low: float, high: float) -> dict[str, float]:
        return {when: round(chance.uniform(low, high), 2) for when in ("2027Q1", "2027Q3", "2028Q2")}

    late = chance.choice([{"0": 1}, {"0": 0.1, "24": 0.9}, {"from": "delivery", "18": 1}, {"0-30": 1}])
    lead = chance.choice([0, 2, 5, 11])
    exit_terms = chance.choice(
        [
            {"resale_share": path(0.5, 1.0)},
            {"resale_by_age_years": {"0": 1.0, "2": share()}},
            {"resale_share": 1},
        ]
    )
    option = {
        "block_mw": chance.choice([20, 50]),
        "max_blocks": 6,
        "lead_months": lead,
        "capex_usd_m_per_mw": path(1, 12),
        "payments": late,
        "operating_usd_m_per_mw_year": path(0, 0.5),
        "empty_usd_m_per_mw_year": path(0, 0.5),
        "fixed_cost_per_start_usd_m": path(0, 3),
        "continuous": chance.random() < 0.5,
        "min_start_mw": 2,
        "life_years": chance.choice([1, 3, 20]),
        "recovery_share": share(),
        "exit": {
            **exit_terms,
            "price": chance.choice(["paid", "paid_with_interest"]),
            "cancel_share": share(),
        },
        "option": {"fee_usd_m_per_mw": path(0, 1), "within_months": chance.choice([3, 12])},
    }
    contract = {
        "lead_months": chance.choice([0, 4]),
        "ramp": chance.choice([{"0": 1}, {"0": 0.3, "5": 1}]),
        "term_months": chance.choice([6, 60]),
        "minimum_bill_share": share(),
        "exit_at": ["2027Q2", "2027Q4", "2028Q3"],
        "exit_fee_years": chance.choice([0, 3]),
        "collateral_share": share(),
        "collateral_fee_rate": share(0.1),
    }
    rates = {
        line: share(0.25) for line in ("construction", "energy", "resale", "own_operating", "power_projects")
    }
    return {
        "discount": {"rate": share(0.3), "by_line": rates},
        "sites": {
            "s": {
                "facility_power_mw": {"2027Q1": 100, "2028Q1": 300, "interpolate": "step"},
                "capacity_charge_usd_per_mw_day": path(0, 300),
                "build": {"b": option},
                "secure": {
                    "option_fee_usd_m": path(0, 30),
                    "payments": late,
                    "carry_usd_m_per_year": path(0, 20),
                    "cancel_usd_m": share(50),
                    "lead_months": chance.choice([0, 3]),
                },
                "curtailable": {
                    "extra_facility_mw": {"2027Q1": 200, "interpolate": "step"},
                    "lost_share": share(),
                    "discount_share": share(),
                },
                "supply_contract": contract if chance.random() < 0.5 else None,
                "power_projects": {
                    "line": {
                        "kind": "grid", "unit_mw": 40, "max_units": 3, "lead_months": 4, "payments": late,
                        "capex_usd_per_kw": path(50, 500), "life_years": 5, "recovery_share": share(),
                    }
                },
            }
        },
        "chips": {"c": {"terms": {"t": {"price_usd_m_per_mw": 1, "lead_months": 0, "payments": {"0": 1}}}}},
        "workloads": {"w": {"unserved_usd_bn_per_gw_year": 0}},
    }  # fmt: skip


@pytest.mark.parametrize("seed", SEEDS)
def test_where_service_is_worth_nothing_nothing_is_done(seed: int) -> None:
    outcome = outcome_of(tiny(**random_terms(seed)), gap=1e-9)
    assert outcome.objective == pytest.approx(0.0, abs=1e-6)


def crossed(seed: int) -> dict[str, Any]:
    """The same clauses among every other feature: loans on construction, take-or-pay, chips with resale, rounds."""
    plain = random_plain(seed, all_features=True)
    plain["money"]["opening"]["cash_usd_bn"] = 50
    plain["limits"] = {}
    plain["vendors"]["oracle"].pop("payables_cap_usd_bn", None)
    for workload in plain["workloads"].values():
        workload["unserved_usd_bn_per_gw_year"] = 0
    terms = random_terms(seed)["sites"]["s"]
    site, hall = plain["sites"]["milam"], plain["sites"]["milam"]["build"]["hall"]
    mine = terms["build"]["b"]
    hall |= {name: mine[name] for name in mine if name not in ("block_mw", "max_blocks", "lead_months")}
    site["power_projects"] |= terms["power_projects"]
    site |= {name: terms[name] for name in ("secure", "curtailable", "capacity_charge_usd_per_mw_day")}
    if terms["supply_contract"] is not None:
        site.pop("minimum_bill_share", None)
        site["supply_contract"] = terms["supply_contract"]
    return plain


@pytest.mark.parametrize("seed", SEEDS)
def test_nor_among_all_other_features(seed: int) -> None:
    outcome = outcome_of(instance_of(crossed(seed)), gap=1e-9)
    assert outcome.objective == pytest.approx(0.0, abs=1e-6)


@pytest.mark.slow
@pytest.mark.timeout(7200)
def test_nor_in_many() -> None:
    for seed in MANY:
        test_where_service_is_worth_nothing_nothing_is_done(seed)
        test_nor_among_all_other_features(seed)


@pytest.mark.parametrize("price", ["paid", "paid_with_interest"])
@pytest.mark.parametrize("payments", [{"0": 1}, {"0": 0.05, "30": 0.95}, {"0-20": 1}])
def test_a_block_sold_in_full_was_paid_in_full(price: str, payments: dict[str, float]) -> None:
    # Sold at all of its price, a block costs the time between payment and sale, or nothing where that earns interest:
    # whatever the resale line's own rate is, and however late the payments were to be.
    site = {
        "build": {
            "b": {
                "block_mw": 50, "max_blocks": 4, "lead_months": 3, "capex_usd_m_per_mw": 10, "payments": payments,
                "life_years": 20, "exit": {"resale_share": 1, "price": price},
            }
        }
    }  # fmt: skip
    instance = tiny(
        sites={"s": site},
        discount={"rate": 0.1, "by_line": {"construction": 0.07, "resale": 0.0}},
        workloads={"w": {"unserved_usd_bn_per_gw_year": 0}},
    )
    data = prepare(instance)
    for build_id, start, node in data.exits.sales:
        block = sum(sum(pair) for pair in data.cost["blocks", (build_id, start)].values())
        sale = sum(sum(pair) for pair in data.cost["sold_blocks", (build_id, start, node)].values())
        assert block + sale >= -1e-9, (start, node)
        if price == "paid_with_interest":
            assert block + sale == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize(
    "file", ["stargate.yaml", "tutorial/13_site_power.yaml", "tutorial/21_scenarios.yaml"]
)
def test_what_is_left_out_is_not_in_the_model(file: str) -> None:
    instance = planner.read(ROOT / "instances" / file)
    model = build(prepare(instance))
    own = {one.name for one in families() if one.subject in ("stages", "utility")}
    assert sum(built.rows for name, built in model.families.items() if name in own) == 0
    stage = VARIABLES[[v.name for v in VARIABLES].index("additions") :]
    names = {v.name for v in stage[: [v.name for v in stage].index("signed")]}
    assert names == {"additions", "secured_site", "begun_site", "released_site", "rights", "lapsed", "empty_mw",
                     "sold_blocks"}  # fmt: skip
    names |= {
        "took_curtailable",
        "curtailed_mw",
        "discounted_mwh",
        "contracted_mw",
        "contracted_blocks",
        "dropped_mw",
    }
    assert sum(len(model.component(name)) for name in names) == 0
