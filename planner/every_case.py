"""A file as it is and with each of its cases, solved one after the other, with a table of what they cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from planner.case_table import CASE_COLUMNS, case_csv, case_row, case_text, failed_row
from planner.errors import EXIT_OF_SIGNAL, NoPlan, of_case
from planner.finish import OnMessage, Run
from planner.run import OnProgress, run
from planner.solve.stop import breakable, passing_on

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
    force: bool = False,
    on_progress: OnProgress | None = None,
    on_message: OnMessage | None = None,
    cases: Sequence[str] | None = None,
    start: Sequence[str | Path] = (),
    **options: Any,
) -> CaseRuns:
    """Solve a file as it is and with each of its cases, each started from every plan known so far.

    All cases are read and checked before the first is solved. A case without a plan is a row; an interrupt ends the
    rounds. The table of the rows so far is saved in any case, in a folder `<name>-all-cases-<hash8>`. `force` replaces
    the folder of the same run instead of counting up.
    """
    with passing_on() as delivery:
        with breakable():
            named = _read_cases(path, cases, sets)
        place = Path("reports" if out is None else out)
        table = _Table(named["base"], place, force)
        wishes = {
            "out": place,
            "force": force,
            "on_progress": on_progress,
            "on_message": on_message,
            **options,
        }
        try:
            for case, instance in named.items():
                table.add(case, instance, start, wishes)
                if delivery.switch.reason is not None or table.codes[-1] in EXIT_OF_SIGNAL.values():
                    break
        finally:
            delivery.found = done = table.saved()
    return done


def _read_cases(path: str | Path, cases: Sequence[str] | None, sets: Sequence[str]) -> dict[str, Instance]:
    """The file as it is, under `base`, and with each case; raises every error of all of them at once."""
    from planner.instance.reader import read

    base = read(path, sets=sets)
    named = {"base": base}
    for case in base.cases if cases is None else cases:
        with of_case(f"case {case}"):
            named[case] = read(path, cases=(case,), sets=sets)
    _refuse_errors(named)
    return named


class _Table:
    """The rows of the cases solved so far, and the plans that the next one starts from."""

    def __init__(self, base: Instance, place: Path, force: bool) -> None:
        self.base = base
        self.place = place
        self.force = force
        self.runs: dict[str, Run] = {}
        self.rows: list[dict[str, Any]] = []
        self.codes = [0]

    def add(
        self, case: str, instance: Instance, start: Sequence[str | Path], wishes: Mapping[str, Any]
    ) -> None:
        """Solve a case and add its row."""
        plans: list[str | Path | Plan] = [*start, *(run.plan for run in self.runs.values())]
        try:
            with of_case(f"case {case}"):
                done = run(instance, start=plans, **wishes)
        except NoPlan as error:
            self.rows.append(failed_row(case, error))
            self.codes.append(error.exit_code)
        else:
            self.rows.append(case_row(case, done, self.runs.get("base")))
            self.runs[case] = replace(done, plan=replace(done.plan, model=None))
            self.codes.append(done.exit_code)

    def saved(self) -> CaseRuns:
        """The table, written to a folder of its own where it has rows."""
        folder = _save_cases(self.base, self.rows, self.place, self.force) if self.rows else self.place
        return CaseRuns(folder, CASE_COLUMNS, tuple(self.rows), max(self.codes), tuple(self.runs.values()))


def _refuse_errors(named: Mapping[str, Instance]) -> None:
    """Raise one `InstanceError` with the errors of the file and of all its cases, each once, with the cases named."""
    from planner.data.check import check
    from planner.instance.finding import Finding, error

    found: dict[Finding, list[str]] = {}
    for case, instance in named.items():
        for finding in check(instance, doubts=False):
            if finding.severity == "error":
                found.setdefault(finding, []).append(case)
    if found:
        findings = [
            each if "base" in cases else replace(each, message=f"{each.message} (case {', '.join(cases)})")
            for each, cases in found.items()
        ]
        raise error(findings, str(named["base"].path))


def _save_cases(base: Instance, rows: Sequence[Mapping[str, Any]], out: Path, force: bool) -> Path:
    """Write the table of the cases into a folder of its own and return it."""
    from planner.files import run_folder, run_name, write_atomic

    with run_folder(out, run_name(base.name, "all-cases", base.hash), force=force) as folder:
        write_atomic(folder.path / "cases.csv", case_csv(rows))
    return folder.path
