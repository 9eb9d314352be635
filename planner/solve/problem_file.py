"""Problems in files, read and written by HiGHS."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from planner.solve.arrays import Arrays
from planner.solve.handover import HandOver
from planner.solve.highs import load, new_solver


def write_file(handed: HandOver, columns: list[str], rows: list[str], path: Path) -> None:
    """Write the problem to `path` (.lp or .mps) with these names; raise OSError when HiGHS cannot."""
    import highspy

    solver = load(handed.arrays)
    for number, name in enumerate(columns):
        solver.passColName(number, name)
    for number, name in enumerate(rows):
        solver.passRowName(number, name)
    if solver.writeModel(str(path)) == highspy.HighsStatus.kError:
        raise OSError(f"HiGHS could not write {path}")


def read_file(path: Path) -> HandOver:
    """Return the problem in a file (.mps or .lp), columns and rows known by number; OSError when it can't be read."""
    import highspy

    solver = new_solver()
    if solver.readModel(str(path)) == highspy.HighsStatus.kError:
        raise OSError(f"HiGHS could not read {path}")
    lp = solver.getLp()
    by_column = lp.a_matrix_
    rows = np.array(by_column.index_, dtype=np.int32)
    order = np.argsort(rows, kind="stable")
    columns = np.repeat(np.arange(lp.num_col_, dtype=np.int32), np.diff(by_column.start_))
    whole = [kind == highspy.HighsVarType.kInteger for kind in lp.integrality_] or [False] * lp.num_col_
    arrays = Arrays(
        cost=np.array(lp.col_cost_, dtype=np.float64),
        offset=float(lp.offset_),
        lower=np.array(lp.col_lower_, dtype=np.float64),
        upper=np.array(lp.col_upper_, dtype=np.float64),
        whole=np.array(whole, dtype=bool),
        row_lower=np.array(lp.row_lower_, dtype=np.float64),
        row_upper=np.array(lp.row_upper_, dtype=np.float64),
        starts=np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=lp.num_row_))]).astype(np.int32),
        columns=columns[order],
        values=np.array(by_column.value_, dtype=np.float64)[order],
    )
    return HandOver(
        arrays, tuple(("x", j) for j in range(lp.num_col_)), tuple(("row", i) for i in range(lp.num_row_))
    )
