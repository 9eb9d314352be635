"""Verbs about a saved plan: report, compare, audit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from planner.cli.group import verb
from planner.cli.terminal import Voice, table, to_stderr
from planner.errors import AuditError

ROWS_SHOWN = 40
RUN_DIR = click.Path(file_okay=False)


@verb("report", help="Write the report of a saved plan again.")
@click.option(
    "--out", type=click.Path(file_okay=False), help="Folder for the report.  [default: the run's own]"
)
@click.argument("run_dir", type=RUN_DIR)
def report(voice: Voice, run_dir: str, out: str | None) -> None:
    """Write HTML and Markdown of a saved plan, audited again."""
    import planner

    plan = planner.load(run_dir)
    files = planner.write_report(plan, planner.audit(plan), Path(out or run_dir))
    voice.result("\n".join(str(path) for path in files), {"schema_version": 1, "files": list(files)})


@verb("audit", help="Check a saved plan again, from its tables alone.")
@click.argument("run_dir", type=RUN_DIR)
def audit(voice: Voice, run_dir: str) -> int:
    """Recompute every rule and cost of a saved plan; exit 7 when it is rejected."""
    import planner

    verdict = planner.audit(planner.load(run_dir))
    voice.result(str(verdict), {"schema_version": 1, "run_dir": run_dir, "audit": verdict.to_dict()})
    if not verdict.ok:
        to_stderr(f"{run_dir}: the plan is rejected", "error")
        return AuditError.exit_code
    return 0


@verb("compare", help="Show what differs between two saved plans.")
@click.argument("a", type=RUN_DIR)
@click.argument("b", type=RUN_DIR)
def compare(voice: Voice, a: str, b: str) -> None:
    """Print the frames of what moved from plan A to plan B, and what it costs."""
    import planner

    difference = planner.compare(planner.load(a), planner.load(b))
    frames = {name: frame for name, frame in difference.frames().items() if len(frame)}
    text = "\n\n".join(f"{name}\n{_cut(frame)}" for name, frame in frames.items())
    records = {name: frame.to_dict("records") for name, frame in frames.items()}
    voice.result(
        text or "no difference",
        {
            "schema_version": 1, "a": a, "b": b, "interval_usd_m": difference.interval,
            "total_interval_usd_m": difference.total_interval, "difference": records,
        },
    )  # fmt: skip


def _cut(frame: Any) -> str:
    """A frame as text; of a long one the first rows and how many follow."""
    shown = table(list(frame.columns), frame.head(ROWS_SHOWN).itertuples(index=False))
    more = len(frame) - ROWS_SHOWN
    return f"{shown}\n... and {more:,} rows more; --json has them all" if more > 0 else shown


VERBS = (report, compare, audit)
