"""What somebody meant who wrote a key that is not there: a word nearby, or the place in the schema where it stands."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import SequenceMatcher
from functools import cache

from planner.instance.finding import did_you_mean
from planner.instance.walk import Shape, child, fields, spec_shape

Path = tuple[str, ...]
UNITS = frozenset(
    ("usd", "bn", "m", "mw", "gw", "kw", "kwh", "mwh", "per", "month", "months", "year", "years", "day")
)
"""Words of a field's name that say its unit: `cash_usd_bn` and `floor_usd_bn` are not alike."""
MAX_KNOWN = 1_000
MAX_DEPTH = 12


def meant(word: str, above: Path, known: Iterable[str]) -> str:
    """Return `did you mean x?` for a word at the place `above` where `known` words stand.

    A word that stands elsewhere in the schema is named with its whole path. Where nothing is near, the known words are
    named; nothing where there are none.
    """
    words = [str(each) for each, _ in zip(known, range(MAX_KNOWN), strict=False)]
    if len(word) > 100:
        return did_you_mean("", words)
    near = sorted(((_alike(word, each), each) for each in words), key=lambda pair: -pair[0])
    if near and near[0][0] >= 0.8:
        return f"did you mean {near[0][1]}?"
    elsewhere = _elsewhere(word, above)
    if elsewhere:
        return f"did you mean {' or '.join(elsewhere)}?"
    if near and near[0][0] >= (0.74 if len(word) > 3 else 0.6):
        return f"did you mean {near[0][1]}?"
    inside = [each for each in words if len(word) > 2 and word in each][:2]
    return f"did you mean {' or '.join(inside)}?" if inside else did_you_mean("", words)


def core(name: str) -> str:
    """Return a field's name without its unit: `cash` of `cash_usd_bn`."""
    parts = [part for part in name.lower().replace("-", "_").replace(" ", "_").split("_") if part]
    return "_".join(part for part in parts if part not in UNITS) or "_".join(parts)


def _alike(word: str, other: str) -> float:
    """Return how near two names are, from 0 to 1; what they share of units counts only where the rest is near."""
    inner = _ratio(core(word), core(other))
    whole = _ratio(word.lower(), other.lower())
    if inner == 1.0:
        return 0.9 + 0.1 * whole
    near = whole >= 0.9 or (inner >= 0.6 and whole >= 0.6)
    return max(inner, whole) if near else min(inner, whole)


def _ratio(one: str, two: str) -> float:
    if len(one) > 100 or len(two) > 100:
        return 0.0
    return SequenceMatcher(None, one, two).ratio()


def _elsewhere(word: str, above: Path) -> list[str]:
    """Return at most two places of the schema where a field of this name stands, the nearest first."""
    ranked = []
    lower, wanted = word.lower(), core(word)
    for path, names in _names_by_path().items():
        likeness = _likeness(lower, wanted, names)
        if not likeness or path[:-1] == tuple(above):
            continue
        common = _common(path, above)
        if common or not above or likeness == 3:
            ranked.append((-likeness, -common, len(path), _shown(path, above, common)))
    ranked.sort(key=lambda each: each[:3])
    best = [each for each in ranked if each[:3] == ranked[0][:3]]
    return [] if len(best) > 2 else [each[3] for each in best]


def _likeness(lower: str, wanted: str, names: tuple[tuple[str, str], ...]) -> int:
    """Return how surely a word names the last fields of a path: `discount_rate` names discount.rate."""
    if lower == names[0][0]:
        return 3
    if len(wanted) < 3:
        return 0
    for count, (joined, inner) in enumerate(names):
        if lower == joined or wanted == inner:
            return 3 if count and lower == joined else 2
    return 0


@cache
def _names_by_path() -> dict[Path, tuple[tuple[str, str], ...]]:
    """Return for each path of the schema its last one, two and three fields as one name, and that without its unit."""
    found = {}
    for path in schema_paths():
        names = [step for step in path if step != "*"]
        joined = ["_".join(names[-count:]) for count in range(1, min(len(names), 3) + 1)]
        found[path] = tuple((each, core(each)) for each in joined)
    return found


def _common(path: Path, above: Path) -> int:
    count = 0
    for step, here in zip(path, above, strict=False):
        if step not in ("*", here):
            break
        count += 1
    return count


def _shown(path: Path, above: Path, common: int) -> str:
    steps = [*above[:common], *path[common:]]
    return ".".join("<id>" if step == "*" else step for step in steps)


@cache
def schema_paths() -> tuple[Path, ...]:
    """Return the path of every field of the schema; `*` stands for the members of maps and lists."""
    found: list[Path] = []

    def walk(shape: Shape, path: Path) -> None:
        if len(path) > MAX_DEPTH:
            return
        if shape.kind == "part" and shape.part is not None:
            for name in fields(shape.part):
                found.append((*path, name))
                inner = child(shape, name)
                if inner is not None:
                    walk(inner, (*path, name))
        elif shape.inner is not None:
            walk(shape.inner, (*path, "*"))

    walk(spec_shape(), ())
    return tuple(found)
