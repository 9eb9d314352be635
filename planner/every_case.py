"""A file as it is and with each of its cases, solved one after the other, with a table of what they cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from planner.case_table import CASE_COLUMNS, case_csv, case_row, case_text, failed_row
from planner.errors import EXIT_OF_SIGNAL, NoPlan, of_case
from planner.run import OnMessage, OnProgress, Run, refuse_errors, run

if TYPE_CHECKING:
    from planner.instance.instance import Instance
    from planner.plan.plan import Plan


@dataclass(frozen=True)
class CaseRuns:
    """One row a case, with its costs as intervals; `folder` holds the summary table."""

    folder: Path
    columns: tuple[str, ...]
    rows: tuple[dict[str, Any], ...]
    exit_code: int
    runs: tuple[Run, ...] = field(default=(), repr=False)

    def text(self) -> tuple[list[str], list[list[str]]]:
        """Headings with units and cells for people."""
        return case_text(self.rows)

    def to_dict(self) -> dict[str, Any]:
        """The documented object of `solve --cases all --json`."""
        return {"schema_version": 1, "folder": str(self.folder), "cases": [dict(row) for row in self.rows]}


def run_cases(
    path: str | Path,
    *,
    sets: Sequence[str] = (),
    out: str | Path | None = None,
    on_progress: OnProgress | None = None,
    on_message: OnMessage | None = None,
    cases: Sequence[str] | None = None,
    start: Sequence[str | Path] = (),
    **options: Any,
) -> CaseRuns:
    """Solve a file as it is and with each of its cases, each started from every plan known so far.

    All cases are read and checked before the first is solved. A case without a plan is a row; an interrupt ends the
    rounds. The table of the rows so far is saved in any case, in a folder `<name>-all-cases-<hash8>`.
    """
    from planner.instance.reader import read

    base = read(path, sets=sets)
    named = {}
    for case in base.cases if cases is None else cases:
        with of_case(f"case {case}"):
            named[case] = read(path, cases=(case,), sets=sets)
    for case, instance in {"base": base, **named}.items():
        with of_case(f"case {case}"):
            refuse_errors(instance)
    place = Path("reports" if out is None else out)
    runs: dict[str, Run] = {}
    rows: list[dict[str, Any]] = []
    codes = [0]
    folder = place
    try:
        for case, instance in {"base": base, **named}.items():
            plans: list[str | Path | Plan] = [*start, *(run.plan for run in runs.values())]
            try:
                with of_case(f"case {case}"):
                    done = run(
                        instance,
                        out=place,
                        start=plans,
                        on_progress=on_progress,
                        on_message=on_message,
                        **options,
                    )
            except NoPlan as error:
                rows.append(failed_row(case, error))
                codes.append(error.exit_code)
            else:
                rows.append(case_row(case, done, runs.get("base")))
                runs[case] = replace(done, plan=replace(done.plan, model=None))
                codes.append(done.exit_code)
            if codes[-1] in EXIT_OF_SIGNAL.values():
                break
    finally:
        if rows:
            folder = _save_cases(base, rows, place)
    return CaseRuns(folder, CASE_COLUMNS, tuple(rows), max(codes), tuple(runs.values()))


def _save_cases(base: Instance, rows: Sequence[Mapping[str, Any]], out: Path) -> Path:
    """Write the table of the cases into a folder of its own and return it."""
    from planner.files import run_folder, run_name, write_atomic

    with run_folder(out, run_name(base.name, "all-cases", base.hash)) as folder:
        write_atomic(folder.path / "cases.csv", case_csv(rows))
    return folder.path
