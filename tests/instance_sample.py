"""A small valid instance, and one with every field of the schema, written with one field a line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel

from planner.instance.fields import ParsedBy, QuantityField
from planner.instance.instance import Instance
from planner.instance.reader import read
from planner.instance.schema import Spec
from planner.instance.walk import fields

TINY = """\
schema_version: 1
name: tiny
calendar: {start: 2026Q3, end: 2027Q4, step: quarter}
discount: {rate: 12%}
regions: {us: {facility_per_it: 1.3}}
workloads:
  training:
    demand_gw: {2026Q2: 0.1, 2027Q4: "200 MW", interpolate: linear, at: end}
    unserved_usd_bn_per_gw_year: {value: 15, low: 5, high: 30, source: x}
vendors:
  oracle:
    name: Oracle
    offers:
      abilene: {kind: cloud, region: us, chips: [gb300], price_usd_per_kw_month: 958, delivery_months: 12}
      shackelford: {kind: shell, site: s, delivery_months: {value: 18, low: 12, high: 24, source: CT26}}
  aws:
    offers:
      burst: {kind: on_demand, region: us, max_mw: 150, price_usd_per_kw_month: {2026: 1500, 2027: 1200}}
money:
  opening: {cash_usd_bn: 28}
  floor_usd_bn: {value: 10, low: 9, high: 12, source: S1, confidence: estimate}
  operating_cash_usd_bn_per_year: {2026: 16, 2027: 32}
"""


def read_text(folder: Path, text: str | bytes, name: str = "i.yaml", **options: Any) -> Instance:
    """Return the instance in a text."""
    file = folder / name
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return read(file, **options)


def sample(annotation: Any = Spec, metadata: tuple[Any, ...] = ()) -> Any:
    """Return a valid plain value of a type of the schema, with every field in it."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return sample(arguments[0], (*metadata, *arguments[1:]))
    for each in metadata:
        if isinstance(each, QuantityField):
            return valid_number(each)
        if isinstance(each, ParsedBy):
            return _FORMS[each.form]
    if origin is Literal:
        return arguments[0]
    if origin in (Union, UnionType):
        return sample(next(each for each in arguments if each is not NoneType))
    if origin is tuple:
        return [sample(arguments[0])]
    if origin is dict:
        return {str(sample(arguments[0])): sample(arguments[1])} if arguments[1] is not Any else {}
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return {
            key: sample(info.annotation, tuple(info.metadata)) for key, info in fields(annotation).items()
        }
    return {bool: True, str: "a.b" if any("\\." in str(each) for each in metadata) else "text"}[annotation]


_FORMS = {
    "date": "2027Q1", "date_key": "2027Q1", "age_key": "2", "payments": {"0": 0.5, "3-6": 0.5},
    "ramp": {"0": 0.5, "6": 1.0},
}  # fmt: skip


def valid_number(field: QuantityField) -> float:
    """Return a number that a field takes."""
    return max(field.low, min(field.high, max(1.0, field.suspicious_below or 0.0)))


Line = tuple[str, tuple[tuple[str, ...], ...]]


def written(plain: Any, indent: int = 0, path: tuple[str, ...] = ()) -> Iterator[Line]:
    """Yield the lines of a block-style YAML text, each with the paths of the values that start on it."""
    members = plain.items() if isinstance(plain, dict) else enumerate(plain)
    for key, value in members:
        start = " " * indent + (f"{key}:" if isinstance(plain, dict) else "-")
        here = (*path, str(key))
        if not isinstance(value, dict | list) or not value:
            yield f"{start} {_scalar(value)}", (here,)
        elif isinstance(plain, dict):
            yield start, (here,)
            yield from written(value, indent + 2, here)
        else:
            below = written(value, indent + 2, here)
            first, paths = next(below)
            yield f"{start} {first.lstrip()}", (here, *paths)
            yield from below


class Raw(str):
    """A scalar that is written without quotes."""


def _scalar(value: Any) -> str:
    if isinstance(value, Raw):
        return str(value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f'"{value}"'
    return "{}" if value == {} else "[]" if value == [] else repr(value)


def text_and_lines(plain: Any) -> tuple[str, dict[str, int]]:
    """Return the YAML text of a plain value and the line of each dotted path."""
    lines = list(written(plain))
    numbers = {".".join(path): number for number, (_, paths) in enumerate(lines, 1) for path in paths}
    return "".join(f"{line}\n" for line, _ in lines), numbers


def replaced(plain: Any, path: tuple[str, ...], value: Any) -> Any:
    """Return the plain value with another value at a path; `None` removes."""
    if not path:
        return value
    if isinstance(plain, list):
        return [
            replaced(each, path[1:], value) if str(n) == path[0] else each for n, each in enumerate(plain)
        ]
    changed = {
        key: replaced(each, path[1:], value) if key == path[0] else each for key, each in plain.items()
    }
    return {key: each for key, each in changed.items() if each is not None}
