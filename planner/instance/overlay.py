"""Overrides: what a file that extends another, a case, a scenario branch or `--set` changes in the tree below it.

Maps of fields and ids merge, lists replace, `null` deletes, `{}` empties a map of ids, and makes a part with
its defaults where there is none. A number is one value however it is written: a record with
`value`, a path in time, a payment profile or a ramp is replaced as a whole; a record without `value` amends the one
below it (`{low: 3}`), and a dotted key reaches one point (`workloads.training.demand_gw.2029Q4: 12`).
`{scale: 0.7}` and `{add: 6}` act on value, low, high and every point. Within one layer (all chosen cases together) sets
come first, then scales, which multiply, or additions, which add up; two different sets of one field, and a scale beside
an addition, are errors because their order would matter.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from planner.instance.bodies import OPERATIONS, Edit, Path
from planner.instance.document import UNREAD, Node, short
from planner.instance.edits import Editable, Unusable, operated
from planner.instance.finding import Finding, Tally
from planner.instance.parse import PATH_KEYS, RECORD_KEYS, is_date_key, shown
from planner.instance.reach import MAX_REACHED, Place, Reach, TooMany
from planner.instance.suggest import meant
from planner.instance.walk import Shape, child, fields, shape_at

MAX_LOOKED_UP = 200
"""How many half-made members of one layer are compared with the words that stand there."""


@dataclass(frozen=True, slots=True)
class Change:
    """What an override did: where, the value before and after (None where there is none), and who said so."""

    path: str
    old: Any
    new: Any
    by: str


@dataclass(frozen=True, slots=True)
class Layer:
    """Overrides that hold together, in no order; `provenance`: replaced numbers get the source `override`."""

    edits: tuple[Edit, ...]
    provenance: bool = True


def applied(tree: Node, layer: Layer) -> tuple[Node, tuple[Change, ...], list[Finding]]:
    """Return the tree with the layer's overrides, what they changed, and what is wrong with them."""
    work = _Work(tree, layer)
    sets = [edit for edit in layer.edits if edit.action in ("set", "delete")]
    operations = [edit for edit in layer.edits if edit.action in OPERATIONS]
    concrete = [(path, edit) for edit in sets for path in work.paths(edit)]
    work.refuse_conflicts(concrete)
    for path, edit in sorted(concrete, key=_order):
        work.set(path, edit)
    work.refuse_half_made()
    if work.reach is not None:
        work.reach = Reach(work.tree.root)  # what the sets made is scaled too
    grouped: dict[Path, list[Edit]] = {}
    for edit in operations:
        for path in work.paths(edit):
            grouped.setdefault(path, []).append(edit)
    for path, edits in grouped.items():
        work.operate(path, edits)
    return work.tree.root, work.changes(), work.tally.all(tree.file)


def _order(concrete: tuple[Path, Edit]) -> tuple[bool, int, bool, int]:
    """Sets before deletions, outer places first, a stated source after ours, members of a list from its end."""
    path, edit = concrete
    member = int(path[-1]) if path[-1].isdecimal() and len(path[-1]) < 10 else 0
    return edit.action == "delete", len(path), path[-1] == "source", -member


class _Work:
    """The application of one layer."""

    def __init__(self, tree: Node, layer: Layer) -> None:
        self.before = tree
        self.tree = Editable(tree)
        self.provenance = layer.provenance
        self.tally = Tally()
        self.touched: dict[Path, str] = {}
        self.created: dict[Path, Edit] = {}
        self.reach: Reach | None = Reach(tree)

    def refuse(self, code: str, edit: Edit, path: Path, message: str, repair: str = "") -> None:
        """Note an error at an override."""
        node = edit.trail[-1] if edit.trail else edit.node
        self.tally.add(Finding(code, "error", node.where_key, ".".join(path), message, repair))

    def paths(self, edit: Edit) -> list[Path]:
        """Return the places that an override means, each `*` replaced by every child; none when it is refused."""
        if self.reach is None:
            return []
        try:
            places, missing = self.reach.of(edit.path, edit.known)
        except TooMany:
            self.reach = None
            words = f"the overrides by `*` reach more than {MAX_REACHED:,} places"
            self.refuse("too_large", edit, edit.path, words, "name the places that are meant")
            return []
        if missing is not None:
            self.refuse_unknown(edit, missing)
            return []
        starred = "*" in edit.path
        if edit.action != "set" or starred:
            made = edit.action == "set"  # a set by `*` makes a field where there is none
            wanted = [place.path for place in places if place.node is not None or (made and place.is_field)]
            if not wanted:
                self.refuse_unknown(edit, places[0].path if places else edit.path)
            return wanted
        if edit.known == len(edit.path) - 1 and not self.may_be_set(places[0], edit):
            self.refuse_unknown(edit, places[0].path)
            return []
        return [places[0].path]

    def members(self, path: Path) -> list[str]:
        """Return the keys of the map at a path, or the numbers of the list."""
        node = self.tree.node(path)
        value = node.value if node is not None else None
        if isinstance(value, dict):
            return list(value)
        return [str(index) for index in range(len(value))] if isinstance(value, list) else []

    def may_be_set(self, place: Place, edit: Edit) -> bool:
        """Return whether a dotted key may set this place: it stands there, is a field, or is a new member as a map."""
        if place.node is not None or place.is_field or _below_number(place.path):
            return True
        shape = shape_at(place.path[:-1])
        if shape is None or shape.kind != "map":
            return False
        return shape.by_date or (shape.inner is not None and shape.inner.kind != "part") or _is_map(edit.node)

    def refuse_unknown(self, edit: Edit, path: Path) -> None:
        """Note that nothing stands at the place that an override names, with the nearest words."""
        if self.tally.skips():
            return
        length = next((n for n in range(len(path)) if self.tree.node(path[: n + 1]) is None), len(path) - 1)
        parent, word = path[:length], path[length]
        known = list(self.members(parent))
        shape = shape_at(parent)
        if shape is not None and shape.part is not None and word not in fields(shape.part):
            known += [name for name in fields(shape.part) if name not in known]
        place = f" in {'.'.join(parent)}" if parent else ""
        what = "nothing to change" if word == "*" or word in known else f"no {short(word)!r}"
        repair = meant(word, parent, known) or "check the path"
        if word in known or _is_field((*parent, word)):
            repair = "set a value here instead, or remove the override"
        self.refuse("override_path", edit, edit.path, f"there is {what}{place}", repair)

    def refuse_conflicts(self, concrete: list[tuple[Path, Edit]]) -> None:
        """Note every field that two overrides of the layer set differently; the later ones are left out."""
        said: dict[Path, Edit] = {}
        kept = []
        for path, edit in concrete:
            first = said.setdefault(path, edit)
            if first is edit:
                kept.append((path, edit))
            elif (first.action, first.node.plain) != (edit.action, edit.node.plain):
                self.refuse_conflict(path, first, edit)
        concrete.clear()
        refused: set[tuple[int, str]] = set()  # one finding for all that one says below what another sets
        for path, edit in kept:
            above = next((a for n in range(1, len(path)) if (a := said.get(path[:n])) is not None), None)
            if above is None or _goes_before(above, path, edit):
                concrete.append((path, edit))
            elif (id(above), edit.by) not in refused:
                refused.add((id(above), edit.by))
                self.refuse_conflict(path, above, edit)

    def refuse_conflict(self, path: Path, first: Edit, second: Edit) -> None:
        """Note that two overrides say different things about one field."""
        self.refuse(
            "case_conflict", second, path, f"{first.by} and {second.by} both set this, differently",
            f"choose one of them; the other is at {first.trail[-1].where_key}",
        )  # fmt: skip

    def set(self, path: Path, edit: Edit) -> None:
        """Set or delete one place."""
        if edit.action == "delete":
            if self.tree.node(path) is not None:
                self.touched[path] = edit.by
                self.tree.remove(path)
            return
        old = self.tree.node(path)
        shape = shape_at(path)
        if _is_empty(edit.node) and _is_map(old) and shape is not None and shape.kind == "part":
            return  # its fields stay: nothing was said about them
        if not _is_map(self.tree.node(path[:-1])):
            if not self.may_hold(path, edit):
                return
            self.create_above(path, edit)
        node = edit.node
        if self.provenance and shape is not None and shape.number is not None and not shape.number.plain:
            node = _overridden(node, keep_source=True) if old is not None else node
        above = shape_at(path[:-1])
        if above is not None and above.number is not None:
            self.set_part_of_number(path, node, edit)
            return
        if old is None:
            self.created.setdefault(self.topmost(path), edit)
        self.touched[path] = edit.by
        self.tree.put(path, node)

    def set_part_of_number(self, path: Path, node: Node, edit: Edit) -> None:
        """Set one key of a record or one point of a path."""
        number = self.tree.node(path[:-1])
        key = path[-1]
        if number is None:
            self.refuse_unknown(edit, path[:-1])
            return
        inner = number.value.get("value") if isinstance(number.value, dict) else number
        a_point = key not in RECORD_KEYS
        if a_point and inner is not None and not _is_map(inner):
            self.refuse(
                "override_value", edit, path, "the number here is no path in time", "set the number itself"
            )
            return
        if not isinstance(number.value, dict) or (inner is None and key in RECORD_KEYS and key != "per_year"):
            self.tree.put(path[:-1], number._replace(value={"value": number}))
        # one key is put, not the map made again: a path may be set point by point
        self.tree.put((*path[:-1], "value", key) if a_point and inner is not None else path, node)
        if self.provenance and (a_point or key in ("value", "per_year")):
            changed = self.tree.node(path[:-1])
            assert changed is not None
            self.tree.put(path[:-1], _overridden(changed, keep_source=False))
        self.touched[path[:-1]] = edit.by

    def may_hold(self, path: Path, edit: Edit) -> bool:
        """Return whether the place above can hold this one, after noting what stands there if it cannot."""
        for length in range(len(path)):
            above = self.tree.node(path[:length])
            if above is None or above.value is UNREAD:
                return above is None
            if isinstance(above.value, dict):
                continue
            shape = shape_at(path[:length])
            if shape is not None and shape.number is not None and length == len(path) - 1:
                continue
            if isinstance(above.value, list):
                if self.tree.node(path[: length + 1]) is not None:
                    continue
                words, repair = "is a list", "write the whole list: it is replaced, not merged"
            else:
                words, repair = f"is {shown(above.plain)}", "replace it whole, or check the path"
            place = ".".join(path[:length])
            words = f"{place} {words}: it holds no {short(path[length])!r}"
            self.refuse("override_value", edit, path, words, repair)
            return False
        return True

    def create_above(self, path: Path, edit: Edit) -> None:
        """Make the maps that lead to a place and do not stand there yet."""
        for length in range(1, len(path)):
            shape = shape_at(path[:length])
            if shape is not None and shape.number is not None and length == len(path) - 1:
                return
            if not self.tree.is_container(path[:length]):
                if self.tree.node(path[:length]) is None:
                    self.created.setdefault(self.topmost(path[:length]), edit)
                self.touched[path[:length]] = edit.by
                self.tree.put(path[:length], edit.trail[length - 1]._replace(value={}))

    def topmost(self, path: Path) -> Path:
        """Return the shortest part of a new path that did not stand in the tree before."""
        node: Node | None = self.before
        for length, step in enumerate(path, 1):
            node = node.at((step,)) if node is not None else None
            if node is None:
                return path[:length]
        return path

    def refuse_half_made(self) -> None:
        """Note each new member that lacks what a member must have: likely a misspelt id."""
        looked = 0
        for path, edit in self.created.items():
            shape = shape_at(path)
            above = self.before.at(path[:-1])
            if shape is None or above is None or not isinstance(above.value, dict):
                continue
            node = self.tree.node(path)
            lacking = _lacking(node, shape) if node is not None and above.value else None
            if not lacking:
                continue
            if looked == MAX_LOOKED_UP:  # reading says what the others lack
                return
            looked += 1
            near = meant(path[-1], path[:-1], above.value)
            if near.startswith("did you mean"):
                message = f"{short(path[-1])!r} is new here, and a new one needs {'.'.join(lacking)}"
                self.refuse("override_path", edit, path, message, near)
                self.tree.remove(path)

    def operate(self, path: Path, edits: list[Edit]) -> None:
        """Scale one number, or add to it."""
        scales = [edit for edit in edits if edit.action == "scale"]
        additions = [edit for edit in edits if edit.action == "add"]
        if scales and additions:
            self.refuse(
                "case_conflict", additions[0], path, f"{scales[0].by} scales this and {additions[0].by} adds to it",
                "say both in one place: which comes first would matter",
            )  # fmt: skip
            return
        shape = shape_at(path)
        node = self.tree.node(path)
        assert node is not None
        for edit in edits:
            try:
                node = operated(node, shape, edit.action, edit.node, edit.by, self.provenance)
            except Unusable as error:
                self.refuse("override_value", edit, path, str(error), error.repair)
                return
        self.touched[path] = " and ".join(dict.fromkeys(edit.by for edit in edits))
        self.tree.put(path, node)

    def changes(self) -> tuple[Change, ...]:
        """Return what differs from before, once for each outermost place."""
        places = {self.topmost(path): by for path, by in self.touched.items()}
        found = []
        for path, by in places.items():
            old, new = self.before.at(path), self.tree.node(path)
            was, now = old.plain if old else None, new.plain if new else None
            if _is_map(old) and _is_map(new) and new is not None and new.value and not _is_number(path):
                continue  # a map on the way
            if was != now:
                found.append(Change(".".join(path), was, now, by))
        return tuple(found)


def _is_map(node: Node | None) -> bool:
    return node is not None and isinstance(node.value, dict)


def _is_empty(node: Node) -> bool:
    return isinstance(node.value, dict) and not node.value


def _goes_before(above: Edit, path: Path, edit: Edit) -> bool:
    """Return whether an override of a place above leaves room for one below: `debt: {}`, then what debt there is."""
    if not _is_empty(above.node):
        return False
    shape = shape_at(path[: len(above.path)])
    if shape is not None and shape.kind == "part":
        return True
    return above.by == edit.by or (above.by.startswith("--set") and edit.by.startswith("--set"))


def _is_number(path: Path) -> bool:
    shape = shape_at(path)
    return shape is not None and (shape.kind in ("number", "leaf") or shape.by_date)


def _is_field(path: Path) -> bool:
    """Return whether the schema has a field of this name here (not a member of a map)."""
    above: Shape | None = shape_at(path[:-1])
    return above is not None and above.kind == "part" and child(above, path[-1]) is not None


def _lacking(node: Node, shape: Shape) -> Path | None:
    """Return the path of the first field that must stand in or below a node and does not."""
    if not isinstance(node.value, dict):
        return None
    if shape.part is not None:
        for name, info in fields(shape.part).items():
            if info.is_required() and name not in node.value:
                return (name,)
    for key, below in node.value.items():
        inner = child(shape, key)
        lacking = _lacking(below, inner) if inner is not None else None
        if lacking:
            return (key, *lacking)
    return None


def _below_number(path: Path) -> bool:
    above = shape_at(path[:-1])
    known = path[-1] in RECORD_KEYS or path[-1] in PATH_KEYS or is_date_key(path[-1])
    return above is not None and above.number is not None and known


def _overridden(node: Node, keep_source: bool) -> Node:
    """Return a replacing number as a record with the source `override`, or with its own source where that is kept."""
    value = node.value
    source = Node("override", node.file, node.line, node.column)
    if not isinstance(value, dict) or "value" not in value:
        return node._replace(value={"value": node, "source": source})
    if keep_source and "source" in value:
        return node
    return node._replace(value={**value, "source": source})
