"""Hold the coverage of the tests: `python .ci/coverage.py coverage.json` compares with .ci/coverage.toml.

The whole has a floor for lines and one for branches, and no room may fall below where it stood; `--write` raises the
floors of the rooms to one percent below what was measured (in halves), never lowers one.
"""

import json
import sys
import tomllib
from collections import defaultdict
from pathlib import Path

FLOORS = Path(__file__).with_name("coverage.toml")
COUNTS = ("covered_lines", "num_statements", "covered_branches", "num_branches")


def rooms_of(measured: Path) -> dict[str, list[int]]:
    """Sums of COUNTS by room, `planner` for the modules on the ground floor and `all`."""
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for file, one in json.loads(measured.read_text(encoding="utf-8"))["files"].items():
        parts = Path(file).parts
        for room in (parts[1] if len(parts) > 2 else "planner", "all"):
            sums[room] = [a + one["summary"].get(key, 0) for a, key in zip(sums[room], COUNTS, strict=True)]
    return sums


def shares(counts: list[int]) -> tuple[float, float]:
    """Percent of lines and of branches."""
    lines, statements, branches, forks = counts
    return 100.0 * lines / max(statements, 1), 100.0 * branches / forks if forks else 100.0


def main() -> int:
    """Print the table; 1 when a floor is missed."""
    write = "--write" in sys.argv
    floors = {name: tuple(pair) for name, pair in tomllib.loads(FLOORS.read_text(encoding="utf-8")).items()}
    below = 0
    found = {room: shares(counts) for room, counts in sorted(rooms_of(Path(sys.argv[1])).items())}
    for room, pair in found.items():
        floor = floors.get(room, (0.0, 0.0))
        missed = pair[0] < floor[0] or pair[1] < floor[1]
        below += missed
        print(
            f"{room:<10} lines {pair[0]:6.2f} % (floor {floor[0]:g})  branches {pair[1]:6.2f} % (floor {floor[1]:g})"
            f"{'  BELOW' if missed else ''}"
        )
    if write:
        half = {
            room: tuple(
                max(old, int(2 * (new - 1)) / 2)
                for old, new in zip(floors.get(room, (0.0, 0.0)), pair, strict=True)
            )
            for room, pair in found.items()
            if room != "all"
        }
        half["all"] = floors["all"]
        lines = [f"{room} = [{pair[0]:g}, {pair[1]:g}]" for room, pair in sorted(half.items())]
        head = FLOORS.read_text(encoding="utf-8").split("\n\n")[0]
        FLOORS.write_text(head + "\n\n" + "\n".join(lines) + "\n", encoding="utf-8")
    return 1 if below else 0


if __name__ == "__main__":
    sys.exit(main())
