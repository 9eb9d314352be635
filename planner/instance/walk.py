"""The schema as shapes that can be walked by path: which fields stand where, and which numbers they take."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from planner.instance.fields import ParsedBy, QuantityField


@dataclass(frozen=True, slots=True)
class Shape:
    """What stands at a place: `part` (fields), `map` (ids or dates), `list`, `number` or `leaf` (anything else)."""

    kind: Literal["part", "map", "list", "number", "leaf"]
    part: type[BaseModel] | None = None
    inner: Shape | None = None
    number: QuantityField | None = None
    annotation: Any = None
    by_date: bool = False
    """A map whose keys are dates or ages, one value in the eyes of an override."""


@cache
def fields(part: type[BaseModel]) -> dict[str, FieldInfo]:
    """Return the fields of a part by the key that stands in the file."""
    return {info.alias or name: info for name, info in part.model_fields.items()}


@cache
def spec_shape() -> Shape:
    """Return the shape of a whole instance."""
    from planner.instance.schema import Spec

    return Shape("part", part=Spec)


def field_shape(info: FieldInfo) -> Shape:
    """Return the shape of a field."""
    return _shape(info.annotation, tuple(info.metadata))


@cache
def _children(part: type[BaseModel]) -> dict[str, Shape]:
    return {key: field_shape(info) for key, info in fields(part).items()}


def child(shape: Shape, key: str | int) -> Shape | None:
    """Return the shape of a child, or None when the schema has no such child."""
    if shape.kind == "part" and shape.part is not None:
        return _children(shape.part).get(str(key))
    return shape.inner if shape.kind in ("map", "list") else None


def shape_at(path: Iterable[str | int]) -> Shape | None:
    """Return the shape at a path of an instance; None where the schema has nothing of that name."""
    shape: Shape | None = spec_shape()
    for key in path:
        if shape is None:
            return None
        shape = child(shape, key)
    return shape


def _shape(annotation: Any, metadata: tuple[Any, ...] = ()) -> Shape:
    origin = get_origin(annotation)
    if origin is Annotated:
        inner, *more = get_args(annotation)
        return _shape(inner, (*metadata, *more))
    for each in metadata:
        if isinstance(each, QuantityField):
            return Shape("number", number=each, annotation=annotation)
        if isinstance(each, ParsedBy):
            return Shape("leaf", annotation=annotation, by_date=each.form in ("payments", "ramp"))
    if origin in (Union, UnionType):
        members = [each for each in get_args(annotation) if each is not NoneType]
        return _shape(members[0], metadata) if len(members) == 1 else Shape("leaf", annotation=annotation)
    if origin is dict:
        key, value = get_args(annotation)
        by_date = any(isinstance(each, ParsedBy) for each in get_args(key)[1:])
        return Shape("map", inner=_shape(value), annotation=annotation, by_date=by_date)
    if origin is tuple:
        return Shape("list", inner=_shape(get_args(annotation)[0]), annotation=annotation)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return Shape("part", part=annotation)
    return Shape("leaf", annotation=annotation)
