"""A tree that splits on the first day is nothing but its paths: its model is that of each path, side by side.

Rows, bounds and coefficients of a leaf are those of the path with the same terms; costs are weighted by probability.
"""

from __future__ import annotations

import math
from typing import Any

from planner.data.prepare import prepare
from planner.model import build
from planner.solve.handover import hand_over

Row = tuple[float, float, dict[str, float]]


class Model:
    """The arrays of an instance by name."""

    def __init__(self, instance: Any) -> None:
        handed = hand_over(build(prepare(instance)))
        arrays = handed.arrays
        names = [_name(key) for key in handed.columns]
        # Bounds of divisible columns only hold what the data make impossible, anywhere in the tree.
        self.columns = {
            name: (bool(arrays.whole[j]), arrays.upper[j] if arrays.whole[j] else 0.0, arrays.cost[j])
            for j, name in enumerate(names)
        }
        self.rows: dict[str, Row] = {}
        for i, key in enumerate(handed.rows):
            span = slice(arrays.starts[i], arrays.starts[i + 1])
            terms = {names[j]: v for j, v in zip(arrays.columns[span], arrays.values[span], strict=True)}
            self.rows[_name(key)] = (arrays.row_lower[i], arrays.row_upper[i], terms)


def _name(key: Any) -> str:
    component, index = key
    parts = index if isinstance(index, tuple) else (index,)
    return f"{component}[{','.join(str(part) for part in parts)}]"


def split_at_once(instance: Any, changed: dict[str, Any], probability: float = 0.5) -> Any:
    """The instance with two branches known on the first day: as it is, and changed."""
    branches = {
        "as_is": {"probability": 1.0 - probability},
        "changed": {"probability": probability, "set": changed},
    }
    known = instance.spec.calendar.start.text
    return instance.tweak("scenarios", {"edge": {"known": known, "branches": branches}})


def differences(tree: Any, paths: dict[str, Any], probability: dict[str, float]) -> list[str]:
    """What the model of a tree that splits at once says otherwise than the models of its paths."""
    whole = Model(tree)
    found: list[str] = []
    seen_rows: set[str] = set()
    seen_columns: set[str] = set()
    for branch, instance in paths.items():
        path, mark = Model(instance), f"/{branch}"
        rows = {name: row for name, row in whole.rows.items() if mark in name}
        columns = {name: column for name, column in whole.columns.items() if mark in name}
        seen_rows |= rows.keys()
        seen_columns |= columns.keys()
        found += _compared(
            branch, "row", {n.replace(mark, ""): _plain(r, mark) for n, r in rows.items()}, path.rows
        )
        share = probability[branch]
        weighted = {name: (w, upper, cost * share) for name, (w, upper, cost) in path.columns.items()}
        mine = {name.replace(mark, ""): column for name, column in columns.items()}
        found += _compared(branch, "column", mine, weighted)
    found += [f"row of no leaf: {name}" for name in whole.rows if name not in seen_rows]
    found += [f"column of no leaf: {name}" for name in whole.columns if name not in seen_columns]
    return found


def disagreement(tree: Any, paths: dict[str, Any], probability: dict[str, float]) -> list[str]:
    """What differs between a tree that splits at once and its paths: in the model, and then in the least cost too.

    Rows that are written otherwise, or that say nothing in one of the two, leave the least cost as it is.
    """
    found = differences(tree, paths, probability)
    if not found:
        return []
    alone = {branch: cost_of(instance) for branch, instance in paths.items()}
    whole = cost_of(tree)
    stated = [cost for cost in alone.values() if cost is not None]
    if whole is None or len(stated) < len(alone):
        both = whole is None and len(stated) < len(alone)
        return [] if both else [f"costs {whole} and {alone}", *found]
    mean = sum(probability[branch] * cost for branch, cost in zip(alone, stated, strict=True))
    return (
        []
        if math.isclose(whole, mean, rel_tol=1e-6, abs_tol=1e-4)
        else [f"costs {whole}, mean {mean}", *found]
    )


def cost_of(instance: Any) -> float | None:
    """The least cost, audited; None where no plan keeps all rules."""
    import planner

    try:
        plan = planner.solve(instance, gap=0.0, time_limit=60.0)
    except planner.NoPlan:
        return None
    verdict = planner.audit(plan)
    assert verdict.ok, str(verdict)
    return float(plan.objective_usd_m)


def _plain(row: Row, mark: str) -> Row:
    return row[0], row[1], {name.replace(mark, ""): value for name, value in row[2].items()}


def _compared(branch: str, what: str, mine: dict[str, Any], path: dict[str, Any]) -> list[str]:
    found = [f"{branch}: {what} {name} only in the tree" for name in mine if name not in path]
    found += [f"{branch}: {what} {name} only in the path" for name in path if name not in mine]
    for name in mine.keys() & path.keys():
        if not _same(mine[name], path[name]):
            found.append(f"{branch}: {what} {name}: {mine[name]} in the tree, {path[name]} in the path")
    return found


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, tuple):
        return all(_same(a, b) for a, b in zip(one, other, strict=True))
    return one == other or math.isclose(one, other, rel_tol=1e-7, abs_tol=1e-9)
