"""Plans on disk: one folder, csv for frames, JSON for the record, the instance as it was used, all under one seal."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from planner.errors import FileError, PlannerError
from planner.files import write_atomic
from planner.plan.checkpoint import refuse_unfinished
from planner.plan.columns import FRAMES
from planner.plan.no_plan import refuse_without_plan
from planner.plan.plan import Plan
from planner.plan.saved import FORMAT, content_of, plan_of
from planner.plan.seal import digest_of, is_sealed, sealed
from planner.plan.tables import from_csv, path_of, to_csv

if TYPE_CHECKING:
    from planner.instance.instance import Instance

PLAN_FILE = "plan.json"
INSTANCE_FILE = "instance.json"
LOG_FILE = "solver.log"
MOST_BYTES = 128 * 1024 * 1024
"""Of any file of a plan that is read."""
AGAIN = "solve the instance again"


def save_plan(plan: Plan, folder: Path) -> Path:
    """Write the plan into a folder, `plan.json` last, so that a folder with it is whole; return the folder."""
    files = {str(path_of(name).as_posix()): to_csv(frame) for name, frame in plan.frames.items()}
    files[INSTANCE_FILE] = plan.instance.to_json().encode("utf-8")
    files[LOG_FILE] = plan.record.log.encode("utf-8")
    for name, data in files.items():
        write_atomic(folder / name, data)
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
        "files": {name: digest_of(data) for name, data in files.items()},
    }
    plain = json.loads(json.dumps(body, allow_nan=False, default=str))
    write_atomic(folder / PLAN_FILE, json.dumps(sealed(plain), indent=1, allow_nan=False) + "\n")
    return folder


def load_plan(folder: str | Path) -> Plan:
    """Read a saved plan.

    NoPlan where the folder says why there is none. FileError where a file is missing, damaged, or not what was saved;
    it names the file. What a seal cannot see (a changed plan that was sealed again) is for the audit to find.
    """
    place = Path(folder)
    refuse_without_plan(place)
    refuse_unfinished(place)
    with _damage_of(place / PLAN_FILE):
        data = _bytes(place / PLAN_FILE, "name the run folder that `planner solve` printed")
        body = content_of(data)
        _refuse_other_format(body, place)
        saved = plan_of(data)
        if not is_sealed(body):
            raise ValueError("it is not what was saved: its digest is another")
        if set(saved.files) != {INSTANCE_FILE, LOG_FILE, *(path_of(name).as_posix() for name in FRAMES)}:
            raise ValueError("it does not list the files of a plan")
    frames = {}
    for name in FRAMES:
        with _damage_of(place / path_of(name)):
            frames[name] = from_csv(name, _sealed_bytes(place, path_of(name).as_posix(), saved.files))
    with _damage_of(place / LOG_FILE):
        log = _sealed_bytes(place, LOG_FILE, saved.files).decode("utf-8")
    instance = _instance(place, saved.files)
    if (instance.name, instance.case, instance.hash) != tuple(saved.instance.model_dump().values()):
        raise FileError(
            "the saved plan is damaged: it was made for another instance than the one beside it",
            where=str(place / INSTANCE_FILE),
            hint=AGAIN,
        )
    return Plan(instance, replace(saved.record, log=log), frames, folder=place)


def _instance(place: Path, files: dict[str, str]) -> Instance:
    from planner.instance.reader import read_saved

    with _damage_of(place / INSTANCE_FILE):
        _sealed_bytes(place, INSTANCE_FILE, files)
        try:
            return read_saved(place / INSTANCE_FILE)
        except PlannerError as error:
            raise ValueError(f"the instance beside it cannot be read: {error.message}") from error


@contextmanager
def _damage_of(path: Path) -> Iterator[None]:
    """Let whatever a file of hostile content may raise come back as one error that names the file."""
    try:
        yield
    except FileError:
        raise
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError, MemoryError) as error:
        why = str(error).split("\n")[0][:300] or type(error).__name__
        raise FileError(
            f"the saved plan is damaged: {path.name}: {why}", where=str(path), hint=AGAIN
        ) from error


def _sealed_bytes(place: Path, name: str, files: dict[str, str]) -> bytes:
    data = _bytes(place / name, AGAIN)
    if digest_of(data) != files[name]:
        raise ValueError("it is not what was saved: its digest is another")
    return data


def _bytes(path: Path, hint: str) -> bytes:
    try:
        if not path.is_file() and path.exists():
            raise FileError("cannot read a plan: no ordinary file", where=str(path), hint=hint)
        with open(path, "rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise FileError(f"cannot read a plan: {error.strerror}", where=str(path), hint=hint) from error
    if len(data) > MOST_BYTES:
        raise FileError(
            f"cannot read a plan: more than {MOST_BYTES // 2**20} MiB", where=str(path), hint=AGAIN
        )
    return data


def _refuse_other_format(body: dict[str, Any], place: Path) -> None:
    """Raise FileError for the folder of another version of planner."""
    if body.get("format") == FORMAT:
        return
    record = body.get("record")
    versions = record.get("versions") if isinstance(record, dict) else None
    version = versions.get("planner") if isinstance(versions, dict) else None
    by = f" by planner {str(version)[:20]}" if version is not None else ""
    raise FileError(
        f"this plan was saved{by} in format {str(body.get('format'))[:20]}",
        where=str(place / PLAN_FILE),
        hint=f"this version reads format {FORMAT}; {AGAIN}",
    )
