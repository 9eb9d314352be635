"""What lets the cost fall without end, in the words of the model's variables."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from planner.model.variables import VARIABLES

DATES = frozenset({"n", "u", "last"})
"""Names in index lists that stand for a node of the calendar."""
SHOWN = 10
SHOWN_DATES = 3


def falling_sentences(falling: Iterable[tuple[tuple[str, Any], float]]) -> tuple[str, ...]:
    """Return a sentence for every thing along which the cost falls: what it is, its ids, its periods, its share.

    `falling` is ((variable, index), share of the fall), as a solve that found no end leaves it.
    """
    of = {variable.name: variable for variable in VARIABLES}
    shares: dict[tuple[str, str], float] = defaultdict(float)
    dates: dict[tuple[str, str], list[str]] = defaultdict(list)
    for (name, index), share in falling:
        parts = index if isinstance(index, tuple) else (index,)
        names = of[name].index.split(", ") if name in of else [""] * len(parts)
        named = list(zip(map(str, parts), names, strict=False))
        thing = name, " ".join(part for part, what in named if what not in DATES)
        shares[thing] += share
        dates[thing] += [part for part, what in named if what in DATES]
    things = sorted(shares, key=lambda thing: -shares[thing])
    said = []
    for name, ids in things[:SHOWN]:
        meaning = f" ({of[name].unit}: {of[name].meaning})" if name in of else ""
        when = list(dict.fromkeys(dates[name, ids]))
        more = f" and {len(when) - SHOWN_DATES} more" if len(when) > SHOWN_DATES else ""
        at = f" in {', '.join(when[:SHOWN_DATES])}{more}" if when else ""
        said.append(f"{name} of {ids}{at}{meaning}: {shares[name, ids]:.0%} of the fall".replace("%", " %"))
    if len(things) > SHOWN:
        said.append(f"and {len(things) - SHOWN} more")
    return tuple(said)
