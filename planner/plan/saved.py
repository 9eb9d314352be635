"""What `plan.json` must hold, strictly: user files are hostile until they are checked."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import Any, Literal, NoReturn

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from planner.plan.plan import Record

FORMAT = 2
MOST_DEPTH = 32
MOST_VALUES = 2_000_000


class SavedInstance(BaseModel):
    """Which instance it is."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: str
    case: str
    hash: str


class SavedPlan(BaseModel):
    """The content of `plan.json`: the record, and a digest of every other file of the plan."""

    model_config = ConfigDict(extra="forbid", strict=True)

    format: Literal[2]
    instance: SavedInstance
    record: Record
    files: dict[str, str]
    digest: str


def content_of(data: bytes) -> dict[str, Any]:
    """Return the content of a JSON file as plain data; ValueError for what is none, too deep, too big or not finite."""
    try:
        content = json.loads(data.decode("utf-8"), parse_constant=_no_number)
    except RecursionError as error:
        raise ValueError(f"it is nested deeper than {MOST_DEPTH} levels") from error
    _measure(content)
    if not isinstance(content, dict):
        raise ValueError("it is no JSON object")
    return content


def plan_of(data: bytes) -> SavedPlan:
    """Return the content of a `plan.json` whose plain data were taken already; ValueError names the first field."""
    try:
        saved = SavedPlan.model_validate_json(data)
        if not saved.record.proof:
            return saved
        # Here, since the audit reads plans and loads nothing of the solver.
        from planner.solve.proof import Proof

        proof = TypeAdapter(Proof).validate_json(json.dumps(saved.record.proof), strict=True)
        return saved.model_copy(update={"record": replace(saved.record, proof=proof.as_dict())})
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(step) for step in first["loc"])
        raise ValueError(f"{place}: {first['msg']}") from error


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word} is no number")


def _measure(content: Any) -> None:
    """Refuse what is deeper, bigger or less finite than a run record ever is."""
    open_ = [(content, 1)]
    values = 0
    while open_:
        value, depth = open_.pop()
        values += 1
        if depth > MOST_DEPTH:
            raise ValueError(f"it is nested deeper than {MOST_DEPTH} levels")
        if values > MOST_VALUES:
            raise ValueError(f"it has more than {MOST_VALUES:,} values")
        if isinstance(value, float) and not math.isfinite(value):
            raise ValueError("a number in it is not finite")
        children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        open_ += [(child, depth + 1) for child in children]
