"""Plans on disk: one folder, csv for frames, JSON for the record, the instance as it was used."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd

from planner.errors import FileError
from planner.files import write_atomic
from planner.plan.plan import Plan, Record

PLAN_FILE = "plan.json"
INSTANCE_FILE = "instance.json"
LOG_FILE = "solver.log"
TABLES = "tables"
FORMAT = 1


def save_plan(plan: Plan, folder: Path) -> Path:
    """Write the plan into a folder, `plan.json` last, so that a folder with it is whole; return the folder."""
    for name, frame in plan.frames.items():
        write_atomic(folder / TABLES / f"{name}.csv", frame.to_csv(index=False, lineterminator="\n"))
    write_atomic(folder / INSTANCE_FILE, plan.instance.to_json())
    write_atomic(folder / LOG_FILE, plan.record.log)
    content = asdict(plan.record)
    content.pop("log")
    body = {
        "format": FORMAT,
        "instance": {
            "name": plan.instance.name,
            "case": plan.instance.case,
            "hash": plan.instance.hash,
        },
        "record": content,
        "tables": {name: _kinds(frame) for name, frame in plan.frames.items()},
    }
    write_atomic(folder / PLAN_FILE, json.dumps(body, indent=1, allow_nan=False, default=str) + "\n")
    return folder


def load_plan(folder: str | Path) -> Plan:
    """Read a saved plan; FileError says which file is missing or damaged."""
    from planner.instance.reader import read_saved

    place = Path(folder)
    body = _json(place / PLAN_FILE)
    if body.get("format") != FORMAT:
        raise FileError(
            f"this plan was saved in format {body.get('format')!r}",
            where=str(place / PLAN_FILE),
            hint=f"this version reads format {FORMAT}; solve the instance again",
        )
    try:
        record = dict(body["record"])
        record["history"] = tuple(tuple(point) for point in record["history"])
        for name in ("notes", "rules_off", "user_rules", "cut_by_clock"):
            record[name] = tuple(record[name])
        log_file = place / LOG_FILE
        log = log_file.read_text(encoding="utf-8") if log_file.exists() else ""
        _refuse_other_tables(body, place)
        frames = {
            name: _read(place / TABLES / f"{name}.csv", kinds) for name, kinds in body["tables"].items()
        }
        return Plan(read_saved(place / INSTANCE_FILE), Record(**record, log=log), frames, folder=place)
    except (KeyError, TypeError, ValueError, OSError) as error:
        raise FileError(
            f"the saved plan is damaged: {error}", where=str(place), hint="solve the instance again"
        ) from error


def _refuse_other_tables(body: dict[str, Any], place: Path) -> None:
    """Raise FileError when a table or column that this version reads was not yet saved."""
    from planner.plan.columns import FRAMES

    saved = body["tables"]
    lacking = [
        f"{name}.{column}"
        for name, (_, columns) in FRAMES.items()
        for column in columns
        if column not in saved.get(name, ())
    ]
    if lacking:
        raise FileError(
            f"this plan was saved by planner {body['record']['versions']['planner']} without {lacking[0]}",
            where=str(place),
            hint="solve the instance again",
        )


def _json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise FileError(
            f"cannot read a plan: {error.strerror}",
            where=str(path),
            hint="name the run folder that `planner solve` printed",
        ) from error
    except ValueError as error:
        raise FileError(
            f"not a saved plan: {error}", where=str(path), hint="solve the instance again"
        ) from error
    if not isinstance(content, dict):
        raise FileError("not a saved plan", where=str(path), hint="solve the instance again")
    return content


def _kinds(frame: pd.DataFrame) -> dict[str, str]:
    """Column: number, flag or text, in order."""
    kinds = {}
    for column in frame.columns:
        series = frame[column]
        if pd.api.types.is_bool_dtype(series):
            kinds[str(column)] = "flag"
        elif pd.api.types.is_numeric_dtype(series):
            kinds[str(column)] = "number"
        else:
            kinds[str(column)] = "text"
    return kinds


def _read(path: Path, kinds: dict[str, str]) -> pd.DataFrame:
    """A frame with the same values and kinds as saved: numbers round-trip exactly, empty text stays empty."""
    raw = pd.read_csv(path, dtype=str, keep_default_na=False, na_filter=False)
    if list(raw.columns) != list(kinds):
        raise ValueError(f"{path.name}: columns differ from {PLAN_FILE}")
    out = {}
    for column, kind in kinds.items():
        if kind == "number":
            out[column] = [float(text) if text else float("nan") for text in raw[column]]
        elif kind == "flag":
            out[column] = [text == "True" for text in raw[column]]
        else:
            out[column] = list(raw[column])
    return pd.DataFrame(out, columns=list(kinds))
