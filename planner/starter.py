"""The starter instance: a small lab with one of everything, commented, that solves in a second."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from planner.errors import FileError
from planner.files import write_atomic


def starter_text() -> str:
    """Return the text of the starter instance."""
    return resources.files("planner").joinpath("starter.yaml").read_text(encoding="utf-8")


def write_starter(path: Path | str = "instance.yaml", *, force: bool = False) -> Path:
    """Write the starter instance to `path` and return it; `FileError` when the file exists, unless `force`."""
    target = Path(path)
    if target.exists() and not force:
        raise FileError(
            "the file exists", where=str(target), hint="choose another name, or --force to overwrite"
        )
    return write_atomic(target, starter_text())
