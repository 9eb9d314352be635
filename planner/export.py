"""An instance for other tools: its model as LP or MPS, its numbers as csv, itself as JSON."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from planner.errors import FileError, UsageError
from planner.files import write_atomic

if TYPE_CHECKING:
    from planner.instance.instance import Instance

FORMATS = ("lp", "mps", "csv", "json")
COLUMNS = ("path", "date", "value", "unit", "low", "high", "source", "as_of", "confidence", "note")


def export(instance: Instance, path: Path | str, form: str, *, force: bool = False) -> Path:
    """Write `instance` to `path` as `form` (lp, mps, csv, json) and return the path.

    lp and mps: the model that `solve` would hand over, every decision and rule by its name. csv: a row for every
    number of the instance (a row a date for a path in time) with unit, range and source. json: the instance after
    `extends`, cases and overrides, readable again. `FileError` when the file exists, unless `force`.
    """
    target = Path(path)
    if form not in FORMATS:
        raise UsageError(f"cannot export as {form!r}", hint=f"one of {', '.join(FORMATS)}")
    if target.exists() and not force:
        raise FileError(
            "the file exists", where=str(target), hint="choose another name, or --force to overwrite"
        )
    if form == "json":
        return write_atomic(target, instance.to_json())
    if form == "csv":
        return write_atomic(target, numbers_csv(instance))
    return _export_model(instance, target, form)


def _export_model(instance: Instance, target: Path, form: str) -> Path:
    from planner.data.prepare import prepare
    from planner.model import build
    from planner.solve.export import model_text
    from planner.solve.handover import hand_over

    model = build(prepare(instance), instance.rules_off, instance.user_rules)
    return write_atomic(target, model_text(hand_over(model, "objective"), f".{form}"))


def numbers_csv(instance: Instance) -> str:
    """Return every number of the instance as csv text."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in numbers(instance.spec, ()):
        writer.writerow([_tame(cell) for cell in row])
    return text.getvalue()


def numbers(value: Any, path: tuple[str, ...]) -> Iterator[tuple[Any, ...]]:
    """Yield a row as `COLUMNS` for every number at and below a place of the instance."""
    from pydantic import BaseModel

    from planner.instance.quantity import Quantity

    if isinstance(value, Quantity):
        origin = value.provenance
        told = (
            value.unit,
            origin.low,
            origin.high,
            origin.source,
            origin.as_of,
            origin.confidence,
            origin.note,
        )
        points: tuple[tuple[date | str, float], ...] = value.points
        if value.value is not None:
            points = (("", value.value),)
        for day, number in points:
            yield (".".join(path), str(day), number, *told)
    elif isinstance(value, BaseModel):
        for name, field in type(value).model_fields.items():
            yield from numbers(getattr(value, name), (*path, field.alias or name))
    elif isinstance(value, dict):
        for key, child in value.items():
            yield from numbers(child, (*path, str(key)))
    elif isinstance(value, (list, tuple)):
        for position, child in enumerate(value):
            yield from numbers(child, (*path, str(position)))
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        yield (".".join(path), "", value, "", *[None] * 6)


def _tame(cell: Any) -> Any:
    """Return the cell so that a spreadsheet shows it and never runs it."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell
