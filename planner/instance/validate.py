"""A tree of nodes as a `Spec`, or every finding with its place, in our own words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

from pydantic import ValidationError

from planner.instance.document import UNREAD, Node, short
from planner.instance.finding import Finding, did_you_mean
from planner.instance.parse import ParseError, parse_quantity, parse_when
from planner.instance.schema.spec import Spec
from planner.instance.suggest import meant
from planner.instance.walk import Shape, child, field_shape, fields, shape_at, spec_shape
from planner.units import EXAMPLES


def validate(tree: Node) -> tuple[Spec | None, list[Finding]]:
    """Return the spec of a merged tree and no findings, or None and all findings."""
    findings = list(_empty_values(tree, ()))
    try:
        spec = Spec.model_validate(tree.plain, context={"start": start_of(tree)})
    except ValidationError as error:
        for each in error.errors(include_url=False, include_input=False):
            findings.extend(_translated(each, tree))
        spec = None
    return (None if findings else spec), _sorted(_said_once(findings))


def _said_once(findings: list[Finding]) -> list[Finding]:
    """Return the findings without those for a missing field that stands there misspelt."""
    missing = {finding.path: finding for finding in findings if finding.code == "missing"}
    kept = []
    for finding in findings:
        above = finding.path.rpartition(".")[0]
        words = [word.strip("?,") for word in finding.repair.split()] if finding.code == "unknown_key" else []
        there = next((word for word in words if f"{above}.{word}".strip(".") in missing), None)
        if finding.repair.startswith("did you mean"):
            if there is not None:
                missing.pop(f"{above}.{there}".strip("."))
                finding = replace(finding, repair=f"did you mean {there}?")
            for word in words:  # the place elsewhere in the instance where the field belongs
                for length in range(1, word.count(".") + 2) if "." in word else ():
                    missing.pop(".".join(word.split(".")[:length]), None)
        kept.append(finding)
    return [finding for finding in kept if finding.code != "missing" or finding.path in missing]


def start_of(tree: Node) -> date | None:
    """Return the first day of the calendar where it is readable."""
    node = tree.at(("calendar", "start"))
    try:
        return parse_when(node.value).first if node is not None else None
    except ParseError:
        return None


def _sorted(findings: list[Finding]) -> list[Finding]:
    """Return the findings once each, in the order of the file."""

    def place(finding: Finding) -> tuple[str, int, int]:
        parts = finding.where.rsplit(":", 2)
        if len(parts) == 3 and parts[1].isdigit() and parts[2].isdigit():
            return parts[0], int(parts[1]), int(parts[2])
        return finding.where, 0, 0

    return sorted(dict.fromkeys(findings), key=place)


def _empty_values(node: Node, path: tuple[str, ...]) -> Iterator[Finding]:
    """Yield a finding for each key without a value; branches of scenarios may hold null, which deletes."""
    if len(path) == 5 and path[0] == "scenarios" and path[4] == "set":
        return
    if node.value is None:
        repair = "write a value, or remove the key"
        shape = shape_at(path)
        if shape is not None and shape.kind in ("map", "part"):
            repair = "write {} for none, or remove the key"
        yield Finding("empty", "error", node.where_key, ".".join(path), "no value", repair)
    elif isinstance(node.value, dict):
        for key, below in node.value.items():
            yield from _empty_values(below, (*path, key))
    elif isinstance(node.value, list):
        for index, below in enumerate(node.value):
            yield from _empty_values(below, (*path, str(index)))


def _translated(error: Any, tree: Node) -> Iterator[Finding]:
    """Yield the findings of one error of pydantic."""
    kind: str = error["type"]
    loc: tuple[Any, ...] = error["loc"]
    on_key = bool(loc) and loc[-1] == "[key]"
    path, node, shape, rest = _place(loc[:-1] if on_key else loc, tree)
    dotted = ".".join(path)
    if node.value is UNREAD:
        return  # said already, where it could not be read
    if "problems" in (error.get("ctx") or {}):
        for problem in error["ctx"]["problems"]:
            place = node.at(problem.below) or node
            if place.value is UNREAD:
                continue
            at_key = on_key or problem.code == "unknown_key"
            where = place.where_key if at_key else place.where
            below = ".".join((dotted, *problem.below))
            yield Finding(problem.code, "error", where, below, problem.message, problem.repair)
        return
    if node.value is None and kind != "missing":
        return  # said already: a key without a value
    if kind == "missing":
        name = str(rest[0] if rest else "")
        yield Finding(
            "missing", "error", node.where_key, f"{dotted}.{name}".strip("."), f"{name} is missing",
            _example(shape, name),
        )  # fmt: skip
    elif kind == "extra_forbidden":
        known = fields(above.part) if (above := _parent(path)) is not None and above.part is not None else ()
        yield Finding(
            "unknown_key", "error", node.where_key, dotted, f"unknown key {short(path[-1])!r}",
            meant(path[-1], path[:-1], known) or "remove it",
        )  # fmt: skip
    elif on_key or kind == "string_pattern_mismatch":
        word = short(path[-1] if on_key else str(node.value))
        repair = "ids are lower-case letters, digits and _, and start with a letter"
        if not on_key and "\\." in str((error.get("ctx") or {}).get("pattern", "")):
            repair = "write site.build or vendor.offer, each an id"
        where = node.where_key if on_key else node.where
        yield Finding("bad_id", "error", where, dotted, f"{word!r} is not an id", repair)
    else:
        yield _wrong_type(error, node, shape, dotted)


def _parent(path: tuple[str, ...]) -> Shape | None:
    shape: Shape | None = spec_shape()
    for key in path[:-1]:
        shape = child(shape, key) if shape is not None else None
    return shape


def _place(loc: tuple[Any, ...], tree: Node) -> tuple[tuple[str, ...], Node, Shape | None, tuple[Any, ...]]:
    """Return the path, node and shape that a location leads to, and the steps that lead nowhere."""
    node, shape = tree, spec_shape()
    path: tuple[str, ...] = ()
    here: Shape | None = shape
    for index, step in enumerate(loc):
        below = node.at((step,))
        if below is None:
            return path, node, here, loc[index:]
        node, path = below, (*path, str(step))
        here = child(here, step) if here is not None else None
    return path, node, here, ()


def _example(shape: Shape | None, name: str) -> str:
    """Return how to add the missing field `name`."""
    info = fields(shape.part).get(name) if shape is not None and shape.part is not None else None
    if info is None:
        return f"add `{name}:`"
    inner = field_shape(info)
    meaning = f" ({info.description})" if info.description else ""
    if inner.number is not None:
        return f"add `{name}:` with {EXAMPLES[inner.number.unit]}{meaning}"
    return f"add `{name}:`{meaning}"


_EXPECTED = {
    "model_type": ("a map of fields", "write `key: value` lines below it"),
    "model_attributes_type": ("a map of fields", "write `key: value` lines below it"),
    "dict_type": ("a map", "write `key: value` lines below it, or {} for none"),
    "tuple_type": ("a list", "write [one, two]"),
    "string_type": ("text", "put it in quotes"),
    "bool_type": ("true or false", "write true or false"),
}


def _wrong_type(error: Any, node: Node, shape: Shape | None, dotted: str) -> Finding:
    kind: str = error["type"]
    stands = _stands(node)
    if kind == "literal_error":
        words = str(error["ctx"]["expected"]).replace("'", "")
        value = str(node.value)
        near = did_you_mean(value, words.replace(" or ", ", ").split(", "))
        repair = near if near.startswith("did you mean") else f"write {words}"
        return Finding("choice", "error", node.where, dotted, f"{stands} is not allowed here", repair)
    if kind == "string_too_long":
        return Finding("too_large", "error", node.where, dotted, "a text longer than 10 kB", "shorten it")
    expected, repair = _EXPECTED.get(kind, ("", ""))
    if shape is not None and shape.kind == "part" and not isinstance(node.value, dict | list):
        repair = _as_a_field(node, shape, dotted) or repair
    if kind == "tuple_type" and isinstance(node.value, dict) and 0 < len(node.value) <= 3:
        repair = f"write [{', '.join(short(key) for key in node.value)}]"
    message = f"{stands} stands where {expected} belongs" if expected else f"{stands}: {error['msg']}"
    return Finding("wrong_type", "error", node.where, dotted, message, repair)


def _as_a_field(node: Node, shape: Shape, dotted: str) -> str:
    """Return how to write a value that stands where a part belongs into its one field that takes it, or nothing."""
    if shape.part is None:
        return ""
    takes = [
        name for name in fields(shape.part) if (inner := child(shape, name)) and _takes(inner, node.value)
    ]
    must = [name for name in takes if fields(shape.part)[name].is_required()]
    names = must or takes
    last = dotted.rpartition(".")[2]
    return f"write {last}: {{{names[0]}: {short(str(node.value))}}}" if len(names) == 1 else ""


def _takes(shape: Shape, value: Any) -> bool:
    if shape.number is None:
        return False
    try:
        parse_quantity(value, shape.number.kind)
    except ParseError:
        return False
    return True


def _stands(node: Node) -> str:
    value = node.value
    if isinstance(value, dict):
        return "a map"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(short(value)) if isinstance(value, str) else f"{value}"
