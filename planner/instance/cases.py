"""What can be said about overrides that are not applied: their words are the schema's, their numbers plausible."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from planner.instance.bodies import Edit, edits_in
from planner.instance.document import UNREAD, Node, short
from planner.instance.finding import Finding, Tally
from planner.instance.parse import PATH_KEYS, RECORD_KEYS, ParseError, is_date_key, parse_quantity
from planner.instance.suggest import meant
from planner.instance.walk import Shape, child, fields, spec_shape


def case_findings(cases: Mapping[str, Node], tree: Node) -> list[Finding]:
    """Return the errors in overrides, of cases and of all branches of scenarios, that show without applying them.

    Ids are not looked up: a case may change what another adds.
    """
    tally = Tally()
    for name, body in [*((f"cases.{name}", body) for name, body in cases.items()), *_branches(tree)]:
        for edit in edits_in(body, name):
            for finding in _edit_findings(edit, name, tally):
                tally.add(finding)
    return list(dict.fromkeys(tally.all(tree.file)))


def _branches(tree: Node) -> Iterator[tuple[str, Node]]:
    """Yield where the overrides of each branch stand, and the overrides."""
    for factor, node in _members(tree.at(("scenarios",))):
        for branch, body in _members(node.at(("branches",))):
            overrides = body.at(("set",))
            if overrides is not None:
                yield f"scenarios.{factor}.branches.{branch}.set", overrides


def _members(node: Node | None) -> list[tuple[str, Node]]:
    return list(node.value.items()) if node is not None and isinstance(node.value, dict) else []


def _edit_findings(edit: Edit, name: str, tally: Tally) -> Iterator[Finding]:
    shape: Shape | None = spec_shape()
    for index, step in enumerate(edit.path):
        assert shape is not None
        if shape.kind == "number":
            if (
                step not in RECORD_KEYS
                and step not in PATH_KEYS
                and not is_date_key(step)
                and not tally.skips()
            ):
                yield _unknown(edit, index, name, (*RECORD_KEYS, *PATH_KEYS))
            return
        above, shape = shape, child(shape, step)
        if shape is None:
            if above.kind == "part" and above.part is not None and not tally.skips():
                yield _unknown(edit, index, name, tuple(fields(above.part)))
            return
    assert shape is not None
    if shape.number is None or edit.action != "set" or edit.node.value is UNREAD:
        return
    try:
        parse_quantity(edit.node.plain, shape.number.kind)
    except ParseError as error:
        for problem in error.problems:
            if "`per_year` counts from no date" in problem.message:
                continue  # the start of the calendar is known when the case is applied
            place = edit.node.at(problem.below) or edit.node
            if place.value is UNREAD:
                continue
            path = ".".join((name, *edit.path, *problem.below))
            yield Finding(problem.code, "error", place.where, path, problem.message, problem.repair)


def _unknown(edit: Edit, index: int, name: str, known: tuple[str, ...]) -> Finding:
    step = edit.path[index]
    path = ".".join((name, *edit.path[: index + 1]))
    repair = meant(step, edit.path[:index], known) or "remove it"
    return Finding(
        "unknown_key", "error", edit.trail[index].where_key, path, f"unknown key {short(step)!r}", repair
    )
