"""Broken and hostile files: an instance or an error with places, never a traceback, never more than two seconds."""

# ruff: noqa: E501 - rows of cases are read across

from __future__ import annotations

import json
import random
import resource
import time
from pathlib import Path
from typing import Any

import pytest
from instance_sample import TINY, sample, text_and_lines

from planner.errors import FileError, InstanceError, UsageError
from planner.instance.reader import read

CASES = """\
cases:
  late: {vendors.oracle.offers.*.delivery_months: {add: 6}}
  rent: {vendors.*.offers.*.price_usd_per_kw_month: {scale: 110%}, money: {floor_usd_bn: 15}}
scenarios: {demand: {known: 2027Q1, branches: {high: {probability: 0.25, set: {workloads.*.demand_gw: {scale: 2}}}, low: {probability: 75%}}}}
"""
TABLE = "date,gw,floor\n2026Q2,0.1,10\n2027Q4,200 MW,\n2028Q1,0.3,12\n"
WITH_TABLE = TINY.replace('{2026Q2: 0.1, 2027Q4: "200 MW", interpolate: linear, at: end}',
                          "{csv: t.csv, column: gw, interpolate: linear, at: end}")  # fmt: skip
FULL_YAML = text_and_lines(sample())[0]
FULL_JSON = json.dumps(sample(), indent=1)
TOKENS = [
    "[",
    "]",
    "{",
    "}",
    ",",
    ":",
    "-",
    "?",
    "&",
    "*",
    "!",
    "|",
    ">",
    "'",
    '"',
    "%",
    "@",
    "`",
    "#",
    "---",
    "...",
    "~",
    "null",
    "no",
    "true",
    ".nan",
    ".inf",
    "1e999",
    "0x",
    "0o7",
    "1_000",
    "9999999999999999999",
    "-1",
    "<<:",
    "*a",
    "&a",
    "!!int",
    "\t",
    "\n",
    "\r",
    "\x00",
    "\x1b",
    "\\",
    "\ufeff",
    "\u2028",
    "é",
    "😀",
    "2027Q5",
    "2027",
    "value:",
    "low:",
    "scale:",
    "add:",
    "*",
    "extends:",
    "cases:",
    "csv:",
    "per_year:",
    "interpolate:",
    "at:",
    "from:",
    "plausible:",
    "saved:",
    "null",
    "{scale:",
    "{scale:",
    "1}}",
    "../../x",
    "5MW",
    "$5",
    "%",
]
SHARDS = 4


def mutated(text: str, chance: random.Random) -> bytes:
    """Return the text after one to six changes of bytes, tokens or lines."""
    data = bytearray(text.encode())
    for _ in range(chance.randint(1, 6)):
        at, kind = chance.randrange(len(data) + 1), chance.randrange(7)
        if kind == 0:
            data[at : at + chance.randint(1, 8)] = bytes(
                chance.randrange(256) for _ in range(chance.randint(0, 4))
            )
        elif kind == 1:
            data[at:at] = chance.choice(TOKENS).encode()
        elif kind == 2:
            del data[at : at + chance.randint(1, 40)]
        elif kind == 3:
            data[at:at] = bytes(
                data[(start := chance.randrange(len(data) + 1)) : start + chance.randint(1, 80)]
            )
        elif kind == 4:
            data[at:at] = chance.choice(TOKENS).encode() * chance.randint(2, 300)
        else:
            lines = bytes(data).split(b"\n")
            here = chance.randrange(len(lines))
            lines[here] = chance.choice(
                [b"", lines[here] * 2, b"  " + lines[here], lines[here].strip(), chance.choice(lines)]
            )
            data = bytearray(b"\n".join(lines))
    return bytes(data)


def changed(plain: Any, chance: random.Random) -> Any:
    """Return the plain value with one value, key or branch replaced."""
    odd = [None, True, 0, -1, 1e300, "", "no", "5 MW", "$5", "2027Q1", [], {}, [[]], {"value": {"value": 1}}, {"scale": 2},
           {"2027": 1}, {"value": 1, "per_year": "x"}, {"csv": "t.csv"}, {"csv": "../x", "column": "y"}, "x" * 11_000]  # fmt: skip
    if not isinstance(plain, dict | list) or not plain or chance.random() < 0.1:
        return chance.choice(odd)
    if isinstance(plain, list):
        at = chance.randrange(len(plain))
        return [changed(each, chance) if n == at else each for n, each in enumerate(plain)]
    key = chance.choice(list(plain))
    if chance.random() < 0.1:
        return {
            chance.choice(["", "a.b", "*", "2027", "value", key.upper(), key + "x"]) if k == key else k: v
            for k, v in plain.items()
        }
    return {k: changed(v, chance) if k == key else v for k, v in plain.items()}


def survives(folder: Path, data: bytes, name: str, **options: Any) -> bool:
    """Read a file; whatever is wrong must be said with a place. Returns whether it was valid."""
    file = folder / name
    file.write_bytes(data)
    start = time.process_time()
    try:
        instance = read(file, **options)
        list(instance.numbers())
        again = read_back(folder, instance.to_yaml())
        assert again == instance.hash
        instance.leaves()
        valid = True
    except InstanceError as error:
        assert error.findings
        for finding in error.findings:
            assert finding.message and finding.where
        assert str(error)
        valid = False
    except (UsageError, FileError):
        valid = False
    assert time.process_time() - start < 2, data[:200]
    return valid


def read_back(folder: Path, text: str) -> str:
    file = folder / "again.yaml"
    file.write_text(text, encoding="utf-8")
    return read(file).hash


@pytest.mark.parametrize("shard", range(SHARDS))
def test_mutated_yaml(tmp_path: Path, shard: int) -> None:
    chance = random.Random(shard)
    for _ in range(200):
        choose = (
            {"cases": ["late", "rent"], "sets": ["money.floor_usd_bn={scale: 2}"]}
            if chance.random() < 0.7
            else {}
        )
        survives(tmp_path, mutated(TINY + CASES, chance), "i.yaml", **choose)
    for _ in range(60):
        survives(tmp_path, mutated(FULL_YAML, chance), "i.yaml")


@pytest.mark.parametrize("shard", range(SHARDS))
def test_changed_trees_and_mutated_json(tmp_path: Path, shard: int) -> None:
    chance = random.Random(100 + shard)
    plain = sample()
    valid = 0
    for _ in range(120):
        once = changed(plain, chance)
        valid += survives(tmp_path, json.dumps(once).encode(), "i.json")
        survives(tmp_path, mutated(FULL_JSON, chance), "i.json")
    assert valid < 110


def test_mutated_tables(tmp_path: Path) -> None:
    chance = random.Random(200)
    for _ in range(300):
        (tmp_path / "t.csv").write_bytes(mutated(TABLE, chance))
        survives(tmp_path, WITH_TABLE.encode(), "i.yaml")


def test_mutated_parents_and_sets(tmp_path: Path) -> None:
    chance = random.Random(300)
    child = "extends: base.yaml\nname: c\nvendors: {oracle: {offers: {abilene: {price_usd_per_kw_month: 3}}}, aws: null}\nmoney: {floor_usd_bn: {scale: 2}}\n"
    for _ in range(150):
        (tmp_path / "base.yaml").write_bytes(mutated(TINY, chance))
        survives(tmp_path, mutated(child, chance), "i.yaml")
        words = mutated("money.floor_usd_bn={scale: 2}", chance).decode("utf-8", "replace")
        survives(tmp_path, TINY.encode(), "i.yaml", sets=[words])


HOSTILE = {
    "brackets": "a: " + "[" * 100_000,
    "braces": "{a: " * 100_000,
    "dashes": "- " * 100_000,
    "laughs": "a: &a [x,x]\nb: &b [*a,*a]\nc: &c [*b,*b]\n" + TINY,
    "long key": "? " + "k" * 20_000 + "\n: 1\n" + TINY,
    "many keys": "".join(f"k{n}: 1\n" for n in range(20_000)),
    "many duplicates": "a: 1\n" * 20_000,
    "long number": "schema_version: " + "9" * 9_000,
    "long digits in a unit": TINY.replace("958", '"' + "9" * 90 + ' MW"'),
    "spaces": "a:" + " " * 500_000 + "1",
    "comments": "# x\n" * 100_000 + TINY,
    "quotes": "a: '" + "''" * 100_000,
    "documents": "---\n" * 20_000,
    "percent directives": "%TAG ! x\n" * 2_000 + TINY,
    "wildcards": TINY + "cases: {a: {" + ".".join("*" * 30) + ": 1}}\n",
    "deep dots": TINY + "cases: {a: {" + ".".join("a" * 4_000) + ": 1}}\n",
    "many dates": TINY.replace(
        "{2026: 16, 2027: 32}",
        "{" + ", ".join(f"{1990 + n // 12}-{n % 12 + 1:02d}: 1" for n in range(2400)) + "}",
    ),
    "many cases": TINY
    + "cases:\n"
    + "".join(f"  c{n}: {{money.floor_usd_bn: {{scale: 2}}}}\n" for n in range(2_000)),
}


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_hostile_files(tmp_path: Path, name: str) -> None:
    survives(tmp_path, HOSTILE[name].encode(), "i.yaml", cases=["a"] if "cases: {a:" in HOSTILE[name] else [])


def test_half_a_million_values_take_little_memory(tmp_path: Path) -> None:
    file = tmp_path / "i.yaml"
    file.write_text("a: [" + "1," * 500_000 + "]\n")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(InstanceError):
        read(file)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 256 * 1024  # KiB
