"""The decisions of a plan as the audit reads them: amounts by variable and index, from the frame alone."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from planner.audit.findings import Findings

Index = tuple[str, ...]

PARTS: dict[str, tuple[str, ...]] = {
    "blocks": ("build", "node"),
    "opened": ("build", "node"),
    "units": ("project", "node"),
    "additions": ("build", "node"),
    "secured_site": ("site", "node"),
    "begun_site": ("site", "node"),
    "released_site": ("site", "node"),
    "rights": ("build", "node"),
    "lapsed": ("build", "node"),
    "sold_blocks": ("build", "order", "node"),
    "empty_mw": ("build", "node"),
    "signed": ("offer", "node"),
    "signed_mw": ("offer", "chip", "node"),
    "signed_blocks": ("offer", "chip", "node"),
    "kept_mw": ("offer", "chip", "signing", "node"),
    "exited_mw": ("offer", "chip", "signing", "clause", "node"),
    "assigned_mw": ("offer", "chip", "signing", "clause", "node"),
    "cancelled_mw": ("offer", "chip", "signing", "node"),
    "renewed_mw": ("offer", "chip", "signing", "clause", "node"),
    "expanded_mw": ("offer", "chip", "signing", "node"),
    "expansion_right_mw": ("offer", "chip", "node"),
    "used_mw": ("offer", "chip", "node"),
    "extra_mw": ("offer", "chip", "node"),
    "on_demand_mw": ("offer", "chip", "node"),
    "sublet_mw": ("offer", "chip", "node"),
    "lets": ("offer", "chip", "node"),
    "tier": ("offer", "tier", "node"),
    "tier_mw": ("offer", "chip", "tier", "node"),
    "drawn_mw": ("offer", "chip", "signing", "node"),
    "topped_up_usd_m": ("offer", "signing", "year", "node"),
    "ordered_mw": ("terms", "host", "node"),
    "installed_mw": ("chip", "host", "node"),
    "installed_end_mw": ("chip", "host", "node"),
    "sold_mw": ("terms", "host", "order", "months", "node"),
    "valued_mw": ("terms", "host", "order", "node"),
    "opening_valued_mw": ("number", "chip", "host", "node"),
    "grid_mwh": ("site", "node"),
    "billed_mwh": ("site", "node"),
    "project_mwh": ("project", "node"),
    "charged_mw": ("site", "node"),
    "took_curtailable": ("site", "node"),
    "curtailed_mw": ("chip", "standing", "node"),
    "discounted_mwh": ("site", "node"),
    "contracted_mw": ("site", "node"),
    "contracted_blocks": ("site", "node"),
    "dropped_mw": ("site", "order", "node"),
    "served_mw": ("demand", "chip", "place", "control", "node"),
    "shortfall_mw": ("demand", "node"),
    "source": ("demand", "place", "node"),
    "pulse_work_mw": ("demand", "node"),
    "borrowed_mw": ("workload", "demand", "node"),
    "returned_mw": ("workload", "demand", "node"),
    "took": ("round", "node"),
    "draw_usd_m": ("facility", "node"),
    "draw_line_usd_m": ("facility", "line", "node"),
    "repaid_usd_m": ("facility", "node"),
    "paid_early_usd_m": ("vendor", "node"),
    "overdraft_usd_m": ("node",),
    "broken": ("limit", "member", "node"),
}
"""What each part of a variable's index names (docs/design.md)."""
WHOLE = (
    "tier", "lets", "blocks", "opened", "units", "signed", "signed_blocks", "took", "source", "additions",
    "secured_site", "begun_site", "released_site", "rights", "sold_blocks", "took_curtailable", "contracted_blocks",
)  # fmt: skip
BINARY = (
    "opened", "took", "source", "tier", "lets", "additions", "secured_site", "begun_site", "released_site",
    "took_curtailable",
)  # fmt: skip
DIVISIBLE = ("blocks", "rights", "sold_blocks")
"""Whole unless their build is continuous."""
NOISE = 1e-9
"""Smaller amounts are the solver's rounding."""


@dataclass(frozen=True, eq=False)
class Book:
    """Amounts of all decisions; what is not in it is zero."""

    amounts: dict[str, dict[Index, float]]

    @cached_property
    def by_node(self) -> dict[tuple[str, str], dict[Index, float]]:
        """Decisions by (variable, node), those that are not zero."""
        found: dict[tuple[str, str], dict[Index, float]] = defaultdict(dict)
        for variable, rows in self.amounts.items():
            for index, amount in rows.items():
                found[variable, index[-1]][index] = amount
        return dict(found)

    def amount(self, variable: str, *index: str) -> float:
        """Amount of one decision."""
        rows = self.amounts[variable]
        return rows.get(index, 0.0)

    def rows(self, variable: str) -> Iterator[tuple[Index, float]]:
        """All decisions of a variable that are not zero."""
        yield from self.amounts[variable].items()


def read_book(decisions: pd.DataFrame, findings: Findings, continuous: Collection[str] = frozenset()) -> Book:
    """The frame's decisions; unknown variables, double rows, negative amounts and parts of units are findings.

    `continuous` are builds whose blocks may be parts.
    """
    amounts: dict[str, dict[Index, float]] = {variable: {} for variable in PARTS}
    seen: dict[tuple[str, str], int] = defaultdict(int)
    columns = ("variable", "index", "amount")
    if any(list(decisions.columns).count(column) != 1 for column in columns):
        findings.refuse(
            "no_decisions", "", "", 1.0, "count", f"the table needs the columns {', '.join(columns)}"
        )
        return Book(amounts)
    for variable, text, raw in zip(*(decisions[column].tolist() for column in columns), strict=True):
        variable, amount = str(variable), _amount(raw)
        index = tuple(str(text).split("|"))
        seen[variable, str(text)] += 1
        if variable not in PARTS or len(index) != len(PARTS[variable]):
            findings.refuse("unknown_decision", f"{variable}[{text}]", "", 1.0, "count", "no such variable")
            continue
        node = index[-1] if "node" in PARTS[variable] else ""
        place = "|".join(index[:-1]) if node else "|".join(index)
        if seen[variable, str(text)] > 1:
            findings.refuse(
                "double_row", f"{variable}[{text}]", node, 1.0, "count", "stands twice in the table"
            )
        if not math.isfinite(amount):
            findings.refuse(
                "not_a_number", f"{variable}[{text}]", node, math.inf, "count", f"{raw!r} is no amount"
            )
            continue
        if amount < 0.0:
            findings.at_least("negative", f"{variable} {place}", node, amount, 0.0, unit_of(variable))
            amount = amount if amount < -NOISE else 0.0
        if variable in WHOLE and not (variable in DIVISIBLE and index[0] in continuous):
            findings.whole("whole", f"{variable} {place}", node, amount)
        if variable in BINARY:
            findings.at_most("binary", f"{variable} {place}", node, amount, 1.0, "count")
        if abs(amount) > NOISE:
            amounts[variable][index] = amounts[variable].get(index, 0.0) + amount
    return Book(amounts)


def _amount(raw: object) -> float:
    """A cell as an amount; what is no number is NaN."""
    number = isinstance(raw, (int, float)) and not isinstance(raw, bool)
    return float(raw) if number else math.nan  # type: ignore[arg-type]


def unit_of(variable: str) -> str:
    """Unit of a variable, from its name."""
    for ending, unit in (("_mwh", "MWh"), ("_mw", "MW"), ("_usd_m", "USD m")):
        if variable.endswith(ending):
            return unit
    return "count"
