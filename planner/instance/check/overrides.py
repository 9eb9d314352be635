"""Cases and branches that change nothing: the same value again, a part that never matters, the same as another."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from planner.instance.bodies import Edit, edits_in
from planner.instance.check.report import Report
from planner.instance.check.silence import silences
from planner.instance.check.silent import branches, changed, small
from planner.instance.document import Node
from planner.instance.finding import Finding
from planner.instance.instance import Instance
from planner.instance.parse import ParseError, parse_quantity
from planner.instance.validate import start_of
from planner.instance.walk import Shape, child, spec_shape

SWITCHED = ("limits", "crews", "logic")
"""Maps of the file whose members may be inactive; rounds too."""


def override_findings(report: Report) -> None:
    """Warn of overrides in cases and scenario branches that have no effect, and of two that are one."""
    instance = report.instance
    if instance.case == "base":
        bodies = {f"cases.{name}": body for name, body in instance.bodies.items()}
        _all_of(report, instance, bodies, "case")
    groups: dict[str, dict[str, Node]] = {}
    for path, body in branches(instance):
        groups.setdefault(path.split(".")[1], {})[path] = body
    for factor, some in groups.items():
        bare = len(instance.spec.scenarios[factor].branches) - len(some)
        _all_of(report, instance, some, "branch", bare=bare > 0)


def _all_of(
    report: Report, instance: Instance, bodies: dict[str, Node], word: str, bare: bool = False
) -> None:
    """Look at all cases, or all branches of one factor; `bare`: a branch without overrides is among them."""
    values = Values(instance)
    plain = "the file without it"
    known: dict[Any, str] = {frozenset(): plain}
    for path, body in bodies.items():
        edits = [edit for edit in edits_in(body, path) if "*" not in edit.path]
        starred = any("*" in edit.path for edit in edits_in(body, path))
        idle = [edit for edit in edits if values.stands(instance.tree, edit)]
        moved = frozenset((edit.path, edit.action, values.under(edit)) for edit in edits if edit not in idle)
        if starred:
            moved |= {((path,), "set", None)}  # not compared
        if moved in known and (word == "case" or bare or known[moved] != plain):
            words = f"the {word} is the same as {known[moved]}"
            report.add(Finding("same", "warning", body.where_key, path, words, "take it out"))
        else:
            report.add(*_edits(instance, path, body, edits, idle))
        known.setdefault(moved, path.removesuffix(".set"))
    if word == "case" and bodies and small(instance):
        before = {(each.code, each.path) for each in silences(instance)}
        for path, body in bodies.items():
            world = changed(instance, body, path)
            if world is not None:
                report.add(*_silent_now(world, path, body, before))


def _edits(
    instance: Instance, name: str, body: Node, edits: list[Edit], idle: list[Edit]
) -> Iterator[Finding]:
    """Overrides that set what stands there already, or something inside a part that is switched off."""
    woken = {
        ".".join(edit.path[:-1]) for edit in edits if edit.path[-1] == "active" and edit.node.plain is True
    }
    off = [place for place in _inactive(instance) if place not in woken]
    moved = {edit.path[:-1] for edit in edits if edit not in idle}
    for edit in edits:
        where = edit.trail[-1].where_key if edit.trail else body.where_key
        path, dotted = ".".join((name, *edit.path)), ".".join(edit.path)
        inside = next((place for place in off if dotted.startswith(f"{place}.")), None)
        if (
            edit in idle and edit.path[:-1] not in moved
        ):  # a part restated whole to change some of it is no slip
            yield Finding("same", "warning", where, path, "it sets what stands there already", "take it out")
        elif inside is not None and not dotted.endswith(".active") and edit not in idle:
            words = f"{inside} is not active, so it has no effect"
            yield Finding(
                "never", "warning", where, path, words, f"add {inside}.active: true, or take it out"
            )


def _inactive(instance: Instance) -> list[str]:
    """Paths of limits, crews, choices and rounds that are switched off."""
    spec = instance.spec
    off = [f"limits.{id_}" for id_, each in spec.limits.items() if not each.active]
    off += [f"crews.{id_}" for id_, each in spec.crews.items() if not each.active]
    off += [f"logic.{id_}" for id_, each in spec.logic.items() if not each.active]
    return off + [f"money.rounds.{id_}" for id_, each in spec.money.rounds.items() if not each.active]


def _silent_now(world: Instance, name: str, body: Node, before: set[tuple[str, str]]) -> Iterator[Finding]:
    """What never matters because of a case: at the override that makes it so."""
    edits = list(edits_in(body, name))
    for each in silences(world):
        if (each.code, each.path) in before or each.code == "unused":
            continue
        for edit in edits:
            dotted = ".".join(edit.path)
            if not (f"{each.path}.".startswith(f"{dotted}.") or dotted.startswith(f"{each.path}.")):
                continue
            if edit.action == "delete" or edit.node.plain in (0, False):
                break  # switched off on purpose
            where = edit.trail[-1].where_key if edit.trail else body.where_key
            path = f"{name}.{each.path}"
            yield Finding(each.code, "warning", where, path, each.message, each.repair)
            break


class Values:
    """What nodes say without where it comes from; a node that two trees share is read once."""

    def __init__(self, instance: Instance) -> None:
        self._start = start_of(instance.tree)
        self._known: dict[int, tuple[Node, Any]] = {}

    def of(self, node: Node, shape: Shape | None = None) -> Any:
        """Two nodes of one value mean the same to every plan."""
        held = self._known.get(id(node))
        if held is None:
            held = self._known[id(node)] = node, self._read(node, shape or spec_shape())
        return held[1]

    def _read(self, node: Node, shape: Shape) -> Any:
        if shape.number is not None:
            try:
                quantity = parse_quantity(node.plain, shape.number.kind, self._start)
            except ParseError:
                return repr(node.plain)
            if quantity.value is not None:
                return quantity.value
            return quantity.points, quantity.interpolate, quantity.per_year
        if shape.kind in ("part", "map") and isinstance(node.value, dict):
            inner = {key: child(shape, key) for key in node.value}
            said = [
                (key, self.of(node.value[key], below)) for key, below in inner.items() if below is not None
            ]
            return tuple(sorted(said, key=lambda pair: pair[0]))
        if shape.kind == "list" and isinstance(node.value, list) and shape.inner is not None:
            return tuple(self.of(below, shape.inner) for below in node.value)
        return repr(node.plain)

    def stands(self, tree: Node, edit: Edit) -> bool:
        """Whether an override says what stands in the tree already."""
        node = tree.at(edit.path)
        if edit.action in ("scale", "add"):
            return node is not None and edit.node.plain in ((1,) if edit.action == "scale" else (0,))
        if node is None or edit.action == "delete":
            return False
        return bool(self.of(node, _shape(edit)) == self.under(edit))

    def under(self, edit: Edit) -> Any:
        """What an override says."""
        if edit.action != "set":
            return repr(edit.node.plain)
        return self.of(edit.node, _shape(edit))


def _shape(edit: Edit) -> Shape:
    shape: Shape | None = spec_shape()
    for step in edit.path:
        shape = child(shape, step) if shape is not None else None
    return shape if shape is not None else Shape("leaf")
