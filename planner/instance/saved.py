"""What a written instance remembers beside its content: case, changes, rules switched off, own rules."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from planner.instance.document import Node
from planner.instance.finding import Finding
from planner.instance.overlay import Change


class SavedChange(BaseModel):
    """A change as it is written."""

    model_config = ConfigDict(extra="forbid", strict=True)

    path: str
    old: Any
    new: Any
    by: str


class SavedRule(BaseModel):
    """An own rule as it is written: its source is kept to be read, and is never run."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: str
    sentence: str
    source: str
    over: str


class Saved(BaseModel):
    """The key `saved` of a written instance."""

    model_config = ConfigDict(extra="forbid", strict=True)

    case: str = "base"
    cases: list[str] = []
    changes: list[SavedChange] = []
    rules_off: list[str] = []
    user_rules: list[SavedRule] = []

    def made(self) -> tuple[Change, ...]:
        """Return the changes as an instance holds them."""
        return tuple(Change(each.path, each.old, each.new, each.by) for each in self.changes)


def saved_in(node: Node | None) -> tuple[Saved, list[Finding]]:
    """Return what the key `saved` says, and what is wrong with it."""
    if node is None:
        return Saved(), []
    try:
        return Saved.model_validate(node.plain), []
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        path = ".".join(("saved", *(str(step) for step in first["loc"])))
        place = node.at(tuple(first["loc"])) or node
        repair = "remove the key `saved`: only the planner writes it"
        return Saved(), [Finding("wrong_type", "error", place.where, path, first["msg"], repair)]
