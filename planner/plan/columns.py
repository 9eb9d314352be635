"""What every frame of a plan holds, column by column: the words of docs/frames.md and of the tests."""

from __future__ import annotations

TIME = {
    "node": "node of the scenario tree; without scenarios the period",
    "period": "label of the period",
    "reported": "whether the period lies in the reported time (up to report_to)",
    "probability": "of the node; 1 without scenarios",
}
"""Leading columns of frames over time."""

DECISIONS: dict[str, tuple[str, str]] = {
    "blocks": ("start_block", "blocks"),
    "opened": ("open_site", "count"),
    "units": ("start_unit", "units"),
    "additions": ("start_block", "count"),
    "secured_site": ("secure_site", "count"),
    "begun_site": ("begin_site", "count"),
    "released_site": ("release_site", "count"),
    "rights": ("buy_rights", "blocks"),
    "lapsed": ("let_lapse", "blocks"),
    "sold_blocks": ("exit_block", "blocks"),
    "empty_mw": ("leave_empty", "MW"),
    "signed": ("sign", "signings"),
    "signed_mw": ("sign", "MW"),
    "signed_blocks": ("sign", "blocks"),
    "kept_mw": ("keep", "MW"),
    "exited_mw": ("exit", "MW"),
    "assigned_mw": ("assign", "MW"),
    "cancelled_mw": ("cancel", "MW"),
    "renewed_mw": ("renew", "MW"),
    "expanded_mw": ("expand", "MW"),
    "expansion_right_mw": ("expand", "MW"),
    "used_mw": ("use", "MW"),
    "extra_mw": ("use", "MW"),
    "on_demand_mw": ("use", "MW"),
    "sublet_mw": ("sublet", "MW"),
    "lets": ("sublet", "count"),
    "tier": ("sign", "count"),
    "tier_mw": ("sign", "MW"),
    "drawn_mw": ("use", "MW"),
    "topped_up_usd_m": ("top_up", "USD m"),
    "ordered_mw": ("order", "MW"),
    "sold_mw": ("sell", "MW"),
    "installed_mw": ("install", "MW"),
    "installed_end_mw": ("install", "MW"),
    "valued_mw": ("value", "MW"),
    "opening_valued_mw": ("value", "MW"),
    "grid_mwh": ("energy", "MWh"),
    "billed_mwh": ("energy", "MWh"),
    "project_mwh": ("energy", "MWh"),
    "charged_mw": ("energy", "facility MW"),
    "took_curtailable": ("take_curtailable", "count"),
    "curtailed_mw": ("curtail", "MW"),
    "discounted_mwh": ("energy", "MWh"),
    "contracted_mw": ("contract_power", "facility MW"),
    "contracted_blocks": ("contract_power", "blocks"),
    "dropped_mw": ("drop_power", "facility MW"),
    "served_mw": ("serve", "MW"),
    "shortfall_mw": ("shed", "MW"),
    "source": ("serve", "count"),
    "pulse_work_mw": ("shift", "MW of work"),
    "borrowed_mw": ("shift", "MW"),
    "returned_mw": ("shift", "MW"),
    "took": ("take_round", "count"),
    "draw_usd_m": ("draw", "USD m"),
    "draw_line_usd_m": ("draw", "USD m"),
    "repaid_usd_m": ("repay", "USD m"),
    "paid_early_usd_m": ("pay_early", "USD m"),
    "overdraft_usd_m": ("overdraw", "USD m"),
    "broken": ("break_limit", "unit of the limit"),
}
"""Variable: (decision, unit of its amount)."""

FRAMES: dict[str, tuple[str, dict[str, str]]] = {
    "periods": (
        "The calendar and the tree, a row per node.",
        TIME
        | {
            "parent": "node before",
            "leaf": "scenario whose terms hold",
            "start": "first day",
            "last_day": "last day",
            "years": "length",
        },
    ),
    "decisions": (
        "Every nonzero value that is decided; all other frames follow from it, and the audit reads only it.",
        {
            "decision": "what kind of decision: sign, order, start_block, keep, draw and so on",
            "variable": "variable of the model (docs/design.md)",
            "index": "its index, joined by |",
            "id": "what it is about: site.build, site.project, vendor.offer, chip.terms, workload, facility, limit ...",
            "chip": "chip, where one is chosen",
            "host": "own build or shell that takes a chip",
            "signing": "contract it belongs to",
            "node": "node at which it is decided",
            "period": "its period",
            "date": "first day of that period",
            "reported": "whether that period is reported",
            "amount": "how much",
            "unit": "MW (of IT load), facility MW, MWh, USD m, blocks, units, signings, count",
        },
    ),
    "payments": (
        "What each decision and given thing pays and accrues: a row for each line, vendor and node in which it does "
        "either; the lines of the cash statement are sums over it.",
        {
            "variable": "of the decision; `given` for what no decision changes",
            "index": "of the decision, joined by |; given: offer|contract, build|number from 0, rounds|round",
            "line": "cost line",
            "vendor": "who is paid; `own` where nobody in particular",
            "node": "node in which it falls",
            "period": "its period",
            "reported": "whether it is reported",
            "amount": "of the decision; 1 for what is given",
            "paid_usd_m": "cash",
            "accrued_usd_m": "received, by service or delivery",
        },
    ),
    "ladder": (
        "GW by rung, basis and node; last day but for operating (mean).",
        TIME
        | {
            "basis": "it or facility",
            "secured_gw": "signed, kept or started",
            "powered_gw": "built and delivered",
            "installed_gw": "with chips",
            "operating_gw": "serving",
            "on_demand_gw": "used without a contract, beside the ladder",
            "under_construction_gw": "secured less powered",
            "demand_gw": "of the reference fleet, all workloads",
        },
    ),
    "capacity": (
        "MW by build or offer, chip and node; hosts stand with chip `none` for their own MW.",
        TIME
        | {
            "id": "site.build or vendor.offer",
            "site": "site, if any",
            "region": "region",
            "vendor": "vendor; `own` for own builds",
            "group": "vendors that count together",
            "kind": "own, shell, cloud, on_demand, consumption",
            "tenure": "own, shell or cloud",
            "chip": "chip, or none",
            "maker": "maker of the chip",
            "powered_mw": "delivered on the last day",
            "mean_mw": "delivered, mean of the period",
            "installed_mw": "with chips on the last day",
            "serving_mw": "serving, mean; a pool's use split pro rata",
            "facility_mw": "powered MW at the meter",
        },
    ),
    "power": (
        "Facility MW at each site on the last day, energy over the period.",
        TIME
        | {
            "site": "site",
            "grid_mw": "grid",
            "projects_mw": "finished power projects",
            "curtailable_mw": "more grid power for load that may be curtailed",
            "contracted_mw": "in force with the utility; empty without a contract",
            "used_mw": "drawn by what is built and delivered",
            "headroom_mw": "left, by grid and contract",
            "energy_mwh": "of own and leased hosts",
            "grid_mwh": "of it from the grid",
            "project_mwh": "of it from projects",
        },
    ),
    "service": (
        "Demand and service by workload, MW of the reference fleet.",
        TIME
        | {
            "workload": "workload",
            "demand_region": "demand region, empty without",
            "demand_mw": "to be served in the period: pulse included, after what is shifted",
            "served_mw": "served",
            "shortfall_mw": "not served",
            "served_share": "served / demand",
            "shifted_mw": "moved here from other dates, less what is moved away",
        },
    ),
    "serving": (
        "Which chips serve what.",
        TIME
        | {
            "workload": "workload",
            "demand_region": "demand region, empty without",
            "chip": "chip",
            "region": "region or site of the pool; `any` where nobody asks",
            "control": "own or vendor; `any` where nobody asks",
            "mw": "MW of IT load",
            "work_mw": "MW of the reference chip's work",
        },
    ),
    "contracts": (
        "Contracts, a row per signing and chip, given ones too.",
        {
            "offer": "vendor.offer",
            "vendor": "vendor",
            "kind": "shell, cloud, consumption",
            "site": "site, if any",
            "signing": "node of the signing, or id of a given contract",
            "signed_period": "period of the signing, or given",
            "signed": "date",
            "chip": "chip, none for a shell",
            "mw": "MW of IT load",
            "first_delivery": "date",
            "full_delivery": "date of the last step of the ramp",
            "term_end": "first day after the fixed term",
            "price_usd_per_kw_month": "at signing; given: mean of what is still to come",
            "nominal_usd_m": "fixed payments over the term; given: from the first day of the calendar",
            "given": "whether it is no decision",
        },
    ),
    "clauses": (
        "Clauses of contracts that are used, a row each.",
        {
            "offer": "vendor.offer",
            "signing": "contract: node of its signing, or id of a given one",
            "chip": "chip, none for a shell",
            "clause": "exit, assign, cancel, renew, expand, right (to expand)",
            "id": "of the exit or assignment; number of the renewal",
            "node": "node at which it is decided",
            "period": "its period",
            "decided": "first day of that period",
            "from": "date from which the MW leave, or stand",
            "until": "end of the term that is left, or of the further one",
            "mw": "MW of IT load",
            "nominal_usd_m": "change of all payments ever; negative where it saves some",
            "given": "whether the contract is given",
        },
    ),
    "commitments": (
        "Nominal fixed payments still to be made after the last day.",
        TIME
        | {
            "contracts_usd_m": "rent at the take-or-pay share, minimums",
            "construction_usd_m": "blocks and power units started",
            "chips_usd_m": "ordered",
            "total_usd_m": "of the three",
            "debt_usd_m": "principal, apart",
        },
    ),
    "cash": (
        "The cash statement; opening and all flows add up to closing; outflows are negative.",
        TIME
        | {
            "opening_usd_m": "balance at the start",
            "yield_usd_m": "on it",
            "operating_usd_m": "operating cash before compute, fixed part",
            "margin_usd_m": "of the whole demand",
            "lost_margin_usd_m": "of what is not served",
            "rounds_usd_m": "firm rounds",
            "optional_rounds_usd_m": "rounds taken",
            "construction_usd_m": "line",
            "power_projects_usd_m": "line",
            "shell_rent_usd_m": "line",
            "cloud_rent_usd_m": "line",
            "chips_usd_m": "line",
            "own_operating_usd_m": "line",
            "energy_usd_m": "line",
            "resale_usd_m": "what blocks and chips sold, and MW let to others, bring",
            "financing_usd_m": "issue cost of rounds, fees that are no facility's",
            "opening_payables_usd_m": "invoices from before the start",
            "opening_debt_usd_m": "service of debt from before the start",
            "draws_usd_m": "debt drawn",
            "interest_usd_m": "of facilities",
            "fees_usd_m": "of facilities",
            "repayment_usd_m": "of facilities",
            "closing_usd_m": "balance on the last day",
            "floor_usd_m": "least balance; empty without a floor",
            "overdraft_usd_m": "below a soft floor",
            "headroom_usd_m": "closing less floor",
        },
    ),
    "debt": (
        "Debt facilities.",
        TIME
        | {
            "facility": "facility",
            "opening_usd_m": "balance at the start",
            "draw_usd_m": "drawn",
            "repaid_usd_m": "repaid",
            "interest_usd_m": "paid",
            "fee_usd_m": "draw fee and commitment fee",
            "balance_usd_m": "on the last day",
            "limit_usd_m": "on it",
        },
    ),
    "payables": (
        "Owed to vendors whose credit is capped.",
        TIME
        | {
            "vendor": "vendor",
            "invoiced_usd_m": "accrued and not yet due",
            "paid_early_usd_m": "of it paid before due",
            "owed_usd_m": "left",
            "cap_usd_m": "most",
        },
    ),
    "costs": (
        "Expected present value of what the decisions cause; totals add up to the objective.",
        {
            "line": "cost line",
            "paid_usd_m": "up to the end of the calendar",
            "at_end_usd_m": "owed (+) or owned (-) then",
            "total_usd_m": "sum of the two",
            "later_usd_m": "of the total, what decisions of periods after the reported time cause; the value of chips "
            "at the end belongs to their order, a balance or stock (debt, paid early) to the period at whose end it is",
        },
    ),
    "limits": (
        "Every row of every limit.",
        TIME
        | {
            "limit": "id",
            "member": "of group_by",
            "sense": "min or max",
            "value": "what the plan has",
            "bound": "what it must keep",
            "headroom": "distance, positive when kept",
            "unit": "unit of value and bound",
            "soft": "whether it may be broken at a price",
            "broken": "by how much",
        },
    ),
    "memo": (
        "Present values beside the cost.",
        {
            "name": "given_..., supplier_credit, lease_saving, gain_from_leverage, cost_at_one_rate",
            "usd_m": "present value",
        },
    ),
}
"""Frame: (what it is, column: what it holds)."""


FLAGS = ("reported", "given", "soft")
NUMBERS = ("probability", "years", "amount", "mw", "usd_m", "value", "bound", "headroom", "broken")
UNITS = ("_mw", "_mwh", "_gw", "_usd_m", "_share", "_usd_per_kw_month")


def kind_of(column: str) -> str:
    """Return what the cells of a column are: `number`, `flag` or `text`."""
    if column in FLAGS:
        return "flag"
    return "number" if column in NUMBERS or column.endswith(UNITS) else "text"


def document() -> str:
    """Markdown of all frames."""
    lines = [
        "# Frames of a plan",
        "",
        "`plan.cash`, `plan.contracts`, ... are pandas frames; `tables/*.csv` in a run folder holds the same numbers.",
        "Written by `python -m planner.plan.columns`; a test checks it.",
    ]
    for name, (what, columns) in FRAMES.items():
        lines += ["", f"## {name}", "", what, "", "| column | what it holds |", "|---|---|"]
        lines += [f"| `{column}` | {meaning} |" for column, meaning in columns.items()]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    from pathlib import Path

    from planner.files import write_atomic

    write_atomic(Path(__file__).parents[2] / "docs" / "frames.md", document())
