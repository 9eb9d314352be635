"""Single corruptions of solved plans, given straight to the audit: a driver that takes a count and a seed.

    python tests/audit_corruptions.py --count 10000 --seed 1 --plans FOLDER [--first 4000]

solves the plans once into FOLDER (kept, so that a second run starts at once), corrupts one cell, row, column or table
at a time, and prints how many were rejected. Each corruption has dice of its own: `--first` goes on where a run ended.
A change within the documented tolerances is no corruption, and neither is more of something that costs nothing.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import planner
from planner.audit import Verdict
from planner.audit.audit import audit, walked
from planner.audit.claimed.table import Table
from planner.audit.claimed.times import Nodes
from planner.audit.claims import TABLES, compare_claims
from planner.audit.findings import Findings
from planner.plan.plan import Plan

ROOT = Path(__file__).resolve().parent.parent
TOLERANCE = {"usd_m": 1e-2, "_mw": 1e-4, "_gw": 1e-7, "_mwh": 1.0, "mw": 1e-4, "_kw_month": 1e-4}
"""By the ending of a column; other numbers are shares and counts, 1e-6."""
ANY_UNIT = ("value", "bound", "headroom", "broken", "amount")
NUMBERS = ("x 1.01", "doubled", "negated", "NaN", "empty", "text", "zero")
CELLS = {
    "number": NUMBERS,
    "text": ("replaced", "other", "empty"),
    "date": ("a day", "a month", "a year", "empty"),
}


@dataclass(frozen=True)
class Corruption:
    """One change of one table."""

    frame: str
    column: str
    kind: str
    row: int
    what: str
    tables: dict[str, pd.DataFrame]

    def __str__(self) -> str:
        """Where and what."""
        return f"{self.frame}.{self.column}[{self.row}] {self.kind}: {self.what}"


def kind_of(series: pd.Series) -> str:
    """number, flag, date or text."""
    if pd.api.types.is_bool_dtype(series):
        return "flag"
    if pd.api.types.is_numeric_dtype(series):
        return "number"
    texts = [text for text in series if text]
    dated = texts and all(
        len(text) == 10 and text[4] == text[7] == "-" and text[:4].isdigit() for text in texts
    )
    return "date" if dated else "text"


def tolerance(frame: pd.DataFrame, column: str, row: int) -> float:
    """By how much a number may differ."""
    numbers = [
        abs(float(x)) for x in frame.iloc[row] if isinstance(x, (float, np.floating)) and math.isfinite(x)
    ]
    least = next((t for ending, t in TOLERANCE.items() if column.endswith(ending)), 1e-6)
    if column in ANY_UNIT:
        unit = str(frame.iloc[row].get("unit", ""))
        least = 1e-2 if "USD" in unit else 1.0 if unit == "MWh" else 1e-4 if "MW" in unit else 1e-6
    return max(least, 1e-6 * max(numbers, default=0.0))


def corrupted(plan: Plan, dice: random.Random) -> Corruption | None:
    """A random corruption; None where the dice hit something that changes nothing."""
    filled = [name for name, frame in plan.frames.items() if len(frame)]
    name, amounts = dice.choice(filled), dice.random() < 0.05
    if amounts and "decisions" in filled:
        name = "decisions"
    frame = plan.frames[name].reset_index(drop=True)
    row, column = dice.randrange(len(frame)), dice.choice([str(each) for each in frame.columns])
    way = dice.random()
    if amounts and name == "decisions":
        # What all else follows from: any variable as often as another.
        column, variables = "amount", frame["variable"]
        row = dice.choice(variables.index[variables == dice.choice(sorted(set(variables)))].tolist())
    if way < 0.7:
        return _cell(plan, name, frame, column, row, dice)
    if way < 0.98:
        return _rows(plan, name, frame, column, row, dice)
    empty = frame.iloc[:0]
    return _made(plan, name, "", "table emptied", 0, "no rows", empty)


def _made(
    plan: Plan, name: str, column: str, kind: str, row: int, what: str, wrong: pd.DataFrame
) -> Corruption:
    return Corruption(name, column, kind, row, what, {**plan.frames, name: wrong})


def _rows(
    plan: Plan, name: str, frame: pd.DataFrame, column: str, row: int, dice: random.Random
) -> Corruption | None:
    """A row deleted, doubled or swapped with another in one column; a column dropped."""
    kind = dice.choice(["deleted", "deleted", "doubled", "swapped", "swapped", "dropped"])
    what = "|".join(str(value) for value in frame.iloc[row])
    if kind == "deleted":
        return (
            None
            if _is_rounding(name, frame, row) or (name == "decisions" and _is_empty(plan, frame, row))
            else _made(plan, name, "", "row deleted", row, what, frame.drop(index=row))
        )
    if kind == "doubled":
        twice = pd.concat([frame.iloc[: row + 1], frame.iloc[row:]], ignore_index=True)
        return _made(plan, name, "", "row doubled", row, what, twice)
    if kind == "dropped":
        return _made(plan, name, column, "column dropped", 0, "", frame.drop(columns=column))
    other = dice.randrange(len(frame))
    a, b = frame[column].iloc[row], frame[column].iloc[other]
    if _alike(frame, column, row, other):
        return None
    wrong = frame.copy()
    wrong[column] = [*frame[column]]
    wrong.loc[row, column], wrong.loc[other, column] = b, a
    rest = [each for each in frame.columns if each != column]
    if all(_alike(frame, each, row, other) for each in rest):
        return None  # the same rows in another order
    return _made(plan, name, column, "cells swapped", row, f"{a!r} and {b!r} of row {other}", wrong)


def _alike(frame: pd.DataFrame, column: str, row: int, other: int) -> bool:
    """Whether two rows have the same in a column, within the tolerance of a number."""
    a, b = frame[column].iloc[row], frame[column].iloc[other]
    if a == b or (a != a and b != b):
        return True
    least = max(tolerance(frame, column, each) for each in (row, other))
    return kind_of(frame[column]) == "number" and bool(abs(a - b) <= least)


OF_NOTHING = {"signed": "signed_mw", "source": "served_mw", "lets": "sublet_mw"}
"""A decision that a thing may be done, by the amount that is done of it."""
FREE = ("ordered_mw", "charged_mw", "empty_mw", "rights")
"""What may be more than is needed where nothing is paid for it."""


def _is_empty(plan: Plan, frame: pd.DataFrame, row: int) -> bool:
    """Whether the plan is the same without a decision: one of nothing, or a free right."""
    variable, index = (frame[column].iloc[row] for column in ("variable", "index"))
    if variable == "rights" and not _is_paid(plan, variable, index):
        return True
    if variable not in OF_NOTHING:
        return False
    thing, *rest, node = index.split("|")
    done = frame[frame["variable"] == OF_NOTHING[variable]]["index"].str.split("|")
    place = {"signed": slice(0), "source": slice(2, 3), "lets": slice(1, 2)}[variable]
    return not any(each[0] == thing and each[-1] == node and each[place] == rest for each in done)


def _is_paid(plan: Plan, variable: str, index: str) -> bool:
    payments = plan.frames["payments"]
    return bool(((payments["variable"] == variable) & (payments["index"] == index)).any())


def _is_rounding(name: str, frame: pd.DataFrame, row: int) -> bool:
    """Whether a row says nothing but zero, where such rows are not always there (docs/conventions.md, Tables)."""
    if name not in ("capacity", "payments", "limits", "memo", "serving", "decisions"):
        return False
    amounts = [
        column
        for column in frame.columns
        if kind_of(frame[column]) == "number"
        and column not in ("probability", "bound", "headroom")
        and not (name == "payments" and column == "amount")
    ]
    return all(abs(frame[column].iloc[row]) <= tolerance(frame, column, row) for column in amounts)


def _cell(
    plan: Plan, name: str, frame: pd.DataFrame, column: str, row: int, dice: random.Random
) -> Corruption | None:
    cell, kind = frame[column].iloc[row], kind_of(frame[column])
    wrong = frame.copy()
    wrong[column] = pd.Series(list(frame[column]), dtype=object)
    if kind == "flag":
        wrong[column] = list(frame[column])
        wrong.loc[row, column] = not cell
        return _made(plan, name, column, "flag turned", row, repr(cell), wrong)
    way = dice.choice(CELLS[kind])
    value = {"number": _number, "text": _text, "date": _date}[kind](frame, column, row, way, dice)
    if (
        value is None
        or value == cell
        or (name == "decisions" and column == "amount" and _is_free(plan, frame, row, value))
    ):
        return None
    wrong.loc[row, column] = value
    if kind == "number" and isinstance(value, float):
        wrong[column] = wrong[column].astype(float)
    return _made(plan, name, column, f"{kind} {way}", row, f"{cell!r} to {value!r}", wrong)


def _is_free(plan: Plan, frame: pd.DataFrame, row: int, value: Any) -> bool:
    """Whether another amount makes a plan as good: more of what nothing is paid for, any number of nothing."""
    variable, index, cell = (frame[column].iloc[row] for column in ("variable", "index", "amount"))
    if not isinstance(value, float) or not value >= 0.0:
        return False
    more = variable in FREE and value > cell and not _is_paid(plan, variable, index)
    return more or _is_empty(plan, frame, row)


def _number(frame: pd.DataFrame, column: str, row: int, way: str, dice: random.Random) -> Any:
    cell = float(frame[column].iloc[row])
    if way in ("NaN", "empty", "text"):
        wrong = {"NaN": math.nan, "empty": "", "text": "ten"}[way]
        return None if way == "NaN" and math.isnan(cell) else wrong
    if math.isnan(cell):
        return 0.0
    value = {"x 1.01": 1.01, "doubled": 2.0, "negated": -1.0, "zero": 0.0}[way] * cell
    return value if abs(value - cell) > tolerance(frame, column, row) else None


def _text(frame: pd.DataFrame, column: str, row: int, way: str, dice: random.Random) -> Any:
    if way == "other":
        return dice.choice(sorted(set(map(str, frame[column]))))
    return "" if way == "empty" else f"{frame[column].iloc[row]}x"


def _date(frame: pd.DataFrame, column: str, row: int, way: str, dice: random.Random) -> Any:
    text = str(frame[column].iloc[row])
    if way == "empty" or not text:
        return "" if text else "2030-01-01"
    year, month, day = map(int, text.split("-"))
    moved = {"a day": (0, 0, 1), "a month": (0, 1, 0), "a year": (1, 0, 0)}[way]
    month, day = (month + moved[1] - 1) % 12 + 1, (day + moved[2] - 1) % 28 + 1
    return f"{year + moved[0]:04d}-{month:02d}-{day:02d}"


@dataclass
class Bench:
    """A plan with what the audit recomputes of it, so that one wrong table is compared in a moment."""

    plan: Plan

    @cached_property
    def nodes(self) -> Nodes:
        """Its decisions, walked."""
        return walked(self.plan.instance, self.plan.frames["decisions"], Findings())

    @cached_property
    def tables(self) -> dict[str, Table]:
        """All recomputed tables."""
        return {name: make(self.nodes) for name, make in TABLES.items()}

    def refuses(self, name: str, frame: pd.DataFrame) -> bool:
        """Whether the audit's comparison of one table finds anything; not for amounts of decisions."""
        findings = Findings()
        compare_claims(self.nodes, {name: frame}, self.tables, findings)
        lacking = [column for column in self.plan.frames[name] if column not in frame]
        return bool(findings.violations or lacking)


def judged(plan: Plan, corruption: Corruption) -> Verdict:
    """The audit's verdict on a corrupted plan, as on one that was loaded."""
    claimed = {"objective_usd_m": plan.objective_usd_m, **corruption.tables}
    return audit(plan.instance, corruption.tables["decisions"], claimed, whole=True)


def refused(bench: Bench, corruption: Corruption, *, whole: bool) -> bool:
    """Whether the audit rejects it: the whole audit, or only its comparison of the table."""
    if whole or corruption.frame == "decisions":
        return not judged(bench.plan, corruption).ok
    return bench.refuses(corruption.frame, corruption.tables[corruption.frame])


# Plans


def plain_instances(folder: Path, seeds: int) -> Iterator[tuple[str, Any]]:
    """(name, instance) of many kinds: tutorial, tree, all existing, negative rate, random with every feature."""
    from audit_instances import random_instance, random_plain
    from generate import instance_of
    from generate_features import featured_plain
    from tiny import tiny

    for path in sorted((ROOT / "instances" / "tutorial").glob("*.yaml")):
        yield path.stem, planner.read(path)
    yield "real_rate", planner.read(ROOT / "tests" / "found" / "real_rate.yaml")
    yield "all_existing", all_existing(tiny)
    for seed in range(seeds):
        yield f"featured_{seed}", instance_of(featured_plain(seed))
    quick = [seed for seed in range(10_000) if random_plain(seed)["calendar"]["step"] != "month"]
    for seed in quick[:seeds]:
        yield f"random_{seed}", random_instance(seed, folder)


def all_existing(tiny: Any) -> Any:
    """One running contract, and nothing to decide."""
    running = {
        "date": "2026-02", "mw": 20, "chip": "c", "delivered": {"2026Q2": 0.5, "2027Q2": 1.0}, "term_months": 16,
        "price_usd_per_kw_month": 100,
    }  # fmt: skip
    offer = {
        "kind": "cloud", "region": "r", "chips": ["c"], "term_months": 16, "at_end": "leaves",
        "price_usd_per_kw_month": 120, "signed": {"running": running},
    }  # fmt: skip
    return tiny(
        workloads={"w": {"demand_gw": 0, "unserved_usd_bn_per_gw_year": 10}},
        vendors={"v": {"offers": {"o": offer}}},
    )


def solved_plans(folder: Path, seeds: int) -> dict[str, Plan]:
    """Plans by name, solved once into a folder and read from there."""
    folder.mkdir(parents=True, exist_ok=True)
    plans = {}
    for name, instance in plain_instances(folder, seeds):
        if not (folder / name / "plan.json").is_file():
            plan = planner.solve(instance, gap=0.05, time_limit=30)
            (folder / name).mkdir(exist_ok=True)
            plan.save(folder / name)
        plans[name] = planner.load(folder / name)
    return plans


# The run


def run(
    plans: dict[str, Plan], count: int, seed: int, *, first: int = 0, each: int = 1, loud: bool = False
) -> list[str]:
    """Corrupt `count` times; what was accepted, a line each. One in `each` is judged by the whole audit."""
    benches = {name: Bench(plan) for name, plan in plans.items()}
    names, accepted, started = sorted(plans), [], time.monotonic()
    for number in range(first, first + count):
        dice, corruption = random.Random(f"{seed} {number}"), None
        while corruption is None:
            name = dice.choice(names)
            corruption = corrupted(plans[name], dice)
        if not refused(benches[name], corruption, whole=number % each == 0):
            accepted.append(f"{number} {name}: {corruption}")
            if loud:
                print(f"ACCEPTED {accepted[-1]}", flush=True)
        if loud and (number + 1) % 500 == 0:
            print(
                f"up to {number + 1}: {len(accepted)} accepted, {time.monotonic() - started:.0f} s",
                flush=True,
            )
    return accepted


def main(arguments: list[str]) -> int:
    """Corrupt and count; exit 1 when one was accepted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--each", type=int, default=1, help="one in so many is judged by the whole audit")
    parser.add_argument("--first", type=int, default=0, help="number of the first corruption")
    parser.add_argument(
        "--random", type=int, default=20, help="random instances beside those of the tutorial"
    )
    parser.add_argument(
        "--plans", type=Path, default=None, help="folder of solved plans, made when it is not there"
    )
    parser.add_argument("--also", type=Path, nargs="*", default=[], help="run folders of other plans")
    asked = parser.parse_args(arguments)
    folder = asked.plans or Path(tempfile.mkdtemp())
    plans = solved_plans(folder, asked.random) | {path.name: planner.load(path) for path in asked.also}
    dishonest = [name for name, plan in plans.items() if not planner.audit(plan).ok]
    accepted = run(plans, asked.count, asked.seed, first=asked.first, each=asked.each, loud=True)
    print(json.dumps({"plans": len(plans), "corruptions": asked.count, "rejected": asked.count - len(accepted),
                      "honest plans rejected": dishonest}))  # fmt: skip
    return 1 if accepted or dishonest else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
