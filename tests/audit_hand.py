"""A small instance with one of everything, and an honest plan for it made by hand.

Eight quarters, 2027Q1 to 2028Q4. The plan: one own block of 20 MW with 20 MW of chips from 2027Q3; a leased shell of
10 MW from 2027Q2 to 2028Q1, kept after that at 10, 6 and 6 MW; 10 MW of cloud of which 8 are used; 2 MW on demand in
the first quarter; an engine of 20 facility MW from 2027Q2; a loan of 60 on the chips of 2027Q2; the optional round.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from planner.audit import Verdict, audit
from planner.instance.instance import Instance
from planner.instance.reader import read

QUARTERS = [f"{year}Q{quarter}" for year in (2027, 2028) for quarter in (1, 2, 3, 4)]
HOURS = 2190.0
Plan = dict[tuple[str, str], float]
"""Amount by variable and index."""

PLAIN: dict[str, Any] = {
    "schema_version": 1,
    "name": "hand",
    "calendar": {"start": "2027Q1", "end": "2028Q4", "step": "quarter"},
    "discount": {"rate": 0.1},
    "regions": {"north": {"facility_per_it": 1.3}, "south": {"facility_per_it": 1.2}},
    "sites": {
        "hill": {
            "region": "north",
            "facility_power_mw": 30,
            "facility_per_it": 1.25,
            "energy_usd_per_mwh": 50,
            "load_factor": 0.8,
            "demand_charge_usd_per_kw_month": 10,
            "minimum_bill_share": 0.5,
            "build": {
                "blocks": {
                    "block_mw": 20,
                    "max_blocks": 2,
                    "max_starts_per_period": 1,
                    "max_blocks_under_construction": 1,
                    "start": {"from": "2027Q1", "to": "2028Q2"},
                    "lead_months": 6,
                    "site_cost_usd_m": 40,
                    "capex_usd_m_per_mw": 10,
                    "payments": {"0-6": 1.0},
                    "operating_usd_m_per_mw_year": 0.5,
                    "life_years": 20,
                }
            },
            "power_projects": {
                "engines": {
                    "unit_mw": 20,
                    "max_units": 1,
                    "start": {"from": "2027Q1", "to": "2028Q1"},
                    "lead_months": 3,
                    "capex_usd_per_kw": 1500,
                    "payments": {"0": 1.0},
                    "energy_usd_per_mwh": 40,
                    "availability_share": 0.5,
                    "life_years": 20,
                }
            },
        },
        "vale": {
            "region": "south",
            "facility_power_mw": 25,
            "facility_per_it": 1.25,
            "energy_usd_per_mwh": 60,
            "load_factor": 0.8,
        },
    },
    "workloads": {
        "work": {"demand_gw": 0.05, "margin_usd_bn_per_gw_year": 5, "unserved_usd_bn_per_gw_year": 10},
        "secret": {"demand_gw": 0.01, "unserved_usd_bn_per_gw_year": 30, "control": "own"},
        "local": {"demand_gw": 0.005, "unserved_usd_bn_per_gw_year": 30, "region": "south"},
    },
    "vendors": {
        "landlord": {
            "offers": {
                "shell": {
                    "kind": "shell",
                    "site": "vale",
                    "sign": {"from": "2027Q1", "to": "2028Q1", "at_most": 1},
                    "mw": {"min": 8, "max": 15, "total": 12},
                    "delivery_months": 3,
                    "term_months": 12,
                    "at_end": "continues",
                    "price_usd_per_kw_month": 100,
                }
            }
        },
        "cloudy": {
            "payables_cap_usd_bn": 0.01,
            "offers": {
                "reserved": {
                    "kind": "cloud",
                    "region": "north",
                    "chips": ["one"],
                    "sign": {"from": "2027Q1", "to": "2028Q2", "at_most": 2},
                    "mw": {"block": 10, "max": 20},
                    "delivery_months": 3,
                    "term_months": 36,
                    "price_usd_per_kw_month": 800,
                    "payment_delay_months": 3,
                    "take_or_pay_share": 0.5,
                },
                "burst": {
                    "kind": "on_demand",
                    "region": "north",
                    "chips": ["one"],
                    "max_mw": 3,
                    "price_usd_per_kw_month": 1500,
                },
            },
        },
    },
    "makers": {"acme": "Acme"},
    "chips": {
        "one": {
            "maker": "acme",
            "from": "2026",
            "kw_per_system": 100,
            "work": {"work": 1, "secret": 1, "local": 1},
            "life_years": 4,
            "operating_usd_m_per_mw_year": 0.4,
            "resale_by_age_years": {"0": 1.0, "4": 0.0},
            "terms": {"buy": {"price_usd_m_per_mw": 20, "lead_months": 3, "payments": {"0": 0.5, "3": 0.5},
                              "order": {"from": "2027Q1", "to": "2028Q2"}}},
        },
        "two": {
            "maker": "acme",
            "from": "2028Q3",
            "kw_per_system": 100,
            "work": {"work": 2},
            "life_years": 4,
            "hosts": ["landlord.shell"],
            "resale_by_age_years": {"0": 1.0, "4": 0.0},
            "terms": {"buy": {"price_usd_m_per_mw": 20, "lead_months": 3, "payments": {"0": 1.0}}},
        },
    },
    "supply": {"all": {"mw_per_year": {"2027": 100, "2028": 20}}},
    "money": {
        "opening": {"cash_usd_bn": 2},
        "floor_usd_bn": 1,
        "operating_cash_usd_bn_per_year": 0,
        "rounds": {"ipo": {"kind": "optional", "by_date_usd_bn": {"2027Q3": 0.5}, "issue_cost_share": 0.02}},
        "debt": {
            "loan": {
                "kind": "amortising",
                "limit_usd_bn": 0.1,
                "draw": {"from": "2027Q2", "to": "2027Q4"},
                "rate": 0.12,
                "draw_fee_share": 0.01,
                "grace_months": 6,
                "term_months": 18,
                "eligible_lines": ["chips"],
                "eligible_share": 0.5,
            }
        },
    },
    "limits": {
        "share": {"measure": "powered_mw", "group_by": "vendor", "max_share": 0.6, "from": "2027Q4"},
        "goal": {"measure": "secured_mw", "min_mw": 36, "at": "2028Q4"},
        "spend": {"measure": "accrued_spend", "from": "2027Q1", "to": "2027Q4", "max_usd_bn": 1.2},
        "soft": {"measure": "shortfall_mw", "workload": ["work"], "max_mw": 40, "soft_usd_m_per_mw_year": 2},
    },
}  # fmt: skip


def instance_of(plain: Mapping[str, Any]) -> Instance:
    """The instance that a file with this content has."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "hand.json"
        file.write_text(json.dumps(plain))
        return read(file)


def changed(plain: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """A copy with values at dotted paths replaced; None takes a key out."""
    out = json.loads(json.dumps(plain))
    for path, value in changes.items():
        *above, last = path.split(".")
        place = out
        for key in above:
            place = place.setdefault(key, {})
        if value is None:
            place.pop(last)
        else:
            place[last] = value
    return out  # type: ignore[no-any-return]


def frame_of(plan: Plan) -> pd.DataFrame:
    """Decisions as the audit reads them."""
    rows = [(variable, index, amount) for (variable, index), amount in plan.items()]
    return pd.DataFrame(rows, columns=["variable", "index", "amount"])


def claims_of(instance: Instance, decisions: pd.DataFrame) -> dict[str, Any]:
    """What an honest plan claims: cost, cost table, ladder as they follow from the decisions."""
    verdict = audit(instance, decisions, {"objective_usd_m": 0.0})
    return {"objective_usd_m": verdict.cost_usd_m, "costs": verdict.costs, "ladder": verdict.ladder,
            "payments": verdict.payments}  # fmt: skip


def judged(instance: Instance, plan: Plan) -> Verdict:
    """The verdict on a plan whose claims follow from its decisions: only rules can be broken."""
    decisions = frame_of(plan)
    return audit(instance, decisions, claims_of(instance, decisions))


def honest_plan() -> Plan:
    """The plan described above, every number from the terms by hand."""
    plan: Plan = {
        ("opened", "hill.blocks|2027Q1"): 1,
        ("blocks", "hill.blocks|2027Q1"): 1,
        ("units", "hill.engines|2027Q1"): 1,
        ("signed", "landlord.shell|2027Q1"): 1,
        ("signed_mw", "landlord.shell|none|2027Q1"): 10,
        ("kept_mw", "landlord.shell|none|2027Q1|2028Q2"): 10,
        ("kept_mw", "landlord.shell|none|2027Q1|2028Q3"): 6,
        ("kept_mw", "landlord.shell|none|2027Q1|2028Q4"): 6,
        ("signed", "cloudy.reserved|2027Q1"): 1,
        ("signed_mw", "cloudy.reserved|one|2027Q1"): 10,
        ("signed_blocks", "cloudy.reserved|one|2027Q1"): 1,
        ("on_demand_mw", "cloudy.burst|one|2027Q1"): 2,
        ("ordered_mw", "one.buy|landlord.shell|2027Q1"): 10,
        ("ordered_mw", "one.buy|hill.blocks|2027Q2"): 20,
        # chips pay 100 + 200 in 2027Q2, of which a fifth is drawn
        ("draw_usd_m", "loan|2027Q2"): 60,
        ("draw_line_usd_m", "loan|chips|2027Q2"): 60,
        ("took", "ipo|2027Q3"): 1,
        ("valued_mw", "one.buy|hill.blocks|2027Q2|2028Q4"): 20,
        ("valued_mw", "one.buy|landlord.shell|2027Q1|2028Q4"): 6,
    }
    for place, quarter in enumerate(QUARTERS):
        own = 20.0 if place >= 2 else 0.0
        leased = (0, 10, 10, 10, 10, 10, 6, 6)[place]
        cloud = 8.0 if place >= 1 else 0.0
        demand_charged = 25.0 - 20.0 if place >= 2 else 0.0
        # need of the block: 20 x 0.8 x 1.25 MW; the engine gives at most 20 x 0.5
        engine = 10.0 * HOURS if own else 0.0
        grid = 20.0 * HOURS - engine if own else 0.0
        burst = 2.0 if place == 0 else 0.0
        secret, local = min(own, 10.0), min(leased, 5.0)
        own_left = own - secret
        plan |= {
            ("installed_mw", f"one|hill.blocks|{quarter}"): own,
            ("installed_end_mw", f"one|hill.blocks|{quarter}"): own,
            ("installed_mw", f"one|landlord.shell|{quarter}"): leased,
            ("installed_end_mw", f"one|landlord.shell|{quarter}"): leased,
            ("used_mw", f"cloudy.reserved|one|{quarter}"): cloud,
            ("extra_mw", f"cloudy.reserved|one|{quarter}"): 3.0 if cloud else 0.0,
            ("project_mwh", f"hill.engines|{quarter}"): engine,
            ("grid_mwh", f"hill|{quarter}"): grid,
            ("charged_mw", f"hill|{quarter}"): demand_charged,
            ("billed_mwh", f"hill|{quarter}"): max(grid, 0.5 * demand_charged * HOURS),
            ("grid_mwh", f"vale|{quarter}"): leased * 0.8 * 1.25 * HOURS,
            ("served_mw", f"secret|one|north|own|{quarter}"): secret,
            ("shortfall_mw", f"secret|{quarter}"): 10.0 - secret,
            ("served_mw", f"local|one|south|own|{quarter}"): local,
            ("shortfall_mw", f"local|{quarter}"): 5.0 - local,
            ("served_mw", f"work|one|north|own|{quarter}"): own_left,
            ("served_mw", f"work|one|south|own|{quarter}"): leased - local,
            ("served_mw", f"work|one|north|vendor|{quarter}"): cloud + burst,
            ("shortfall_mw", f"work|{quarter}"): 50.0 - own_left - (leased - local) - cloud - burst,
            ("broken", f"soft||{quarter}"): max(0.0, 10.0 - own_left - (leased - local) - cloud - burst),
            # invoices of three months stay unpaid: 10 MW x 0.8 x 0.5 fixed and 3 MW x 0.8 extra, a month
            ("paid_early_usd_m", f"cloudy|{quarter}"): max(0.0, (4.0 + 2.4) * UNPAID[place] - 10.0),
        }
    return {key: float(amount) for key, amount in plan.items() if amount}


DAY = 1.0 / 30.0
# Months of invoices unpaid on last days, delay three months: service from month 3 on, last day a day before the end.
UNPAID = [0.0, 3.0 - DAY, 3.0, 3.0, 3.0, 3.0, 3.0, 3.0]
