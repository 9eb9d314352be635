"""The model as an LP or MPS file with names that a person and another solver can read."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pyomo.environ as pyo

from planner.errors import UsageError
from planner.files import write_atomic
from planner.solve.handover import HandOver, Key, hand_over
from planner.solve.highs import require_highs
from planner.solve.problem_file import write_file

_REFUSED = re.compile(r"[^A-Za-z0-9_.()\[\],/#@!]|[\[\]]")
LONGEST = 200  # characters: LP readers stop at 255


def export_model(model: pyo.ConcreteModel, path: Path | str, objective: str = "objective") -> Path:
    """Write `model` to `path` as its ending says (.lp, .mps) and return the path.

    Names read `signed_mw(oracle.shackelford,2027Q1)`; what a file cannot hold becomes `_`, and equal names get a
    number. The file appears whole or not at all.
    """
    require_highs()
    target = Path(path)
    if target.suffix not in (".lp", ".mps"):
        raise UsageError(f"cannot export to {target.name}", hint="name a file that ends in .lp or .mps")
    return write_atomic(target, model_text(hand_over(model, objective), target.suffix))


def model_text(handed: HandOver, suffix: str) -> bytes:
    """Return the content of the .lp or .mps file of a model."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        part = Path(folder) / f"model{suffix}"
        write_file(handed, _names(handed.columns), _names(handed.rows), part)
        return part.read_bytes()


def _names(keys: tuple[Key, ...]) -> list[str]:
    used: dict[str, int] = {}
    names = []
    for component, index in keys:
        name = _name(component, index)
        used[name] = used.get(name, 0) + 1
        names.append(name if used[name] == 1 else f"{name}#{used[name]}")
    return names


def _name(component: str, index: Any) -> str:
    parts = index if isinstance(index, tuple) else () if index is None else (index,)
    text = f"{component}({','.join(map(str, parts))})" if parts else component
    return _REFUSED.sub("_", text)[:LONGEST]
