"""Frames as csv files, exactly: numbers round-trip, empty text stays empty, kinds follow from the names of columns."""

from __future__ import annotations

import io
import math
from pathlib import Path

import pandas as pd

from planner.plan.columns import FRAMES, kind_of


def to_csv(frame: pd.DataFrame) -> bytes:
    """Return a frame as csv in UTF-8."""
    return bytes(frame.to_csv(index=False, lineterminator="\n").encode("utf-8"))


def from_csv(name: str, data: bytes) -> pd.DataFrame:
    """Return the frame `name` of its csv; ValueError for other columns or a cell that is not of its column's kind."""
    columns = list(FRAMES[name][1])
    raw = pd.read_csv(io.BytesIO(data), dtype=str, keep_default_na=False, na_filter=False)
    if list(raw.columns) != columns:
        lacking = [column for column in columns if column not in raw.columns]
        raise ValueError(
            f"it lacks the column {lacking[0]}" if lacking else "its columns are not those of a plan"
        )
    # A row longer than the header makes pandas take its first cell as a label.
    if not isinstance(raw.index, pd.RangeIndex):
        raise ValueError("a row of it is longer than its header")
    return pd.DataFrame({column: _cells(column, raw[column]) for column in columns}, columns=columns)


def _cells(column: str, texts: pd.Series) -> pd.Series:
    kind = kind_of(column)
    if kind == "number":
        return pd.Series([_number(column, text) for text in texts], dtype=float)
    if kind == "flag":
        wrong = next((text for text in texts if text not in ("True", "False")), None)
        if wrong is not None:
            raise ValueError(f"{column}: {str(wrong)[:40]!r} is neither True nor False")
        return pd.Series([text == "True" for text in texts], dtype=bool)
    return pd.Series(list(texts), dtype=str)


def _number(column: str, text: str) -> float:
    if not text:
        return math.nan
    try:
        number = float(text)
    except (ValueError, TypeError) as error:
        raise ValueError(f"{column}: {str(text)[:40]!r} is no number") from error
    if not math.isfinite(number):
        raise ValueError(f"{column}: {text[:40]} is not finite")
    return number


def path_of(name: str) -> Path:
    """Return where a frame lies in the folder of its plan."""
    return Path("tables") / f"{name}.csv"
