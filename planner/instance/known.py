"""A tree as the plain values that the schema knows: what it does not know, and keys without a value, are noted.

Pydantic makes every error at once, with all its words. A file of a million wrong values is therefore given to it in
portions, each portion without what was found wrong before.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError

from planner.instance.document import Node, short
from planner.instance.finding import Finding, Tally
from planner.instance.suggest import meant
from planner.instance.walk import Shape, child, fields, spec_shape
from planner.instance.wrong import note_all

PORTION = 500
"""Members of a map or list that pydantic is given at once."""


class Known:
    """Walks a tree beside the schema."""

    def __init__(self, tally: Tally, context: dict[str, Any]) -> None:
        self.tally = tally
        self.context = context
        self.root = Node({}, "")

    def plain(self, tree: Node) -> Any:
        """Return the plain values of a whole instance."""
        self.root = tree
        return self.value(tree, spec_shape(), ())

    def value(self, node: Node, shape: Shape | None, path: tuple[str, ...]) -> Any:
        """Return the plain value of a node that stands where `shape` is expected; None: nothing is known of it."""
        value = node.value
        if value is None:
            self.empty(node, shape, path)
        elif type(value) is dict:
            if shape is not None and shape.kind == "part" and shape.part is not None:
                return self.part(value, shape, fields(shape.part), path)
            if _is_branch_set(path):
                return node.plain  # null deletes there
            inner = shape.inner if shape is not None and shape.kind == "map" else None
            members = {key: self.value(below, inner, (*path, key)) for key, below in value.items()}
            return self.members(members, shape, path) if inner is not None else members
        elif type(value) is list:
            inner = shape.inner if shape is not None and shape.kind == "list" else None
            listed = [self.value(below, inner, (*path, str(at))) for at, below in enumerate(value)]
            if inner is not None and len(listed) > PORTION:
                left = self.members({str(at): each for at, each in enumerate(listed)}, shape, path)
                return list(left.values())
            return listed
        return value

    def part(
        self, value: dict[str, Node], shape: Shape, known: dict[str, Any], path: tuple[str, ...]
    ) -> dict[str, Any]:
        """Return the fields of a part; keys that are none are noted and left out."""
        plain = {}
        for key, node in value.items():
            if key in known:
                plain[key] = self.value(node, child(shape, key), (*path, key))
            elif not self.tally.skips():
                words, dotted = f"unknown key {short(key)!r}", ".".join((*path, key))
                repair = meant(key, path, known) or "remove it"
                self.tally.add(Finding("unknown_key", "error", node.where_key, dotted, words, repair))
        return plain

    def empty(self, node: Node, shape: Shape | None, path: tuple[str, ...]) -> None:
        """Note a key without a value."""
        if self.tally.skips():
            return
        repair = "write a value, or remove the key"
        if shape is not None and shape.kind in ("map", "part"):
            repair = "write {} for none, or remove the key"
        self.tally.add(Finding("empty", "error", node.where_key, ".".join(path), "no value", repair))

    def members(self, members: dict[str, Any], shape: Shape | None, path: tuple[str, ...]) -> dict[str, Any]:
        """Return the members of a large map or list without those that are wrong, which are noted."""
        if len(members) <= PORTION or shape is None:
            return members
        adapter, names, wrong = _adapter(shape.annotation), list(members), set[str]()
        for start in range(0, len(names), PORTION):
            portion = names[start : start + PORTION]
            some: Any = {name: members[name] for name in portion}
            try:
                adapter.validate_python(
                    list(some.values()) if shape.kind == "list" else some, context=self.context
                )
            except ValidationError as error:
                for each in error.errors(include_url=False, include_input=False, include_context=False):
                    at = each["loc"][0] if each["loc"] else ""
                    wrong.add(portion[int(at)] if shape.kind == "list" and at != "" else str(at))
                note_all(error, self.root, path, self.tally, start if shape.kind == "list" else 0)
        return {name: value for name, value in members.items() if name not in wrong}


@cache
def _adapter(annotation: Any) -> TypeAdapter[Any]:
    return TypeAdapter(annotation)


def _is_branch_set(path: tuple[str, ...]) -> bool:
    return len(path) == 5 and path[0] == "scenarios" and path[4] == "set"
