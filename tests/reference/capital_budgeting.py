"""Choosing projects under a budget in each year (Weingartner), as an instance of the planner.

A project is a build option of one block of 100 MW that alone serves a workload of its own: not choosing it leaves
100 MW unserved in every year, which costs its value and its outlays in all. So cost = all outlays + value not chosen.
Outlays are the block's payments by year, a budget is a limit on what construction pays in that year: what is not used
is not carried over.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from plain_instance import free_chip, meant, plain_instance, plain_site

BLOCK_MW = 100.0
FIRST_YEAR = 2027


@dataclass(frozen=True)
class Case:
    """Projects (value, outlay by year), budgets by year, whether projects are whole, the published optimum."""

    name: str
    value: tuple[float, ...]
    outlay: tuple[tuple[float, ...], ...]
    budget: tuple[float, ...]
    whole: bool
    optimum: float


def read_cases(folder: Path) -> dict[str, Case]:
    """The cases of cases.csv (case, file, budget_1.., integer, optimum), each with its file of projects."""
    with (folder / "cases.csv").open(encoding="utf-8") as file:
        return {row["case"]: _case(folder, row) for row in csv.DictReader(file)}


def _case(folder: Path, row: dict[str, str]) -> Case:
    years = len([name for name in row if name.startswith("budget_")])
    with (folder / row["file"]).open(encoding="utf-8") as file:
        projects = list(csv.DictReader(file))
    return Case(
        name=row["case"],
        value=tuple(float(project["value"]) for project in projects),
        outlay=tuple(tuple(float(project[f"outlay_{t + 1}"]) for t in range(years)) for project in projects),
        budget=tuple(float(row[f"budget_{t + 1}"]) for t in range(years)),
        whole=row["integer"] == "1",
        optimum=float(row["optimum"]),
    )


def value_of(case: Case, cost: float) -> float:
    """Value of the projects chosen by a plan of that cost."""
    return sum(case.value) + sum(map(sum, case.outlay)) - cost


def plain(case: Case) -> dict[str, Any]:
    """The case as the content of an instance file; USD m are the units of the file."""
    years = len(case.budget)
    labels = [str(FIRST_YEAR + t) for t in range(years)]
    names = [f"p{i + 1}" for i in range(len(case.value))]
    return plain_instance(
        case.name.lower().replace("_", " "),
        {"start": labels[0], "end": labels[-1], "step": "year"},
        sites={
            name: plain_site(BLOCK_MW, {"block": _block(outlay, case.whole)})
            for name, outlay in zip(names, case.outlay, strict=True)
        },
        workloads={
            name: {
                "demand_gw": BLOCK_MW / 1000.0,
                "served_from": [name],
                "unserved_usd_bn_per_gw_year": meant((value + sum(outlay)) / (BLOCK_MW * years)),
            }
            for name, value, outlay in zip(names, case.value, case.outlay, strict=True)
        },
        chips={"unit": free_chip(dict.fromkeys(names, 1))},
        limits={
            f"budget_{label}": {
                "measure": "paid_spend",
                "line": ["construction"],
                "from": label,
                "to": label,
                "max_usd_bn": budget / 1000.0,
            }
            for label, budget in zip(labels, case.budget, strict=True)
        },
    )


def _block(outlay: tuple[float, ...], whole: bool) -> dict[str, Any]:
    total = sum(outlay)
    shares = {str(12 * t): paid / total for t, paid in enumerate(outlay) if paid} if total else {"0": 1}
    return {
        "block_mw": BLOCK_MW,
        "max_blocks": 1,
        "start": {"to": str(FIRST_YEAR)},
        "lead_months": 0,
        "capex_usd_m_per_mw": meant(total / BLOCK_MW),
        "payments": shares,
        "life_years": 60,
        "recovery_share": 0,
        **({} if whole else {"continuous": True}),
    }
