"""Every field of the schema with every kind of wrong value: the error names that field and its line.

# ruff: noqa: E501 - rows of cases are read across

All fields are wrong in the same way at once, so each read also shows that all errors are reported together.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from instance_sample import Raw, read_text, replaced, sample, text_and_lines

from planner.errors import InstanceError
from planner.instance.fields import QuantityField
from planner.instance.finding import CODES, Finding
from planner.instance.walk import Shape, child, fields, shape_at, spec_shape

FULL = sample()


def places(
    plain: Any = FULL, path: tuple[str, ...] = (), shape: Shape | None = None
) -> Iterator[tuple[tuple[str, ...], Shape]]:
    """Yield every path of the full sample that the schema knows, with its shape."""
    shape = shape or spec_shape()
    if path:
        yield path, shape
    if shape.kind in ("part", "map", "list"):
        for key, value in plain.items() if isinstance(plain, dict) else enumerate(plain):
            inner = child(shape, key)
            assert inner is not None, (path, key)
            yield from places(value, (*path, str(key)), inner)


PLACES = list(places())
NUMBERS = [(path, shape.number) for path, shape in PLACES if shape.number is not None]


def findings_of(folder: Path, plain: Any) -> tuple[list[Finding], dict[str, int]]:
    text, lines = text_and_lines(plain)
    with pytest.raises(InstanceError) as caught:
        read_text(folder, text, max_findings=10_000)  # the cap on findings is no matter here
    return list(caught.value.findings), lines


def line_of(finding: Finding) -> int:
    return int(finding.where.rsplit(":", 2)[1])


def expect(folder: Path, wrong: dict[tuple[str, ...], Any], code: str | None) -> None:
    """Expect one finding at each wrong place, on its line, and none elsewhere."""
    plain = FULL
    for path, value in wrong.items():
        plain = replaced(plain, path, value)
    findings, lines = findings_of(folder, plain)
    found = {finding.path: finding for finding in findings}
    names = {".".join(path) for path in wrong}
    assert set(found) == names
    for name in names:
        assert line_of(found[name]) == lines[name], found[name]
        assert code is None or found[name].code == code, found[name]
        assert found[name].code in CODES
        assert found[name].message and found[name].repair


def test_the_full_sample_is_valid_and_holds_every_field(tmp_path: Path) -> None:
    read_text(tmp_path, text_and_lines(FULL)[0])
    for path, shape in PLACES:
        if shape.part is not None:
            node = FULL
            for step in path:
                node = node[step] if isinstance(node, dict) else node[int(step)]
            assert set(node) == set(fields(shape.part))
    assert len(NUMBERS) > 100


NUMERIC: dict[str, tuple[Callable[[QuantityField], Any], str]] = {
    "negative": (lambda field: field.low - abs(field.low) - 1, "implausible"),
    "huge": (lambda field: field.high * 10 + 1, "implausible"),
    "nan": (lambda field: Raw(".nan"), "not_finite"),
    "infinite": (lambda field: Raw("-.Inf"), "not_finite"),
    "list": (lambda field: [1, 2], "wrong_type"),
    "true": (lambda field: True, "wrong_type"),
    "unknown unit": (lambda field: "5 bananas", "wrong_unit"),
    "number as text": (lambda field: "5", "wrong_unit"),
    "wrong kind": (lambda field: "5 MW" if "USD" in field.unit else "$5", "wrong_unit"),
    "map": (lambda field: {"vlaue": 3}, "unknown_key"),
}


@pytest.mark.parametrize("kind", sorted(NUMERIC))
def test_every_number(tmp_path: Path, kind: str) -> None:
    make, code = NUMERIC[kind]
    wrong = {path: make(field) for path, field in NUMBERS}
    if kind in ("map", "nan", "infinite"):
        # These have their own place below the field, or are found before the field is known.
        plain = FULL
        for path, value in wrong.items():
            plain = replaced(plain, path, value)
        findings, lines = findings_of(tmp_path, plain)
        said = {line_of(finding) for finding in findings if finding.code == code}
        suffix = ".vlaue" if kind == "map" else ""
        assert said >= {lines[".".join(path) + suffix] for path in wrong}
        return
    expect(tmp_path, wrong, code)


def test_zero_is_refused_only_where_nothing_is_impossible(tmp_path: Path) -> None:
    expect(tmp_path, {path: 0 for path, field in NUMBERS if field.low > 0}, "implausible")
    divides = {path: 0 for path, field in NUMBERS if field.low <= 0 and not field.possible.holds(0.0)}
    assert {path[-1] for path in divides} >= {
        "term_months",
        "block_mw",
        "reference_work_per_mw",
        "carry_share",
    }
    expect(tmp_path, divides, "impossible")
    plain = FULL
    for path, field in NUMBERS:
        if field.low <= 0 and field.possible.holds(0.0):
            plain = replaced(plain, path, 0)
    read_text(tmp_path, text_and_lines(plain)[0])


def test_every_number_may_be_a_record_and_only_paths_may_change_over_time(tmp_path: Path) -> None:
    plain = FULL
    for path, field in NUMBERS:
        value = 1 if field.low <= 1 <= field.high and not field.suspicious_below else field.high
        record = {
            "value": value,
            "low": value,
            "high": value,
            "source": "S",
            "confidence": "firm",
            "note": "n",
        }
        plain = replaced(plain, path, record | {"as_of": "2026-05"})
    read_text(tmp_path, text_and_lines(plain)[0])
    over_time = {path: {"2026": field.high, "interpolate": "step"} for path, field in NUMBERS if field.path}
    plain = FULL
    for path, value in over_time.items():
        plain = replaced(plain, path, value)
    read_text(tmp_path, text_and_lines(plain)[0])
    expect(
        tmp_path,
        {path: {"2026": 1, "interpolate": "step"} for path, field in NUMBERS if not field.path},
        "bad_path",
    )


def test_every_text_date_choice_and_flag(tmp_path: Path) -> None:
    wrong: dict[tuple[str, ...], Any] = {}
    for path, shape in PLACES:
        if shape.kind == "leaf":
            wrong[path] = [[1]] if not path[-1].isdigit() else {"a": 1}
    expect(tmp_path, wrong, None)


def test_every_required_field_when_it_is_missing(tmp_path: Path) -> None:
    required = []
    for path, _ in PLACES:
        above = shape_at(path[:-1])
        assert above is not None
        if above.part is not None and fields(above.part)[path[-1]].is_required():
            required.append(path)
    assert len(required) > 60
    leaves = [
        path
        for path in required
        if not any(other[: len(path)] == path for other in required if other != path)
    ]
    plain = FULL
    for path in leaves:
        plain = replaced(plain, path, None)
    # A part that lost everything is written {} and keeps its line.
    findings, lines = findings_of(tmp_path, plain)
    found = {finding.path: finding for finding in findings}
    assert set(found) == {".".join(path) for path in leaves}
    for path in leaves:
        finding = found[".".join(path)]
        assert finding.code == "missing" and path[-1] in finding.message and path[-1] in finding.repair
        above = ".".join(path[:-1])
        assert line_of(finding) == (lines[above] if above else 1)


PARTS = [path for path, shape in PLACES if shape.kind in ("part", "map", "list")]


@pytest.mark.parametrize("value", [5, "text", True, Raw("[[]]")], ids=repr)
def test_every_part_when_it_has_another_form(tmp_path: Path, value: Any) -> None:
    outer = [
        path for path in PARTS if not any(other == path[: len(other)] for other in PARTS if other != path)
    ]
    inner = [path for path in PARTS if path not in outer]
    # One level after the other: what is below a wrong part cannot be seen.
    for level in (
        outer,
        [path for path in inner if len(path) == 2],
        [path for path in inner if len(path) == 3],
    ):
        wrong = {path: value for path in level if not (value == "text" and _takes_a_word(path))}
        if not wrong:
            continue
        plain = FULL
        for path, each in wrong.items():
            plain = replaced(plain, path, each)
        findings, lines = findings_of(tmp_path, plain)
        said = {(finding.path.removesuffix(".0"), line_of(finding)) for finding in findings}
        missed = {(".".join(path), lines[".".join(path)]) for path in wrong} - said
        assert not missed


def _takes_a_word(path: tuple[str, ...]) -> bool:
    shape = shape_at(path)
    return shape is not None and shape.kind == "list"


def test_every_part_says_what_was_meant_by_a_misspelt_key(tmp_path: Path) -> None:
    plain: Any = FULL
    misspelt: dict[str, str] = {}
    for path, shape in PLACES:
        if shape.part is not None:
            name = max(fields(shape.part), key=len)
            typo = name[:-1] + ("z" if name[-1] != "z" else "y")
            node = FULL
            for step in path:
                node = node[step] if isinstance(node, dict) else node[int(step)]
            # Add the typo beside the right field, deepest part last so that every change stays.
            plain = _with_key(plain, path, typo)
            misspelt[".".join((*path, typo))] = name
    findings, lines = findings_of(tmp_path, plain)
    found = {finding.path: finding for finding in findings}
    assert set(found) == set(misspelt)
    for name, meant in misspelt.items():
        assert found[name].code == "unknown_key"
        assert re.search(rf"did you mean .*\b{meant}\b", found[name].repair), found[name]
        assert line_of(found[name]) == lines[name]


def _with_key(plain: Any, path: tuple[str, ...], key: str) -> Any:
    if not path:
        return {**plain, key: 1}
    if isinstance(plain, list):
        return [_with_key(each, path[1:], key) if str(n) == path[0] else each for n, each in enumerate(plain)]
    return {name: _with_key(each, path[1:], key) if name == path[0] else each for name, each in plain.items()}
