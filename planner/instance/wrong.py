"""What pydantic finds wrong with an instance, in our own words: each with its place in the file and its repair."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import ValidationError

from planner.instance.document import UNREAD, Node, short
from planner.instance.finding import Finding, Tally, did_you_mean
from planner.instance.parse import ParseError, parse_quantity
from planner.instance.suggest import meant
from planner.instance.walk import Shape, child, field_shape, fields, spec_shape
from planner.units import EXAMPLES


def note_all(
    error: ValidationError, tree: Node, above: tuple[str, ...], tally: Tally, first: int = 0
) -> None:
    """Note the errors that pydantic found in what stands at the path `above`; a list began at its member `first`."""
    if tally.full:
        tally.more += error.error_count()
        return
    for each in error.errors(include_url=False, include_input=False):
        start, *rest = each["loc"] or ("",)
        loc = (start + first if isinstance(start, int) else start, *rest) if each["loc"] else ()
        for finding in _translated(each, tree, (*above, *loc)):
            tally.add(finding)


def _translated(error: Any, tree: Node, loc: tuple[Any, ...]) -> Iterator[Finding]:
    """Yield the findings of one error of pydantic at the place `loc`."""
    kind: str = error["type"]
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
