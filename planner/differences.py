"""What differs between the inputs of two plans, and whether their figures can be set against each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from planner.numbers import count, general, short
from planner.plan.plan import Plan

PROVENANCE = (
    "low",
    "high",
    "source",
    "as_of",
    "confidence",
    "note",
    "name",
    "sources",
    "claims",
    "cases",
    "saved",
)
"""Keys that no plan depends on."""
NOTHING = "(not there)"
LONGEST = 160


def inputs_frame(a: Plan, b: Plan) -> pd.DataFrame:
    """path, a, b: every input that differs, values as short text; where numbers come from is left aside."""
    rows = list(_differing(a.instance.tree.plain, b.instance.tree.plain, ()))
    for name, one, other in (
        ("rules switched off", a.instance.rules_off, b.instance.rules_off),
        ("own rules", _own_rules(a), _own_rules(b)),
        ("version of planner", a.record.versions.get("planner"), b.record.versions.get("planner")),
    ):
        if one != other:
            rows.append((name, _list(one), _list(other)))
    return pd.DataFrame(rows, columns=["path", "a", "b"])


def _own_rules(plan: Plan) -> tuple[str, ...]:
    return tuple(f"{rule['name']}: {rule['source']}" for rule in plan.record.user_rules)


def _list(value: Any) -> str:
    shown = ", ".join(str(each) for each in value) if isinstance(value, tuple | list) else str(value)
    return short(shown, LONGEST) or "none"


def _differing(a: Any, b: Any, path: tuple[str, ...]) -> Iterator[tuple[str, str, str]]:
    a, b = _value(a), _value(b)
    if isinstance(a, Mapping) and isinstance(b, Mapping):
        for key in dict.fromkeys([*a, *b]):
            if str(key) not in PROVENANCE:
                yield from _differing(a.get(key), b.get(key), (*path, str(key)))
    elif isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
        for number, (one, other) in enumerate(zip(a, b, strict=True)):
            yield from _differing(one, other, (*path, str(number)))
    elif not _same(a, b):
        yield ".".join(path), _text(a), _text(b)


def _value(plain: Any) -> Any:
    """A number without what is said about it."""
    return plain["value"] if isinstance(plain, Mapping) and "value" in plain else plain


def _same(a: Any, b: Any) -> bool:
    if isinstance(a, bool) or isinstance(b, bool):
        return a is b
    return bool(a == b)


def _text(value: Any) -> str:
    if value is None:
        return NOTHING
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return general(float(value))
    if isinstance(value, Mapping):
        kept = {key: _value(each) for key, each in value.items() if str(key) not in PROVENANCE}
        return short(", ".join(f"{key}: {_text(each)}" for key, each in kept.items()), LONGEST)
    if isinstance(value, list):
        return short(f"[{', '.join(_text(each) for each in value)}]", LONGEST)
    return short(str(value), LONGEST)


def inputs_sentence(inputs: pd.DataFrame, shown: int = 3) -> str:
    """How many inputs differ, and the first of them as `path: old -> new`."""
    many = len(inputs)
    if not many:
        return "the same inputs"
    first = [f"{row.path}: {row.a} -> {row.b}" for row in inputs.head(shown).itertuples(index=False)]
    more = f", and {many - shown:,} more" if many > shown else ""
    return f"{count(many, 'input')} {'differs' if many == 1 else 'differ'}: {'; '.join(first)}{more}"


def why_incomparable(a: Plan, b: Plan) -> str:
    """Why costs of two plans cannot be set against each other at all; empty where they can."""
    one, other = _calendar(a), _calendar(b)
    if one != other:
        return f"the calendar is {one} in A and {other} in B: present values of different times"
    return ""


def cautions(a: Plan, b: Plan) -> tuple[str, ...]:
    """What makes two figures of one name mean different things though they can be set side by side."""
    found = []
    one, other = a.instance.spec, b.instance.spec
    if _last_reported(a) != _last_reported(b):
        found.append(
            f"reported to {_last_reported(a)} in A, to {_last_reported(b)} in B; costs are of the whole calendar"
        )
    if list(a.frames["periods"]["period"]) != list(b.frames["periods"]["period"]):
        found.append("the periods differ: only days on which a period ends in both are set side by side")
    if _plain(a, "discount") != _plain(b, "discount"):
        found.append("the discount rates differ: the costs are present values at different rates")
    if one.gw_basis != other.gw_basis:
        found.append(
            f"GW are quoted by {one.gw_basis} in A and by {other.gw_basis} in B; tables are in IT load"
        )
    if a.instance.spec.money.debt_in_cost != b.instance.spec.money.debt_in_cost:
        found.append("debt counts in the cost in different ways")
    return tuple(found)


def _plain(plan: Plan, key: str) -> list[tuple[str, str, str]]:
    return list(_differing(plan.instance.tree.plain.get(key), {}, ()))


def _calendar(plan: Plan) -> str:
    periods = plan.frames["periods"]
    return f"{periods['start'].min()} to {periods['last_day'].max()}"


def _last_reported(plan: Plan) -> str:
    periods = plan.frames["periods"]
    shown = periods[periods["reported"]]
    return str((shown if len(shown) else periods)["last_day"].max())
