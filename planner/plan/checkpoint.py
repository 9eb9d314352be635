"""The best plan of a solve that has not ended: one small file, written again as better plans are found.

A folder `<run name>.unfinished` beside the run folders holds the instance used and the file. It goes when the run
folder appears; after a kill it stays, and `planner resume` takes it up.
"""

from __future__ import annotations

import contextlib
import json
import math
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from planner.errors import FileError, UsageError
from planner.files import run_folder, write_atomic
from planner.owner import is_alive, own_mark

if TYPE_CHECKING:
    from planner.instance.instance import Instance
    from planner.solve.candidate import Candidate

CHECKPOINT_SECONDS = 10.0
"""A plan that is this old and not yet on disk is written; a solve that ends sooner writes nothing."""
CHECKPOINT_FILE = "checkpoint.json"
INSTANCE_FILE = "instance.json"
SUFFIX = ".unfinished"
FORMAT = 1
MOST_BYTES = 256 * 2**20
README = """This solve has not ended, or it was ended from outside. The best plan that it had found is kept here.

planner resume FOLDER                  goes on from it
planner resume FOLDER --time-limit 0   saves it as it is, audited, with its report
"""


class Keeper:
    """Writes the plans of one solve to disk as they turn up. Failing to is noted, and never ends the solve."""

    def __init__(self, place: str | Path | None) -> None:
        self.place = None if place is None else Path(place)
        self.folder: Path | None = None
        self.notes: list[str] = []
        self._instance: Instance | None = None
        self._body: dict[str, Any] = {}
        self._name = ""
        self._best: Candidate | None = None
        self._unsaved_since: float | None = None
        self._began = time.monotonic()
        self._made_place = False
        self._closed = False

    def begin(self, instance: Instance, options: Mapping[str, Any], name: str) -> None:
        """Say what is being solved; `name` is the one that the run folder will have."""
        from planner.versions import versions

        self._instance, self._name, self._began = instance, name, time.monotonic()
        self._body = {
            "format": FORMAT,
            "planner": versions()["planner"],
            "owner": own_mark(),
            "instance": {"name": instance.name, "case": instance.case, "hash": instance.hash},
            "options": dict(options),
        }

    def __call__(self, candidate: Candidate) -> None:
        """Take note of the best plan so far; write it when it has waited long enough."""
        now = time.monotonic()
        if self._best is None or candidate.values is not self._best.values:
            self._best = candidate
            self._unsaved_since = now if self._unsaved_since is None else self._unsaved_since
        self.write_when_due()

    def write_when_due(self) -> None:
        """Write the best plan when it has waited long enough."""
        since = self._unsaved_since
        if since is not None and time.monotonic() - since >= CHECKPOINT_SECONDS:
            self.write()

    def settle(self, candidate: Candidate) -> None:
        """Take note of the last plan; after a long solve write it, since what follows may be long too."""
        self(candidate)
        if self._unsaved_since is not None and time.monotonic() - self._began >= CHECKPOINT_SECONDS:
            self.write()

    def write(self) -> Path | None:
        """Write the best plan now and return its folder, None where there is none or it cannot be written."""
        if self._closed or self._best is None or self.place is None or self._instance is None:
            return None
        if self._unsaved_since is None:
            return self.folder
        try:
            self._write(self._best, self._instance, self.place)
        except (OSError, FileError) as error:
            self._unsaved_since = time.monotonic()  # tried again later: the disk may be free by then
            note = f"the plan could not be kept on disk while the solve went on: {error}"
            if note not in self.notes:
                self.notes.append(note)
            return None
        self._unsaved_since = None
        return self.folder

    def _write(self, best: Candidate, instance: Instance, place: Path) -> None:
        body = self._body | {
            "written": datetime.now(UTC).isoformat(timespec="seconds"),
            "seconds": best.seconds,
            "cost_usd_m": _finite(best.cost),
            "bound_usd_m": _finite(best.bound),
            "decisions": [
                [variable, list(index) if isinstance(index, tuple) else index, amount]
                for (variable, index), amount in best.decided().items()
            ],
        }
        text = json.dumps(body, allow_nan=False, separators=(",", ":")) + "\n"
        if self.folder is not None and (self.folder / INSTANCE_FILE).exists():
            write_atomic(self.folder / CHECKPOINT_FILE, text)
            return
        self._made_place = self._made_place or not place.exists()
        with run_folder(place, self._name + SUFFIX) as folder:
            write_atomic(folder.path / INSTANCE_FILE, instance.to_json())
            write_atomic(folder.path / "README.txt", README)
            write_atomic(folder.path / CHECKPOINT_FILE, text)
        self.folder = folder.path

    def remove(self) -> None:
        """Remove what was written: the plan is saved or delivered."""
        self._closed = True
        if self.folder is not None:
            shutil.rmtree(self.folder, ignore_errors=True)
        if self._made_place and self.place is not None:
            with contextlib.suppress(OSError):
                self.place.rmdir()  # only when it is empty


def _finite(number: float | None) -> float | None:
    return number if number is not None and math.isfinite(number) else None


@dataclass(frozen=True)
class Checkpoint:
    """The best plan of a solve that has not ended, as it stands on disk. Another solve can start from it."""

    folder: Path
    instance: Instance
    options: Mapping[str, Any]
    seconds: float
    """Of solving, until it was found."""
    cost_usd_m: float | None
    bound_usd_m: float | None
    written: str
    owner: str
    start: Mapping[tuple[str, Any], float] = field(repr=False)
    """{(variable, index): amount} of what is not zero."""

    @property
    def in_use(self) -> bool:
        """Whether the solve that writes it still runs, as far as can be known from here."""
        return is_alive(self.owner) is True


def is_checkpoint(folder: str | Path) -> bool:
    """Return whether a folder holds an unfinished solve."""
    return (Path(folder) / CHECKPOINT_FILE).is_file()


def unfinished(place: str | Path) -> list[Path]:
    """Return the folders of unfinished solves in a folder, those of running ones left out, by name."""
    found = []
    with contextlib.suppress(OSError):
        for path in sorted(Path(place).iterdir()):
            if SUFFIX in path.name and is_checkpoint(path):
                with contextlib.suppress(FileError, ValueError):
                    if is_alive(str(_body_in(path).get("owner"))) is not True:
                        found.append(path)
    return found


def load_checkpoint(folder: str | Path) -> Checkpoint:
    """Read an unfinished solve; FileError says which file is missing or damaged, and where unfinished ones are."""
    from planner.instance.reader import read_saved

    place = Path(folder)
    if not is_checkpoint(place):
        others = unfinished(place) or unfinished(place.parent)
        hint = (
            "unfinished solves: " + ", ".join(map(str, others[:10])) if others else "none is unfinished here"
        )
        raise FileError("no unfinished solve", where=str(folder), hint=hint)
    body = _body_in(place)
    if body.get("format") != FORMAT:
        hint = f"this version reads format {FORMAT}; solve the instance again"
        raise FileError(f"kept in format {body.get('format')!r}", where=str(place), hint=hint)
    try:
        found = Checkpoint(
            folder=place,
            instance=read_saved(place / INSTANCE_FILE),
            options=_options(body["options"]),
            seconds=_number(body["seconds"]),
            cost_usd_m=_number_or_none(body["cost_usd_m"]),
            bound_usd_m=_number_or_none(body["bound_usd_m"]),
            written=str(body["written"]),
            owner=str(body["owner"]),
            start=dict(_decision(row) for row in body["decisions"]),
        )
        if body["instance"]["hash"] != found.instance.hash:
            raise ValueError(f"{INSTANCE_FILE} is another instance than the one that was solved")
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise _damaged(place, error) from error
    return found


def _body_in(place: Path) -> dict[str, Any]:
    path = place / CHECKPOINT_FILE
    try:
        if path.stat().st_size > MOST_BYTES:
            raise ValueError(f"larger than {MOST_BYTES // 2**20} MiB")
        body = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise _damaged(place, error) from error
    except OSError as error:
        raise FileError(f"cannot read it: {error.strerror}", where=str(path)) from error
    if not isinstance(body, dict):
        raise _damaged(place, ValueError("no map"))
    return body


def _damaged(place: Path, error: BaseException) -> FileError:
    return FileError(
        f"the unfinished solve is damaged: {str(error)[:200]}",
        where=str(place),
        hint="solve the instance again",
    )


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"{str(value)[:40]!r} is no finite number")
    return float(value)


def _number_or_none(value: Any) -> float | None:
    return None if value is None else _number(value)


def _options(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError("options are no map")
    return value


def _decision(row: Any) -> tuple[tuple[str, Any], float]:
    variable, index, amount = row
    if not isinstance(variable, str):
        raise ValueError(f"{str(variable)[:40]!r} is no variable")
    parts = index if isinstance(index, list) else [index]
    if not all(part is None or isinstance(part, str | int | float) for part in parts):
        raise ValueError(f"{str(index)[:40]!r} is no index")
    return (variable, tuple(index) if isinstance(index, list) else index), _number(amount)


def refuse_running(checkpoint: Checkpoint) -> None:
    """Raise `UsageError` when the solve still runs: two would write the same plan."""
    if checkpoint.in_use:
        number = checkpoint.owner.split("-")[1]
        raise UsageError(
            f"{checkpoint.folder}: this solve still runs, as process {number}",
            hint="wait for it, or end that process first; --start takes its plan so far",
        )


def refuse_unfinished(folder: Path) -> None:
    """Raise `FileError` that names `planner resume` for the folder of an unfinished solve."""
    if is_checkpoint(folder):
        hint = f"this solve is unfinished: `planner resume {folder}` takes it up"
        raise FileError("no saved plan", where=str(folder), hint=hint)
