"""Write the note anew: `python -m benchmarks.note` solves everything, fills docs/data/stargate and docs/stargate.md."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from benchmarks.note.render import NOTE, render, unfounded
from benchmarks.note.tables import DATA, ROOT, read_tables, write_table


def main() -> int:
    """Solve, write the tables, write the note; 1 when a sentence of it is no longer true."""
    words = argparse.ArgumentParser(prog="python -m benchmarks.note", description=__doc__)
    words.add_argument("--gap", type=float, default=0.001, help="share of the cost (default 0.001)")
    words.add_argument("--time-limit", type=float, default=120.0, help="seconds per case (default 120)")
    words.add_argument(
        "--plans", type=Path, default=ROOT / "reports" / "note", help="where plans are kept to start from"
    )
    words.add_argument(
        "--render", action="store_true", help="only write the note from the tables that are there"
    )
    words.add_argument(
        "--around", action="store_true", help="only the tables that need no plan, then the note"
    )
    asked = words.parse_args()
    if not asked.render:
        from benchmarks.note.measure import Asked, around, instances, measure

        tables = (
            around(instances())
            if asked.around
            else measure(Asked(gap=asked.gap, time_limit=asked.time_limit, plans=asked.plans))
        )
        for name, rows in tables.items():
            write_table(name, rows, DATA)
    found = read_tables()
    NOTE.write_text(render(found), encoding="utf-8")
    untrue = unfounded(found)
    for sentence in untrue:
        print(f"no longer true, rewrite the sentence beside it: {sentence}", file=sys.stderr)
    return 1 if untrue else 0


if __name__ == "__main__":
    sys.exit(main())
