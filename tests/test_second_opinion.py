"""Prepare, model and audit read every clause alike: rich terms, solved and recomputed."""

from __future__ import annotations

from typing import Any

import pytest
from tiny import tiny

from planner.audit.audit import audit
from planner.data.prepare import prepare
from planner.model import build
from planner.plan.make import make_frames
from planner.solve.options import SolveOptions
from planner.solve.solve import solve_model

CLOUD: dict[str, Any] = {
    "kind": "cloud",
    "region": "r",
    "chips": ["c", "d"],
    "sign": {"at_most": 4},
    "mw": {"max": 300},
    "delivery_months": 4,
    "term_months": 7,
    "price_by_chip_usd_per_kw_month": {"c": {"2027Q1": 600, "2028Q1": 500}, "d": 900},
    "at_end": "continues",
}
TAKE_OR_PAY = {
    **CLOUD,
    "take_or_pay_share": 0.6,
    "payment_delay_months": 7,
    "prepayment_share": 0.1,
    "escalator_rate": 0.03,
    "availability_share": 0.97,
    "signed": {
        "g": {
            "date": "2026-04",
            "mw": 200,
            "chip": "c",
            "delivered": {"2026-07": 0.25, "2027-05": 1},
            "term_months": 13,
            "prepaid_share": 0.2,
            "price_usd_per_kw_month": {"2026Q1": 400, "2027-06": 450},
        }
    },
}
RAMPED = {
    **CLOUD,
    "continuation_usd_per_kw_month": 300,
    "ramp": {"0": 0.3, "2": 1},
    "payment_delay_months": 2,
    "escalator_rate": 0.1,
    "term_months": 9,
    "signed": {
        "g": {"date": "2026-10", "mw": 50, "chip": "c", "delivered": {"2027-02-10": 0.5, "2027-09": 1}}
    },
}
ON_DEMAND = {
    "kind": "on_demand",
    "region": "r",
    "chips": ["c"],
    "max_mw": 60,
    "price_usd_per_kw_month": {"2027Q1": 1200, "2028-05": 1300},
    "payment_delay_months": 3,
}
SHELL = {
    "kind": "shell",
    "site": "s",
    "sign": {"at_most": 3, "per_period": 2},
    "mw": {"min": 20, "max": 200, "total": 300},
    "delivery_months": 6,
    "term_months": 60,
    "price_usd_per_kw_month": 120,
    "escalator_rate": "3%",
    "prepayment_share": "15%",
    "payment_delay_months": 1,
}
SITE = {
    "facility_power_mw": 700,
    "build": {
        "b": {
            "block_mw": 50,
            "max_blocks": 6,
            "max_blocks_under_construction": 3,
            "lead_months": 7,
            "site_cost_usd_m": 30,
            "capex_usd_m_per_mw": {"2027Q1": 9, "2027Q3": 9.5},
            "payments": {"0": 0.2, "1-7": 0.8},
            "operating_usd_m_per_mw_year": 0.3,
            "life_years": 15,
        }
    },
    "power_projects": {
        "p": {
            "unit_mw": 50,
            "max_units": 3,
            "lead_months": 6,
            "capex_usd_per_kw": 1500,
            "payments": {"0-6": 1},
            "energy_usd_per_mwh": 20,
            "availability_share": 0.9,
            "life_years": 10,
        }
    },
}
TERMS = {
    "price_usd_m_per_mw": {"2027Q1": 12, "2028Q1": 10},
    "lead_months": 4,
    "payments": {"0": 0.3, "4": 0.7},
}
LATE = {"price_usd_m_per_mw": 20, "lead_months": 4, "payments": {"0": 0.3, "4": 0.2, "9": 0.5}}
RICH: dict[str, Any] = {
    "discount": {"rate": "10%", "by_line": {"shell_rent": "7%", "construction": "7%"}},
    "vendors": {
        "v": {
            "payables_cap_usd_bn": 0.5,
            "offers": {"a": TAKE_OR_PAY, "b": RAMPED, "n": ON_DEMAND, "s": SHELL},
        }
    },
    "chips": {"c": {"terms": {"t": TERMS}}, "d": {"terms": {"t": LATE}}},
    "sites": {"s": SITE},
    "workloads": {
        "w": {
            "demand_gw": {"2027Q1": 0.3, "2027Q3": 0.5, "2028Q1": 1.2, "interpolate": "step"},
            "margin_usd_bn_per_gw_year": 8,
            "unserved_usd_bn_per_gw_year": 12,
        }
    },
    "money": {
        "opening": {
            "cash_usd_bn": 60,
            "payables": [{"vendor": "v", "line": "cloud_rent", "due": "2027-04", "usd_bn": 0.3}],
            "construction": [
                {"build": "s.b", "mw": 40, "delivered": "2027-05", "payments_left_usd_m": {"2027-02": 30}}
            ],
        },
        "floor_usd_bn": 1,
    },
}
SCENARIOS = {
    "f": {
        "known": "2027Q3",
        "branches": {
            "a": {"probability": 0.3, "set": {"sites.s.energy_usd_per_mwh": {"2027Q1": 50, "2027Q3": 80}}},
            "b": {
                "probability": 0.7,
                "set": {
                    "sites.s.build.b.lead_months": 12,
                    "vendors.v.offers.s.delivery_months": 9,
                    "workloads.w.demand_gw": {
                        "2027Q1": 0.3,
                        "2027Q3": 1.0,
                        "2028Q4": 1.5,
                        "interpolate": "step",
                    },
                },
            },
        },
    },
    "g": {
        "known": "2028Q1",
        "branches": {
            "x": {"probability": 0.5},
            "y": {
                "probability": 0.5,
                "set": {"chips.c.terms.t.price_usd_m_per_mw": {"2027Q1": 12, "2028Q1": 7}},
            },
        },
    },
}
VARIATIONS: dict[str, dict[str, Any]] = {
    "as it is": {},
    "given factors": {"discount": {"rate": "10%", "factors": [1.0 - 0.03 * k for k in range(8)]}},
    "GW read as facility": {"gw_basis": "facility", "gw_basis_facility_per_it": 1.3},
    "calendar that coarsens": {
        "calendar": {
            "start": "2027Q1",
            "report_to": "2027Q4",
            "end": "2029Q4",
            "step": "quarter",
            "coarsen": {"after": "2027Q4", "step": "year"},
        }
    },
    "slips and prices that become known": {"scenarios": SCENARIOS},
}


@pytest.mark.parametrize("variation", VARIATIONS)
def test_the_audit_agrees_on_rich_terms(variation: str) -> None:
    instance = tiny(**{**RICH, **VARIATIONS[variation]})
    data = prepare(instance)
    outcome = solve_model(build(data), SolveOptions(time_limit=600, gap=0.005))
    assert outcome.has_plan
    frames = make_frames(instance, data, outcome.by_component)
    used = set(frames["decisions"]["decision"])
    assert used >= {"sign", "keep", "use", "order", "shed", "pay_early"}
    verdict = audit(instance, frames["decisions"], {"objective_usd_m": outcome.objective, **frames})
    assert verdict.ok, str(verdict)
    assert verdict.cost_usd_m == pytest.approx(outcome.objective, rel=1e-9)
