"""A tree that can be edited without touching the one it came from, and arithmetic on the numbers in it."""

from __future__ import annotations

from typing import Any, NamedTuple

from planner.instance.document import UNREAD, Node
from planner.instance.parse import PATH_KEYS, ParseError, plain_number
from planner.instance.walk import Shape
from planner.units import EXAMPLES

Path = tuple[str, ...]


class Unusable(Exception):
    """An override cannot act on what stands at its place."""

    def __init__(self, message: str, repair: str = "") -> None:
        super().__init__(message)
        self.repair = repair


class Editable:
    """A tree whose maps and lists are copied when they are first written to."""

    def __init__(self, root: Node) -> None:
        self.root = root
        self._own: dict[int, Any] = {}  # the copies, kept alive so that their ids stay theirs

    def node(self, path: Path) -> Node | None:
        """Return the node at a path, or None."""
        return self.root.at(path)

    def is_container(self, path: Path) -> bool:
        """Return whether a map or list stands at a path."""
        node = self.node(path)
        return node is not None and isinstance(node.value, dict | list)

    def put(self, path: Path, node: Node) -> None:
        """Put a node at a path below containers that exist."""
        children = self._writable(path[:-1])
        if isinstance(children, list):
            children[int(path[-1])] = node
        else:
            children[path[-1]] = node

    def remove(self, path: Path) -> None:
        """Remove what stands at a path."""
        children = self._writable(path[:-1])
        if isinstance(children, list):
            del children[int(path[-1])]
        else:
            children.pop(path[-1], None)

    def _writable(self, path: Path) -> Any:
        """Return the map or list at a path as one that only this tree has."""
        self.root, children = self._copied(self.root)
        for step in path:
            key: Any = int(step) if isinstance(children, list) else step
            below, inner = self._copied(children[key])
            children[key] = below
            children = inner
        return children

    def _copied(self, node: Node) -> tuple[Node, Any]:
        if id(node.value) in self._own:
            return node, node.value
        copy = node.value.copy()
        self._own[id(copy)] = copy
        return node._replace(value=copy), copy


def operated(node: Node, shape: Shape | None, action: str, operand: Node, by: str, provenance: bool) -> Node:
    """Return a number, record, path or map of numbers by date, scaled by the operand or with the operand added."""
    if shape is not None and shape.number is not None:
        unit = shape.number.unit
        result = _operated(node, unit, action, _operand(operand, unit, action))
        return _noted(result, action, operand, by) if provenance and not shape.number.plain else result
    if (
        shape is not None
        and shape.kind == "map"
        and shape.by_date
        and shape.inner is not None
        and shape.inner.number
        and isinstance(node.value, dict)
    ):
        unit = shape.inner.number.unit
        number = _operand(operand, unit, action)
        children = {key: _operated(below, unit, action, number) for key, below in node.value.items()}
        return node._replace(value=children)
    raise Unusable(f"only numbers can be changed by `{action}`", "set a value instead")


class Operand(NamedTuple):
    """What to scale by or to add, and where it is written."""

    number: float
    node: Node


def _operand(operand: Node, unit: str, action: str) -> Operand:
    wanted = "factor" if action == "scale" else unit
    try:
        return Operand(plain_number(operand.value, wanted), operand)
    except ParseError as error:
        raise Unusable(f"`{action}`: {error}", f"write {EXAMPLES[wanted]}") from error


def _operated(node: Node, unit: str, action: str, operand: Operand) -> Node:
    value = node.value
    if value is UNREAD:
        return node
    if not isinstance(value, dict):
        result = _result(value, unit, action, operand.number)
        return operand.node._replace(
            value=result
        )  # its place is now the override's: that is what would be repaired
    if "value" not in value:
        points = {
            key: below if key in PATH_KEYS else _operated(below, unit, action, operand)
            for key, below in value.items()
        }
        return node._replace(value=points)
    over_time = isinstance(value["value"].value, dict) or "per_year" in value
    acts_on = (
        ("value",) if over_time else ("value", "low", "high")
    )  # beside a path the range is a pair of factors
    record = {
        key: _operated(below, unit, action, operand) if key in acts_on else below
        for key, below in value.items()
    }
    if action == "scale" and operand.number < 0 and "low" in record and "high" in record and not over_time:
        record["low"], record["high"] = record["high"], record["low"]
    return node._replace(value=record)


def _result(raw: Any, unit: str, action: str, operand: float) -> int | float:
    try:
        number = plain_number(raw, unit)
    except ParseError as error:
        raise Unusable(f"what stands here is no number: {error}", "correct it first") from error
    exact = number * operand if action == "scale" else number + operand
    rounded = float(f"{exact:.14g}")  # 0.1 + 0.2 is 0.3 to a reader
    return int(rounded) if rounded.is_integer() and abs(rounded) < 1e15 else rounded


def _noted(node: Node, action: str, operand: Node, by: str) -> Node:
    """Return the changed number as a record that says how it was changed; its source stays, or is `override`."""
    words = f"{'scaled by' if action == 'scale' else 'added'} {operand.value} ({by})"
    record = node.value if isinstance(node.value, dict) and "value" in node.value else {"value": node}
    note = record.get("note")
    if note is not None and isinstance(note.value, str):
        words = f"{note.value}; {words}"
    source = record.get("source", operand._replace(value="override"))
    children = {**record, "source": source, "note": operand._replace(value=words[:10_000])}
    return operand._replace(value=children)
