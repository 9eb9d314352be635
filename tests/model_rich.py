"""A small instance with most features of the model, for laws that hold for any plan."""

from __future__ import annotations

from typing import Any

from tiny import changed, tiny

from planner.instance.instance import Instance

BUILD = {
    "block_mw": 100, "max_blocks": 3, "max_starts_per_period": 2, "max_blocks_under_construction": 2,
    "lead_months": 7, "site_cost_usd_m": 50, "capex_usd_m_per_mw": 10, "payments": {"0-6": 0.8, "6": 0.2},
    "operating_usd_m_per_mw_year": 0.2, "life_years": 20,
}  # fmt: skip
GAS = {
    "unit_mw": 100, "max_units": 2, "lead_months": 4, "capex_usd_per_kw": 1500, "payments": {"0": 1},
    "energy_usd_per_mwh": 40, "availability_share": 0.9, "life_years": 15,
}  # fmt: skip
SHELL = {
    "kind": "shell", "site": "s", "sign": {"at_most": 2}, "mw": {"min": 50, "max": 150}, "delivery_months": 2,
    "ramp": {"0": 0.4, "5": 1.0}, "term_months": 12, "at_end": "continues", "price_usd_per_kw_month": 110,
    "escalator_rate": 0.03,
}  # fmt: skip
CLOUD = {
    "kind": "cloud", "region": "r", "chips": ["c", "d"], "sign": {"at_most": 4, "per_period": 2},
    "mw": {"block": 25, "max": 100, "total": 250}, "delivery_months": 3, "ramp": {"0": 0.5, "4": 1.0},
    "term_months": 9, "at_end": "continues", "price_by_chip_usd_per_kw_month": {"c": 900, "d": 1300},
    "escalator_rate": 0.02, "prepayment_share": 0.1, "payment_delay_months": 4, "take_or_pay_share": 0.8,
    "availability_share": 0.95,
    "signed": {"g": {
        "date": "2026Q3", "mw": 40, "chip": "c", "delivered": {"2026Q4": 0.5, "2027Q2": 1}, "term_months": 12,
    }},
}  # fmt: skip
SPOT = {"kind": "on_demand", "region": "r", "chips": ["c"], "max_mw": 60, "price_usd_per_kw_month": 1900}
TERMS = {"price_usd_m_per_mw": 24, "lead_months": 2, "payments": {"0": 0.3, "2": 0.7}}
CHANGES: dict[str, Any] = {
    "calendar": {"start": "2027Q1", "end": "2029", "step": "quarter", "coarsen": {"after": "2028Q2", "step": "half"}},
    "sites": {"s": {
        "facility_power_mw": {"2027": 350, "2028": 450, "interpolate": "step"},
        "build": {"b": BUILD}, "power_projects": {"gas": GAS},
        "demand_charge_usd_per_kw_month": 8, "minimum_bill_share": 0.6,
    }},
    "workloads": {"w": {
        "demand_gw": {"2027": 0.2, "2029Q4": 0.5, "interpolate": "linear"}, "margin_usd_bn_per_gw_year": 6,
        "unserved_usd_bn_per_gw_year": 12,
    }},
    "chips": {
        "c": {"life_years": 1.2, "terms": {"t": TERMS}, "operating_usd_m_per_mw_year": 0.3},
        "d": {"terms": {"t": changed(TERMS, {"price_usd_m_per_mw": 40})}},
    },
    "supply": {"all": {"mw_per_year": 320, "carry_share": 0.5}},
    "vendors": {
        "v": {"offers": {"shell": SHELL}},
        "w": {"payables_cap_usd_bn": 0.1, "offers": {"cloud": CLOUD, "spot": SPOT}},
    },
    "money": {
        "opening": {
            "cash_usd_bn": 3,
            "chips": [{"chip": "c", "host": "s.b", "mw": 20, "age_months": 8, "price_usd_m_per_mw": 20}],
            "construction": [{"build": "s.b", "mw": 30, "delivered": "2026Q2"}],
        },
        "floor_usd_bn": 0.5,
        "operating_cash_usd_bn_per_year": {"2027": 1.5, "2028": 3},
        "debt": {
            "loan": {
                "kind": "amortising", "limit_usd_bn": 1, "rate": 0.08, "draw_fee_share": 0.01, "grace_months": 3,
                "term_months": 24, "eligible_lines": ["construction", "chips"], "eligible_share": 0.6,
            },
            "bank": {"kind": "revolver", "limit_usd_bn": 0.5, "rate": 0.07, "commitment_fee_rate": 0.005},
        },
    },
    "limits": {"w_share": {"measure": "powered_mw", "vendor": ["w"], "max_share": 0.6, "from": "2028"}},
}  # fmt: skip


def rich(**changes: Any) -> Instance:
    """Return the instance with changes."""
    return tiny(**changed(CHANGES, changes))
