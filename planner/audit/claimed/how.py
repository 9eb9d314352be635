"""The list: how the audit checks every column of every frame of a plan (docs/frames.md says what each holds).

A test keeps it complete against the frames, and against what reports, workbooks and comparisons read.
"""

from __future__ import annotations

from planner.audit.claimed.table import Column

KEY, TEXT, DATE, FLAG = Column("key"), Column("text"), Column("date"), Column("flag")


def number(unit: str, *beside: str) -> Column:
    """An amount, equal within the tolerance of its unit, of the amounts beside it too."""
    return Column("number", unit, beside)


USD, MW, FACILITY, MWH = number("USD m"), number("MW"), number("facility MW"), number("MWh")
GW, SHARE, COUNT = number("GW"), number("share"), number("count")
TIME = {"node": KEY, "period": TEXT, "reported": FLAG, "probability": SHARE}
FLOWS = (
    "opening_usd_m", "operating_usd_m", "margin_usd_m", "lost_margin_usd_m", "rounds_usd_m", "construction_usd_m",
    "shell_rent_usd_m", "cloud_rent_usd_m", "chips_usd_m", "draws_usd_m", "repayment_usd_m",
)  # fmt: skip
BALANCE = number("USD m", *FLOWS)
"""A sum over flows."""

HOW: dict[str, dict[str, Column]] = {
    "periods": TIME | {"parent": TEXT, "leaf": TEXT, "start": DATE, "last_day": DATE, "years": COUNT},
    "decisions": {
        "variable": KEY,
        "index": KEY,
        "decision": TEXT,
        "id": TEXT,
        "chip": TEXT,
        "host": TEXT,
        "signing": TEXT,
        "node": TEXT,
        "period": TEXT,
        "date": DATE,
        "reported": FLAG,
        "amount": Column(
            "free",
            note="what all else is recomputed from: a wrong one shows in another table, the cost or a rule; "
            "only what costs nothing (chips ordered, rights, MW charged or empty) may be more than needed",
        ),
        "unit": TEXT,
    },
    "payments": {
        "variable": KEY,
        "index": KEY,
        "line": KEY,
        "vendor": KEY,
        "node": KEY,
        "period": TEXT,
        "reported": FLAG,
        "amount": number("any"),
        "paid_usd_m": number("USD m", "accrued_usd_m"),
        "accrued_usd_m": number("USD m", "paid_usd_m"),
    },
    "ladder": TIME
    | {
        "basis": KEY,
        "secured_gw": GW,
        "powered_gw": GW,
        "installed_gw": GW,
        "operating_gw": GW,
        "on_demand_gw": GW,
        "under_construction_gw": number("GW", "secured_gw"),
        "demand_gw": GW,
    },
    "capacity": TIME
    | {
        "id": KEY,
        "site": TEXT,
        "region": TEXT,
        "vendor": TEXT,
        "group": TEXT,
        "kind": TEXT,
        "tenure": TEXT,
        "chip": KEY,
        "maker": TEXT,
        "powered_mw": MW,
        "mean_mw": MW,
        "installed_mw": MW,
        "serving_mw": MW,
        "facility_mw": FACILITY,
    },
    "power": TIME
    | {
        "site": KEY,
        "grid_mw": FACILITY,
        "projects_mw": FACILITY,
        "curtailable_mw": FACILITY,
        "contracted_mw": FACILITY,
        "used_mw": FACILITY,
        "headroom_mw": number("facility MW", "grid_mw", "used_mw"),
        "energy_mwh": MWH,
        "grid_mwh": MWH,
        "project_mwh": MWH,
    },
    "service": TIME
    | {
        "workload": KEY,
        "demand_region": KEY,
        "demand_mw": MW,
        "served_mw": number("MW", "demand_mw"),
        "shortfall_mw": MW,
        "served_share": SHARE,
        "shifted_mw": MW,
    },
    "serving": TIME
    | {
        "workload": KEY,
        "demand_region": KEY,
        "chip": KEY,
        "region": KEY,
        "control": KEY,
        "mw": MW,
        "work_mw": MW,
    },
    "contracts": {
        "offer": KEY,
        "vendor": TEXT,
        "kind": TEXT,
        "site": TEXT,
        "signing": KEY,
        "signed_period": TEXT,
        "signed": DATE,
        "chip": KEY,
        "mw": MW,
        "first_delivery": DATE,
        "full_delivery": DATE,
        "term_end": DATE,
        "price_usd_per_kw_month": number("USD/kW-month"),
        "nominal_usd_m": USD,
        "given": FLAG,
    },
    "clauses": {
        "offer": KEY,
        "signing": KEY,
        "chip": KEY,
        "clause": KEY,
        "id": KEY,
        "node": KEY,
        "period": TEXT,
        "decided": DATE,
        "from": DATE,
        "until": DATE,
        "mw": MW,
        "nominal_usd_m": number("USD m", "_whole_usd_m"),
        "given": FLAG,
    },
    "commitments": TIME
    | {
        "contracts_usd_m": USD,
        "construction_usd_m": USD,
        "chips_usd_m": USD,
        "total_usd_m": USD,
        "debt_usd_m": USD,
    },
    "cash": TIME
    | {
        "opening_usd_m": BALANCE,
        "yield_usd_m": USD,
        "operating_usd_m": number("USD m", "margin_usd_m"),
        "margin_usd_m": USD,
        "lost_margin_usd_m": USD,
        "rounds_usd_m": USD,
        "optional_rounds_usd_m": USD,
        "construction_usd_m": USD,
        "power_projects_usd_m": USD,
        "shell_rent_usd_m": USD,
        "cloud_rent_usd_m": USD,
        "chips_usd_m": USD,
        "own_operating_usd_m": USD,
        "energy_usd_m": USD,
        "resale_usd_m": USD,
        "financing_usd_m": USD,
        "opening_payables_usd_m": USD,
        "opening_debt_usd_m": USD,
        "draws_usd_m": USD,
        "interest_usd_m": USD,
        "fees_usd_m": USD,
        "repayment_usd_m": number("USD m", "draws_usd_m"),
        "closing_usd_m": BALANCE,
        "floor_usd_m": USD,
        "overdraft_usd_m": BALANCE,
        "headroom_usd_m": BALANCE,
    },
    "debt": TIME
    | {
        "facility": KEY,
        "opening_usd_m": USD,
        "draw_usd_m": USD,
        "repaid_usd_m": number("USD m", "opening_usd_m", "draw_usd_m"),
        "interest_usd_m": USD,
        "fee_usd_m": USD,
        "balance_usd_m": number("USD m", "opening_usd_m", "draw_usd_m"),
        "limit_usd_m": USD,
    },
    "payables": TIME
    | {
        "vendor": KEY,
        "invoiced_usd_m": USD,
        "paid_early_usd_m": USD,
        "owed_usd_m": number("USD m", "invoiced_usd_m"),
        "cap_usd_m": USD,
    },
    "costs": {
        "line": KEY,
        "paid_usd_m": number("USD m", "at_end_usd_m"),
        "at_end_usd_m": number("USD m", "paid_usd_m"),
        "total_usd_m": number("USD m", "paid_usd_m", "at_end_usd_m"),
        "later_usd_m": number("USD m", "paid_usd_m", "at_end_usd_m"),
    },
    # A row in which nothing decided counts may be missing; none may be there that the limit does not have.
    "limits": TIME
    | {
        "limit": KEY,
        "member": KEY,
        "sense": KEY,
        "value": number("any", "bound"),
        "bound": number("any", "value"),
        "headroom": number("any", "bound", "value"),
        "unit": TEXT,
        "soft": FLAG,
        "broken": number("any", "bound", "value"),
    },
    "memo": {"name": KEY, "usd_m": number("USD m", "_whole_usd_m")},
}
"""Frame: column: how it is checked."""
