"""The run folder of a solve without a plan: why there is none, for people and for programs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from planner.errors import InfeasibleError, NoPlan, UnboundedError
from planner.files import write_atomic

if TYPE_CHECKING:
    from planner.instance.instance import Instance

TEXT_FILE = "explanation.md"
DATA_FILE = "explanation.json"
MOST_BYTES = 4 * 1024 * 1024
MOST_SENTENCES = 1000
DEEPEST = 6
KINDS: dict[str, type[NoPlan]] = {
    "infeasible": InfeasibleError,
    "unbounded": UnboundedError,
    "no_plan": NoPlan,
}


def save_explanation(instance: Instance, error: NoPlan, folder: Path) -> None:
    """Write why there is no plan, and the instance used, into a run folder."""
    kind = next((name for name, one in KINDS.items() if type(error) is one), "no_plan")
    body = {
        "instance": {"name": instance.name, "case": instance.case, "hash": instance.hash}, "kind": kind,
        "message": error.message, "explanation": list(error.explanation), "details": error.details,
        "stopped_by": error.stopped_by, "hint": error.hint,
    }  # fmt: skip
    write_atomic(folder / TEXT_FILE, "\n".join(_lines(instance, error)) + "\n")
    write_atomic(folder / DATA_FILE, json.dumps(body, indent=1, default=str) + "\n")
    write_atomic(folder / "instance.json", instance.to_json())


def _lines(instance: Instance, error: NoPlan) -> Iterator[str]:
    """A heading, what is told on the screen, then every row that is missed."""
    yield f"# {instance.name} / {instance.case}: no plan"
    yield ""
    yield error.message
    yield ""
    yield from (f"- {sentence}" for sentence in error.explanation)
    rows = (error.details or {}).get("rows", ())
    if not rows:
        return
    yield from (
        "",
        "## Every row that is missed",
        "",
        "| rule | what it asks | missed by | unit |",
        "|---|---|---:|---|",
    )
    for row in rows:
        cells = (row["rule"], row["sentence"], f"{row['amount']:,.6g}", row["unit"])
        yield f"| {' | '.join(str(cell).replace('|', '/') for cell in cells)} |"


def refuse_without_plan(folder: Path) -> None:
    """Raise what the solve raised if its folder holds an explanation in place of a plan."""
    if (folder / "plan.json").exists():
        return
    where = str(folder)
    try:
        raw = (folder / DATA_FILE).read_bytes() if (folder / DATA_FILE).stat().st_size <= MOST_BYTES else b""
        body = json.loads(raw)
    except (OSError, ValueError, RecursionError):
        body = None
    if isinstance(body, dict):
        raise _error(body, where)
    try:
        with (folder / TEXT_FILE).open(encoding="utf-8", errors="replace") as file:
            lines = file.read(MOST_BYTES).splitlines()
    except OSError:
        return
    told = [line.removeprefix("- ") for line in lines if line and not line.startswith(("#", "|"))]
    raise NoPlan(
        _no_plan_here("it was solved without finding one"), explanation=told[:MOST_SENTENCES], where=where
    )


def _no_plan_here(message: str) -> str:
    return f"there is no plan in this folder: {message}"


def _error(body: Mapping[str, Any], where: str) -> NoPlan:
    told, details = body.get("explanation"), body.get("details")
    kind = KINDS.get(str(body.get("kind")), NoPlan)
    return kind(
        _no_plan_here(str(body.get("message", ""))[:500]),
        explanation=[str(each)[:2000] for each in told[:MOST_SENTENCES]] if isinstance(told, list) else (),
        details=_shallow(details, DEEPEST) if isinstance(details, dict) else None,
        where=where,
        hint=str(body["hint"])[:500] if body.get("hint") else None,
    )


def _shallow(value: Any, depth: int) -> Any:
    """What was saved, without anything that lies deeper than we ever write."""
    if isinstance(value, dict):
        return {str(key): _shallow(each, depth - 1) for key, each in value.items()} if depth else None
    if isinstance(value, list):
        return [_shallow(each, depth - 1) for each in value] if depth else None
    return value
