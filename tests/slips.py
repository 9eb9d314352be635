"""How many slips of a unit `check` notices: every priced, powered or money number of an instance times a factor.

`python tests/slips.py` prints the share noticed by field and factor, and what cannot be told.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import planner
from planner.errors import InstanceError
from planner.instance.check.report import Report
from planner.instance.check.scale import Entry, entries

ROOT = Path(__file__).parent.parent
FACTORS = (1000.0, 1 / 1000.0, 12.0, 1 / 12.0, 100.0)
BARE = ("share", "rate", "factor", "ratio", "count", "months", "years", "price")
FILES = (
    (ROOT / "instances" / "stargate.yaml", ()),
    (ROOT / "planner" / "starter.yaml", ("lender",)),
    (ROOT / "instances" / "tutorial" / "01_cloud.yaml", ()),
    (ROOT / "instances" / "tutorial" / "03_shell_and_chips.yaml", ()),
    (ROOT / "instances" / "tutorial" / "16_debt.yaml", ()),
)


def opened(path: Path, cases: Sequence[str]) -> planner.Instance:
    """Return an instance that knows no further cases: what they say costs time and is no matter here."""
    return replace(planner.read(path, cases=list(cases)), bodies={})


def priced(instance: planner.Instance) -> list[Entry]:
    """Return its numbers in MW and in money that are not 0."""
    return [each for each in entries(Report(instance)) if each.unit not in BARE and each.most > 0.0]


def noticed(instance: planner.Instance, path: str, factor: float, known: set[tuple[str, str]]) -> bool:
    """Return whether reading or checking says something new when a number is multiplied."""
    try:
        changed = instance.tweak(path, scale=factor)
    except InstanceError:
        return True
    return any((each.code, each.path) not in known for each in planner.check(changed))


def measured(
    files: Sequence[tuple[Path, Sequence[str]]] = FILES, every: int = 1
) -> Iterator[tuple[str, Entry, float, bool]]:
    """Yield (file, number, factor, noticed) for every `every`th number."""
    for path, cases in files:
        instance = opened(path, cases)
        known = {(each.code, each.path) for each in planner.check(instance)}
        for entry in priced(instance)[::every]:
            for factor in FACTORS:
                yield path.name, entry, factor, noticed(instance, entry.path, factor, known)


def main(every: int) -> None:
    """Print the table."""
    by_field: dict[str, dict[float, list[bool]]] = defaultdict(lambda: defaultdict(list))
    missed: list[str] = []
    for file, entry, factor, seen in measured(every=every):
        for name in (entry.field, "all"):
            by_field[name][factor].append(seen)
        if not seen and factor in FACTORS[:2]:
            missed.append(f"{file} {entry.path} = {entry.values[0]:g} {entry.unit} x {factor:g}")
    print(f"{'field':36} {'n':>4} " + " ".join(f"{f'x{factor:.4g}':>8}" for factor in FACTORS))
    for name, rows in sorted(by_field.items()):
        shares = [sum(rows[factor]) / len(rows[factor]) for factor in FACTORS]
        print(f"{name:36} {len(rows[FACTORS[0]]):4d} " + " ".join(f"{share:8.0%}" for share in shares))
    print("\nnot noticed at x1000 or /1000:", *missed, sep="\n  ")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1)
