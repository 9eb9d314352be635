"""From a file to an `Instance`: parse, merge what it extends, apply cases and overrides, validate."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from planner.instance.document import Refused, parse, read_text
from planner.instance.finding import error
from planner.instance.instance import Instance
from planner.instance.validate import validate


def read(path: str | Path, cases: Sequence[str] = (), sets: Sequence[str] = ()) -> Instance:
    """Return the instance in a YAML or JSON file with `cases` and `sets` (`path=value`) applied.

    Raises `InstanceError` with every finding, or `FileError` when the file cannot be read.
    """
    file = Path(path)
    shown = str(path)
    try:
        tree, findings = parse(read_text(file, shown), shown)
    except Refused as refusal:
        raise error([refusal.finding], shown) from refusal
    tree = (
        tree._replace(value={k: v for k, v in tree.value.items() if k != "cases"})
        if isinstance(tree.value, dict)
        else tree
    )
    spec, wrong = validate(tree)
    findings = [*findings, *wrong]
    if findings or spec is None:
        raise error(findings, shown)
    return Instance(spec=spec, tree=tree, path=file)
