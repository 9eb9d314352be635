"""JSON Schema of the instance file, for editors (`# yaml-language-server: $schema=...`) and other programs.

It is looser than the reader where JSON Schema has no words for a rule: kinds of units, sums of shares, ids that exist.
"""

from __future__ import annotations

import re
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, StringConstraints

from planner.instance.document import MAX_TEXT_BYTES
from planner.instance.fields import ParsedBy, QuantityField
from planner.instance.parse import CONFIDENCE, INTERPOLATE
from planner.instance.walk import fields
from planner.units import EXAMPLES

DRAFT = "https://json-schema.org/draft/2020-12/schema"
DATE = r"^\d{4}(Q[1-4]|H[12]|-\d{2}(-\d{2})?)?$"
_MONTHS = r"^\d+(\.\d+)?(\s*-\s*\d+(\.\d+)?)?$"

Json = dict[str, Any]

_DATE: Json = {
    "anyOf": [{"type": "string", "pattern": DATE}, {"type": "integer", "minimum": 1990, "maximum": 2199}]
}
_TEXT: Json = {"type": "string", "maxLength": MAX_TEXT_BYTES}
_WITH_UNIT: Json = {"type": "string", "minLength": 1, "maxLength": 100}
_SCALAR: Json = {"anyOf": [{"type": "number"}, _WITH_UNIT]}
_PROVENANCE: Json = {
    "source": _TEXT, "as_of": _DATE, "confidence": {"enum": list(CONFIDENCE)}, "note": _TEXT,
    "plausible": {"type": "boolean", "description": "true: outside the usual range, and meant"},
}  # fmt: skip
_OVER_TIME: Json = {"interpolate": {"enum": list(INTERPOLATE)}, "at": {"enum": ["start", "end"]}}


def schema() -> Json:
    """Return the JSON Schema of a whole instance file, with `extends` and `cases`."""
    from planner.instance.schema import Spec

    parts: Json = {"column": _column(), "payments": _payments(), "ramp": _ramp()}
    whole = _part(Spec, parts)
    whole["properties"] |= {
        "extends": {"type": "string", "description": "one file below this one, in the same folder"},
        "cases": {
            "type": "object",
            "description": "named sets of overrides: nested maps or dotted keys; {scale: x}, {add: x}, null deletes",
            "additionalProperties": {"type": ["object", "null"]},
        },
        "saved": {"type": "object", "description": "written by the planner"},
    }
    # A file that extends another changes parts of it: what it leaves out, and `null`, cannot be judged here.
    complete = {key: whole.pop(key) for key in ("properties", "required")}
    names = dict.fromkeys(complete["properties"], True)
    return {
        "$schema": DRAFT,
        "title": "Instance of the planner",
        **whole,
        "properties": names,
        "if": {"required": ["extends"]},
        "then": {},
        "else": complete,
        "$defs": dict(sorted(parts.items())),
    }


def _part(part: type[BaseModel], parts: Json) -> Json:
    """Return the schema of the fields of a part; schemas that are shared go to `parts`."""
    properties = {}
    for key, info in fields(part).items():
        form = _form(info.annotation, tuple(info.metadata), parts)
        properties[key] = {**form, "description": info.description} if info.description else form
    required = [key for key, info in fields(part).items() if info.is_required()]
    known: Json = {"type": "object", "properties": properties, "additionalProperties": False}
    return {**known, "required": required} if required else known


def _form(annotation: Any, metadata: tuple[Any, ...], parts: Json) -> Json:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _form(arguments[0], (*metadata, *arguments[1:]), parts)
    for each in metadata:
        if isinstance(each, QuantityField):
            return _shared(
                f"number {each.unit} {each.low:g}..{each.high:g}{' over time' * each.path}", each, parts
            )
        if isinstance(each, ParsedBy):
            return {"$ref": f"#/$defs/{each.form}"} if each.form in parts else _DATE
        if isinstance(each, StringConstraints) and each.pattern:
            return {"type": "string", "pattern": str(each.pattern)}
    if origin is Literal:
        return {"enum": list(arguments)}
    if origin in (Union, UnionType):
        members = [_form(each, (), parts) for each in arguments if each is not NoneType]
        return members[0] if len(members) == 1 else {"anyOf": members}
    if origin is tuple:
        listed: Json = {"type": "array", "items": _form(arguments[0], (), parts)}
        return {"anyOf": [listed, listed["items"]]} if metadata else listed
    if origin is dict:
        keys = _key_pattern(arguments[0])
        value = _form(arguments[1], (), parts) if arguments[1] is not Any else {}
        return {
            "type": "object",
            "additionalProperties": value,
            **({"propertyNames": {"pattern": keys}} if keys else {}),
        }
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        name = annotation.__name__
        if name not in parts:
            parts[name] = {}
            parts[name] = {
                **_part(annotation, parts),
                "description": (annotation.__doc__ or "").split("\n")[0],
            }
        return {"$ref": f"#/$defs/{name}"}
    return {"type": "boolean"} if annotation is bool else dict(_TEXT)


def _key_pattern(annotation: Any) -> str | None:
    for each in get_args(annotation)[1:]:
        if isinstance(each, StringConstraints) and each.pattern:
            return str(each.pattern)
        if isinstance(each, ParsedBy):
            return DATE if each.form == "date_key" else r"^\d+(\.\d+)?$"
    return None


def _shared(name: str, field: QuantityField, parts: Json) -> Json:
    """Return a reference to the schema of a number, made when it is first asked for."""
    key = re.sub(r"[^A-Za-z0-9.+-]+", "_", name)
    parts.setdefault(key, quantity_form(field))
    return {"$ref": f"#/$defs/{key}"}


def quantity_form(field: QuantityField) -> Json:
    """Return the JSON Schema of a number in its unit: plain, with a unit, as a record, and over time where allowed."""
    plain: Json = {"type": "integer" if field.whole else "number"}
    usual = {**plain, "minimum": field.low, "maximum": field.high}
    forms: list[Json] = [usual, _WITH_UNIT, _record({"anyOf": [plain, _WITH_UNIT]}, field.path)]
    if field.path:
        path = {
            "type": "object",
            "properties": {**_OVER_TIME, "per_year": _SCALAR},
            "patternProperties": {DATE: _SCALAR},
            "additionalProperties": False,
        }
        column: Json = {"$ref": "#/$defs/column"}
        forms += [path, column, _record({"anyOf": [path, column]}, False)]
    return {"anyOf": forms, "description": f"{field.unit}: {EXAMPLES[field.unit]}"}


def _record(value: Json, grows: bool) -> Json:
    properties: Json = {"value": value, "low": _SCALAR, "high": _SCALAR, **_PROVENANCE}
    if grows:
        properties |= {"from": _DATE, "per_year": _SCALAR}
    return {"type": "object", "properties": properties, "required": ["value"], "additionalProperties": False}


def _column() -> Json:
    names = {"csv": {"type": "string"}, "column": {"type": "string"}, "date_column": {"type": "string"}}
    return {
        "type": "object",
        "description": "a column of a csv file beside this one; the first column has the dates",
        "properties": {**names, **_OVER_TIME},
        "required": ["csv", "column"],
        "additionalProperties": False,
    }


def _payments() -> Json:
    return {
        "type": "object",
        "description": "share of the price by months from the decision, e.g. {0: 0.2, 0-12: 0.8}",
        "properties": {"from": {"enum": ["decision", "delivery"]}},
        "patternProperties": {_MONTHS: _SCALAR},
        "additionalProperties": False,
    }


def _ramp() -> Json:
    return {
        "type": "object",
        "description": "cumulative share delivered, by months after the first delivery or by date; ends at 1",
        "patternProperties": {_MONTHS: _SCALAR, DATE: _SCALAR},
        "additionalProperties": False,
    }
