"""The reader of YAML and JSON texts: scalars of YAML 1.2, places, and everything that must be refused."""

# ruff: noqa: E501 - rows of cases are read across

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from instance_sample import TINY, read_text

from planner.errors import FileError, InstanceError
from planner.instance.document import Refused
from planner.instance.document import read_text as file_text
from planner.instance.json_text import parse_json
from planner.instance.reader import read
from planner.instance.yaml_text import parse


def plain(text: str) -> Any:
    node, findings = parse(text, "f")
    assert not findings
    return node.plain


def codes(text: str) -> list[tuple[str, str]]:
    """Code and place of what is wrong with a YAML text."""
    try:
        findings = parse(text, "f")[1]
    except Refused as refusal:
        findings = [refusal.finding]
    return [(finding.code, finding.where) for finding in findings]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"), ("yes", "yes"), ("on", "on"), ("Off", "Off"), ("y", "y"),  # text in YAML 1.2
        ("true", True), ("False", False), ("~", None), ("null", None), ("NULL", None),
        ("1e6", 1e6), ("1E+3", 1000.0), (".5", 0.5), ("1.", 1.0), ("-2.5e-3", -0.0025), ("+7", 7),
        ("012", 12), ("0o17", 15), ("0xff", 255),  # no octal by a leading zero
        ("1_000", "1_000"), ("1:30", "1:30"), ("1,200", "1,200"), ("0b1", "0b1"), ("1e", "1e"), ("-x", "-x"), (".", "."),
        ("2026-07-01", "2026-07-01"), ("2026-07", "2026-07"), ("2026Q3", "2026Q3"), ("2026", 2026),
        ("'1'", "1"), ('"true"', "true"), ("''", ""), ("6%", "6%"), ("$28bn", "$28bn"), ("=A1", "=A1"), ("<<", "<<"),
    ],
)  # fmt: skip
def test_scalars_are_those_of_yaml_1_2(text: str, value: Any) -> None:
    got = plain(f"a: {text}")["a"]
    assert got == value and type(got) is type(value)


def test_keys_are_text() -> None:
    assert plain("{1: a, true: b, 2027Q1: c, 0-6: d, null: e}") == {
        "1": "a", "true": "b", "2027Q1": "c", "0-6": "d", "null": "e",
    }  # fmt: skip


def test_places_of_keys_and_values() -> None:
    root, _ = parse("a:\n  b: [x, {c: 1}]\n  d:\n    - 5\n", "f")
    at = {path: root.at(tuple(path.split("."))) for path in ("a", "a.b", "a.b.1.c", "a.d", "a.d.0")}
    assert {path: (node.where, node.where_key) for path, node in at.items() if node} == {
        "a": ("f:1:1", "f:1:1"),  # a block starts below its key: the key is what one looks for
        "a.b": ("f:2:6", "f:2:3"),
        "a.b.1.c": ("f:2:14", "f:2:11"),
        "a.d": ("f:3:3", "f:3:3"),
        "a.d.0": ("f:4:7", "f:4:7"),
    }
    assert root.at(("a", "nothing")) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: 1\nb: 2\na: 3", [("duplicate_key", "f:3:1")]),
        ("{x: {a: 1, a: 1}, x: 2}", [("duplicate_key", "f:1:12"), ("duplicate_key", "f:1:19")]),
        ("a: &x 1\nb: *x", [("alias", "f:1:4"), ("alias", "f:2:4")]),
        ("a: &x [1]", [("alias", "f:1:4")]),
        ("<<: *x", [("alias", "f:1:5")]),
        ("a: !!str 1", [("tag", "f:1:4")]),
        ("a: !python/object/apply:os.system [x]", [("tag", "f:1:4")]),
        ("!x {a: 1}", [("tag", "f:1:1")]),
        (
            "a: .nan\nb: -.inf\nc: 1e999",
            [("not_finite", "f:1:4"), ("not_finite", "f:2:4"), ("not_finite", "f:3:4")],
        ),
        ("a: " + "9" * 400, [("not_finite", "f:1:4")]),
        ("? [a, b]\n: 1\nc: 2", [("wrong_type", "f:1:3")]),
        ("a: 1\n---\nb: 2", [("syntax", "f:2:1")]),
        ("", [("syntax", "f:1:1")]),
        ("# only a comment\n", [("syntax", "f:1:1")]),
        ("a: [1, 2", [("syntax", "f:2:1")]),  # the end of the text
        ("a: 1\n\tb: 2", [("syntax", "f:2:1")]),
        ("a: b: c", [("syntax", "f:1:5")]),
        ("a: 'open\n", [("syntax", "f:2:1")]),
        ("a: \x00", [("syntax", "f:1:4")]),
        ("a: \x07b", [("syntax", "f:1:4")]),
        ("a: " + "x" * 10_001, [("too_large", "f:1:4")]),
        ("a: '" + "é" * 5_001 + "'", [("too_large", "f:1:4")]),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_what_is_refused_and_where(text: str, expected: list[tuple[str, str]]) -> None:
    assert codes(text) == expected


def test_a_text_of_10_kb_is_read() -> None:
    assert len(plain("a: " + "x" * 10_000)["a"]) == 10_000


def test_nesting_up_to_32_levels() -> None:
    plain("[" * 32 + "]" * 32)
    assert codes("[" * 33 + "]" * 33) == [("too_deep", "f:1:33")]


@pytest.mark.parametrize(
    "text", ["[" * 100_000, "{a: " * 100_000, "- " * 100_000, "{" * 100_000, "? " * 100_000]
)
def test_a_hundred_thousand_brackets_are_refused_quickly(text: str) -> None:
    start = time.process_time()
    assert codes(text)[0][0] in ("too_deep", "syntax")
    with pytest.raises(Refused):
        parse_json(text, "f")
    assert time.process_time() - start < 2


def test_over_two_million_values(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("planner.instance.document.MAX_NODES", 1000)
    plain("[" + "1," * 999 + "]")
    assert codes("[" + "1," * 1000 + "]") == [("too_large", "f:1:2000")]


def test_over_32_mib(tmp_path: Path) -> None:
    file = tmp_path / "i.yaml"
    with open(file, "wb") as handle:
        handle.truncate(32 * 1024 * 1024 + 1)
    with pytest.raises(Refused) as caught:
        file_text(file, "i.yaml")
    assert caught.value.finding.code == "too_large"


def test_not_utf_8(tmp_path: Path) -> None:
    with pytest.raises(InstanceError) as caught:
        read_text(tmp_path, b"a: 1\nb: caf\xe9\n")
    [finding] = caught.value.findings
    assert (finding.code, finding.where) == ("encoding", f"{tmp_path}/i.yaml:2:7")
    with pytest.raises(InstanceError):
        read_text(tmp_path, TINY.encode("utf-16"))
    assert read_text(tmp_path, b"\xef\xbb\xbf" + TINY.encode()).name == "tiny"


@pytest.mark.parametrize("text", ["5", "[1, 2]", "text", "null"])
def test_a_file_that_is_no_map(tmp_path: Path, text: str) -> None:
    with pytest.raises(InstanceError) as caught:
        read_text(tmp_path, text)
    assert caught.value.findings[0].code == "wrong_type"


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    for name in (
        tmp_path / "missing.yaml",
        tmp_path,
        Path("/dev/null/x"),
        tmp_path / "a\x00b",
        Path("/dev/zero"),
    ):
        with pytest.raises(FileError):
            read(name)


def test_a_key_without_a_value(tmp_path: Path) -> None:
    with pytest.raises(InstanceError) as caught:
        read_text(tmp_path, TINY.replace("  floor_usd_bn: {value: 10, low: 9, high: 12, source: S1, confidence: estimate}\n",
                                         "  floor_usd_bn:\n  debt:\n"))  # fmt: skip
    assert [(finding.code, finding.path) for finding in caught.value.findings] == [
        ("empty", "money.floor_usd_bn"), ("empty", "money.debt"),
    ]  # fmt: skip


def test_too_many_errors_stop_the_reading() -> None:
    assert len(codes("\n".join(f"k{n}: .nan" for n in range(1000)))) <= 200


def test_no_finding_moves_the_cursor_of_a_terminal(tmp_path: Path) -> None:
    with pytest.raises(InstanceError) as caught:
        read_text(tmp_path, TINY + '"\\e[2J\\n\\u202ekey": 1\nvendors2: {"\\e[0m": "\\a"}\n')
    assert "\\u001b[2J\\u000a\\u202ekey" in str(caught.value)
    assert all(line.isprintable() for line in str(caught.value).splitlines())


def test_json_is_read_with_places() -> None:
    text = '{"a": {"b": [1, 2.5e3, "x\\u00e9\\ud83d\\ude00\\/"],\n "c": null, "d": true}}'
    root, findings = parse_json(text, "f")
    assert not findings
    assert root.plain == json.loads(text)
    node = root.at(("a", "d"))
    assert node is not None and (node.where, node.where_key) == ("f:2:18", "f:2:13")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"a": 1, "a": 2}', ("duplicate_key", "f:1:10")),
        ('{"a": NaN}', ("not_finite", "f:1:7")),
        ('{"a": -Infinity}', ("not_finite", "f:1:7")),
        ('{"a": 1e999}', ("not_finite", "f:1:7")),
        ('{"a": 01}', ("syntax", "f:1:7")),
        ('{"a": 1,}', ("syntax", "f:1:9")),
        ('{"a" 1}', ("syntax", "f:1:6")),
        ("{'a': 1}", ("syntax", "f:1:2")),
        ('{"a": 1} x', ("syntax", "f:1:10")),
        ('{"a": 1} 2', ("syntax", "f:1:10")),
        ('{"a": [1', ("syntax", "f:1:9")),
        ('{"a": 1]', ("syntax", "f:1:8")),
        ('{1: 1}', ("syntax", "f:1:2")),
        ('{"a": "\\x"}', ("syntax", "f:1:7")),
        ('{"a": "\\ud800"}', ("syntax", "f:1:7")),
        ('{"a": "x\ny"}', ("syntax", "f:1:7")),
        ("", ("syntax", "f:1:1")),
        ("[" * 33 + "]" * 33, ("too_deep", "f:1:33")),
        ('{"a": "' + "x" * 10_001 + '"}', ("too_large", "f:1:7")),
    ],
    ids=lambda value: repr(value)[:40],
)  # fmt: skip
def test_json_is_refused_by_its_own_rules(text: str, expected: tuple[str, str]) -> None:
    try:
        findings = parse_json(text, "f")[1]
    except Refused as refusal:
        findings = [refusal.finding]
    assert [(finding.code, finding.where) for finding in findings] == [expected]


def test_an_open_json_text_takes_no_time() -> None:
    start = time.process_time()
    with pytest.raises(Refused):
        parse_json('{"a": "' + "\\n" * 1_000_000, "f")
    assert time.process_time() - start < 1
