"""docs/model.md is what the register of rules says today."""

from __future__ import annotations

from planner.model.document import PATH, text
from planner.model.registry import families
from planner.model.variables import VARIABLES


def test_the_document_is_current() -> None:
    assert PATH.read_text(encoding="utf-8") == text(), "run python -m planner.model.document"


def test_every_rule_and_variable_is_in_it() -> None:
    written = text()
    assert all(f"### {one.name}\n" in written for one in families())
    assert all(f"| `{variable.name}` |" in written for variable in VARIABLES)
