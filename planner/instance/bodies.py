"""Bodies of overrides, nested maps and dotted keys, as single edits of single places."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from planner.instance.document import Node
from planner.instance.parse import PATH_KEYS, RECORD_KEYS, is_date_key
from planner.instance.walk import shape_at

Path = tuple[str, ...]
Action = Literal["set", "delete", "scale", "add"]
_NUMBER_KEY = re.compile(r"\d+(\.\d+)?(\s*-\s*\d+(\.\d+)?)?")
OPERATIONS = ("scale", "add")


@dataclass(frozen=True, slots=True)
class Edit:
    """One override of one place. `path` may hold `*`; steps before `known` must exist; `trail` has a node per step."""

    path: Path
    action: Action
    node: Node
    by: str
    known: int
    trail: tuple[Node, ...]


def edits_in(body: Node, by: str) -> Iterator[Edit]:
    """Yield the overrides in a body of nested maps and dotted keys."""
    if isinstance(body.value, dict):
        yield from _edits_below(body, (), 0, (), by)


def _edits_below(node: Node, path: Path, known: int, trail: tuple[Node, ...], by: str) -> Iterator[Edit]:
    for key, below in node.value.items():
        steps = (key,) if _NUMBER_KEY.fullmatch(key) else tuple(key.split("."))
        here = (*path, *steps)
        must = len(here) - 1 if len(steps) > 1 else known
        yield from _edits_at(below, here, must, (*trail, *([below] * len(steps))), by)


def _edits_at(node: Node, path: Path, known: int, trail: tuple[Node, ...], by: str) -> Iterator[Edit]:
    value = node.value
    if value is None:
        yield Edit(path, "delete", node, by, known, trail)
    elif (operation := _operation(node)) is not None:
        yield Edit(path, operation, value[operation], by, known, trail)
    elif not isinstance(value, dict) or not value or _is_set_whole(value, path):
        yield Edit(path, "set", node, by, known, trail)
    else:
        yield from _edits_below(node, path, known, trail, by)


def _operation(node: Node) -> Literal["scale", "add"] | None:
    if not isinstance(node.value, dict) or len(node.value) != 1:
        return None
    key, operand = next(iter(node.value.items()))
    if key not in OPERATIONS or isinstance(operand.value, dict):
        return None
    return "scale" if key == "scale" else "add"


def is_one_value(children: dict[str, Any]) -> bool:
    """Return whether a map is one value: a record with its value, or keyed by dates or months."""
    if "value" in children:
        return all(key in RECORD_KEYS for key in children)
    return any(is_date_key(key) or _NUMBER_KEY.fullmatch(key) for key in children)


def _is_set_whole(children: dict[str, Any], path: Path) -> bool:
    """Return whether a map replaces what stands at a path, instead of overriding places below it."""
    if is_one_value(children) or _is_branch_set(path):
        return True
    shape = shape_at(path)
    if shape is None or shape.kind in ("part", "map") or (shape.kind == "leaf" and shape.by_date):
        return False
    amends = all(key in RECORD_KEYS or key in PATH_KEYS for key in children)
    return not (shape.kind == "number" and amends)


def _is_branch_set(path: Path) -> bool:
    return len(path) == 5 and path[0] == "scenarios" and path[4] == "set"


def merged_bodies(below: Node | None, above: Node) -> Node:
    """Return two bodies of overrides as one: maps merge, everything else replaces, `null` deletes."""
    if below is None or not isinstance(below.value, dict) or not isinstance(above.value, dict):
        return above
    children = dict(below.value)
    for key, node in above.value.items():
        if node.value is None:
            children.pop(key, None)
        else:
            children[key] = merged_bodies(children.get(key), node)
    return above._replace(value=children)
