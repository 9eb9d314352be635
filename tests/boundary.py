"""Instances changed in one place to a value at the edge: does `check` refuse whatever the later stages refuse?"""

from __future__ import annotations

import random
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, get_args, get_origin

from planner.errors import InstanceError, PlannerError
from planner.instance.walk import Shape, child, fields, spec_shape

Where = Literal["base", "branch"]
DATES = ("1995", "2026-12-31", "2027Q1", "2027-02-15", "2027Q3", "2028", "2150")


@dataclass(frozen=True)
class Draw:
    """One change: a dotted path and the value that is set there (None deletes it), in the base or in a branch."""

    path: str
    value: Any
    where: Where = "base"

    def made(self, instance: Any) -> Any:
        """The changed instance; `InstanceError` where reading refuses it."""
        if self.where == "base":
            return instance.tweak(self.path, self.value)
        known = instance.spec.calendar.start.text if self.path.startswith("vendors") else "2027Q3"
        even = {"probability": 0.5}
        branches = {"as_is": even, "changed": {**even, "set": {self.path: self.value}}}
        return instance.tweak("scenarios", {"edge": {"known": known, "branches": branches}})


def draws(plain: Any, path: tuple[str, ...] = (), shape: Shape | None = None) -> Iterator[tuple[str, Any]]:
    """Every place of an instance, filled or not, with every value at the edge of what stands there."""
    shape = shape or spec_shape()
    if path:
        name = ".".join(path)
        yield from ((name, value) for value in edges(shape))
        if plain is not None:
            yield name, None
    if shape.part is not None and isinstance(plain, dict):
        for key in fields(shape.part):
            inner = child(shape, key)
            assert inner is not None
            if key not in ("scenarios", "claims", "sources"):
                yield from draws(plain.get(key), (*path, key), inner)
    elif shape.kind in ("map", "list") and isinstance(plain, dict | list):
        members = plain.items() if isinstance(plain, dict) else enumerate(plain)
        for key, value in members:
            inner = child(shape, key)
            assert inner is not None
            if shape.kind == "map" and not shape.by_date:
                yield from draws(value, (*path, str(key)), inner)


def edges(shape: Shape) -> list[Any]:
    """Values at the edge of what may stand at a place."""
    if shape.number is not None:
        return _numbers(shape.number)
    if shape.kind in ("map", "part"):
        return [{}]
    if shape.kind == "list":
        return [[]]
    words = str(shape.annotation)
    if "When" in words:
        return list(DATES)
    if "Ramp" in words:
        return [{"0": 1}, {"600": 1}, {"1995": 0.5, "2150": 1}, {"2027-01-30": 0.5, "2027-01-31": 1}]
    if "PaymentProfile" in words:
        return [{"1200": 1}, {"0-1200": 1}, {"0": 1, "from": "delivery"}]
    if get_origin(shape.annotation) is Literal:
        return list(get_args(shape.annotation))
    found = [
        word for each in get_args(shape.annotation) if get_origin(each) is Literal for word in get_args(each)
    ]
    return found or ([True, False] if "bool" in words else [])


def _numbers(field: Any) -> list[Any]:
    plausible = [{"value": value, "plausible": True} for value in (-1e3, -1.5, -0.5, 0, 1e-6, 1, 1e9)]
    over_time = [
        {"2027-02-15": 0.5, "interpolate": "step"},
        {"1995": 1, "2150": 2, "interpolate": "linear"},
        {"2027-01-30": 1, "2027-01-31": 2, "interpolate": "linear"},
        {"value": 1, "from": "2150", "per_year": "-90%"},
    ]
    return [0, field.low, field.high, *plausible, *(over_time if field.path else [])]


def verdict(instance: Any, draw: Draw) -> str | None:
    """Words about a change that `check` calls valid and a later stage does not; None where they agree."""
    from planner import check, level_costs
    from planner.data.prepare import prepare
    from planner.model import build

    try:
        made = draw.made(instance)
        refused = [finding for finding in check(made) if finding.severity == "error"]
    except InstanceError as error:
        return None if all(each.where for each in error.findings) and error.findings else f"no place: {error}"
    except PlannerError as error:
        return f"check: {error}"
    except Exception as error:
        return f"check: {_last(error)}"
    if refused:
        return None if all(each.where and each.repair for each in refused) else f"no place: {refused}"
    try:
        level_costs(made)
        build(prepare(made))
    except Exception as error:
        return _last(error)
    return None


def _last(error: Exception) -> str:
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} in {frame.filename.rpartition('planner/')[2]}:{frame.lineno}: {str(error)[:150]}"


def sampled(instance: Any, seed: int, count: int, where: Where = "base") -> list[Draw]:
    """So many changes of an instance, drawn by a seed."""
    every = [Draw(path, value, where) for path, value in draws(instance.tree.plain)]
    return random.Random(seed).sample(every, min(count, len(every)))
