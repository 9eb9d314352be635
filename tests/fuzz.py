"""Feeds broken and hostile inputs to reading, checking and preparing: an answer or an error in words, never a traceback.

`python tests/fuzz.py --count 200000 --seed 1` tries that many, `--first N` goes on from the N-th, and each of them is made
again from its seed and number alone: `python tests/fuzz.py --seed 1 --only 4711` shows one. `python tests/fuzz.py --big`
reads inputs of 1 and of 32 MiB, each in a process of its own. The last line is the result.
"""

# ruff: noqa: E501 - rows of values are read across

from __future__ import annotations

import argparse
import collections
import contextlib
import datetime
import decimal
import json
import random
import resource
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import planner
from planner.errors import InstanceError, PlannerError
from planner.instance.emit import to_yaml
from planner.instance.instance import Instance
from planner.instance.suggest import schema_paths

TUTORIAL = Path(__file__).parent.parent / "instances" / "tutorial"
SECONDS = 2.0
"""Processor time in which an input of up to 1 MiB is answered."""
TOKENS = [
    "[", "]", "{", "}", ",", ":", "-", "?", "&", "*", "!", "|", ">", "'", '"', "%", "@", "`", "#", "---", "...", "~", "null", "no", "true", ".nan", ".inf",
    "1e999", "1e-320", "0x1F", "0o7", "1_000", "9999999999999999999", "-1", "-0.0", "<<:", "*a", "&a", "!!int", "value:", "low:", "high:", "scale:", "add:",
    "extends:", "cases:", "csv:", "per_year:", "interpolate:", "at:", "from:", "plausible:", "saved:", "{scale:", "1}}", "../../x", "5MW", "$5", "5%", "2027Q5",
    "2027", "2027Q1", "2199", "{}", "[]", "\t", "\n", "\r", "\x00", "\x1b", "\\", "\ufeff", "\u2028", "é", "😀", "\n  ", "\n    ",
]  # fmt: skip
ODD: list[Any] = [
    None, True, False, 0, -1, 1, 0.5, -0.0, 1e-300, 1e300, 123456789012345678, 2027, "", " ", "x", "no", "5 MW", "$5bn", "12%", "1/2/2027",
    "2027Q1", "2027Q3", "2199", "1990-01-01", "2027-02-29", "2027H2", "*", "a.b", "step", "own", "cloud", "gb300", "training", [], {}, [[]], [None], [1, "x"], {"": 1},
    {"value": 1}, {"value": {"value": 1}}, {"value": 1, "low": 2, "high": 0}, {"value": -1.5, "plausible": True}, {"value": 1e30, "plausible": True},
    {"value": 0, "plausible": True}, {"value": 1, "plausible": True, "low": 0}, {"value": None}, {"value": []}, {"scale": 0}, {"scale": -1}, {"scale": 1e308},
    {"scale": "x"}, {"scale": {}}, {"add": 1}, {"add": "1 year"}, {"add": None}, {"2027Q1": 1}, {"2027Q1": 1, "2028": 0, "interpolate": "linear"}, {"2027Q1": 1, "interpolate": "geometric"},
    {"2027": 1, "2027Q1": 2}, {"2028Q3": 5, "interpolate": "step"}, {"value": 1, "per_year": -0.5}, {"value": 1, "per_year": "-90%", "from": "2030"}, {"0": 0.5, "6": 1}, {"0-12": 1}, {"0": 1, "from": "delivery"},
    {"from": "2027Q1"}, {"from": "2030Q1", "to": "2027Q1"}, {"csv": "t.csv", "column": "gw"}, {"csv": "t.csv", "column": "gw", "interpolate": "step"}, {"csv": "../x", "column": "y"},
    {"a": {"b": {"c": 1}}}, {"x": None}, {"x": {}}, {"*": 1}, "x" * 11_000, {"value": 3, "source": "S", "as_of": "2026", "confidence": "firm", "note": "n"},
]  # fmt: skip
PYTHON: list[Any] = [
    float("nan"), float("inf"), 10**5000, -(10**20), decimal.Decimal("3.5"), decimal.Decimal("NaN"), datetime.date(2027, 1, 1), datetime.datetime(2027, 1, 1, 5), b"x", object(), {1, 2},
    {None: 1}, {1.5: 2}, {True: 1}, "\ud800", range(3), print, ..., (1, 2), {"a": object()}, [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]],
]  # fmt: skip
TABLE = "date,gw,floor\n2026Q2,0.1,10\n2027Q1,0.1,12\n2027Q4,200 MW,\n2028Q1,0.3,12\n"


@cache
def seeds() -> tuple[tuple[str, str, Any], ...]:
    """Return the name, text and plain content of each tutorial instance."""
    found = []
    for path in sorted(TUTORIAL.glob("*.yaml")):
        instance = planner.read(path)
        content = json.loads(instance.to_json())
        content.pop("saved", None)
        found.append((path.name, path.read_text(), content))
    return tuple(found)


@cache
def instance_of(name: str) -> Instance:
    """Return a tutorial instance, read once."""
    return planner.read(TUTORIAL / name)


@cache
def tables() -> str:
    """Return a seed that reads its demand from a table."""
    text = (TUTORIAL / "01_cloud.yaml").read_text()
    return text.replace("demand_gw: 0.1 ", "demand_gw: {csv: t.csv, column: gw, interpolate: step} ")


def mutated(data: bytes, chance: random.Random) -> bytes:
    """Return a text after one to six changes of bytes, tokens or lines."""
    out = bytearray(data)
    for _ in range(chance.choice((1, 1, 1, 2, 3, 6))):
        at, kind = chance.randrange(len(out) + 1), chance.randrange(9)
        token = chance.choice(TOKENS).encode()
        if kind == 0:
            out[at : at + chance.randint(1, 8)] = bytes(
                chance.randrange(256) for _ in range(chance.randint(0, 4))
            )
        elif kind == 1:
            out[at:at] = token
        elif kind == 2:
            del out[at : at + chance.randint(1, 40)]
        elif kind == 3:
            start = chance.randrange(len(out) + 1)
            out[at:at] = out[start : start + chance.randint(1, 80)]
        elif kind == 4:
            out[at:at] = token * chance.choice((2, 5, 40, 300))
        elif kind == 5:
            numbers = [n for n, byte in enumerate(out) if chr(byte).isdigit()]
            if numbers:
                n = chance.choice(numbers)
                out[n : n + 1] = chance.choice(
                    (b"0", b"-1", b"1e9", b".", b",", b"999999999", b"", b"%", b" GW")
                )
        else:
            lines = bytes(out).split(b"\n")
            here = chance.randrange(len(lines))
            other = chance.choice(lines)
            lines[here] = chance.choice(
                (b"", lines[here] * 2, b"  " + lines[here], lines[here].strip(), other, lines[here] + token)
            )
            out = bytearray(b"\n".join(lines))
    return bytes(out)


def subtree(plain: Any, chance: random.Random) -> Any:
    """Return some part of a plain value."""
    while isinstance(plain, dict | list) and plain and chance.random() < 0.75:
        plain = chance.choice(list(plain.values()) if isinstance(plain, dict) else plain)
    return plain


def other_value(old: Any, chance: random.Random) -> Any:
    """Return something to stand where `old` stands: half of the time something of its kind."""
    if chance.random() < 0.5 and not isinstance(old, dict | list):
        return of_its_kind(old, chance)
    kind = chance.randrange(6)
    if kind == 0:
        return subtree(chance.choice(seeds())[2], chance)
    if kind == 1 and isinstance(old, int | float) and not isinstance(old, bool):
        factor = chance.choice((-1, 0, 1e-9, 1e-3, 0.5, 2, 12, 1000, 1e9))
        return chance.choice(
            (old * factor, {"value": old * factor, "plausible": True}, {"value": old, "low": old * factor})
        )
    if kind == 2:
        return chance.choice(
            (
                [old],
                {"value": old},
                {"x": old},
                {"2027Q1": old},
                [old, old],
                {"value": old, "plausible": True},
            )
        )
    return chance.choice(ODD)


def of_its_kind(old: Any, chance: random.Random) -> Any:
    """Return another number, date, id or truth."""
    if isinstance(old, bool):
        return not old
    if isinstance(old, int | float):
        new = old * chance.choice((0, 0.1, 0.5, 0.9, 1.1, 2, 3, 10, -1)) + chance.choice((0, 0, 1))
        new = round(new) if isinstance(old, int) and chance.random() < 0.8 else new
        return {"value": new, "plausible": True} if chance.random() < 0.2 else new
    if isinstance(old, str) and old[:2] in ("19", "20"):
        return chance.choice(
            (
                "1990",
                "2026Q3",
                "2027",
                "2027Q1",
                "2027Q2",
                "2027-02-28",
                "2027H2",
                "2028Q1",
                "2031",
                "2050-12-31",
                "2199",
            )
        )
    words = (
        "us",
        "oracle",
        "oracle.abilene",
        "training",
        "inference",
        "gb300",
        "milam",
        "milam.hall",
        "cloud",
        "shell",
        "own",
        "any",
        "quarter",
        "year",
        "month",
        "10%",
        "0%",
        "150%",
        "step",
        "powered_mw",
        "spend",
    )
    return chance.choice(words)


def changed(plain: Any, chance: random.Random) -> Any:
    """Return a plain value with one value, key or branch replaced, taken away or doubled."""
    if not isinstance(plain, dict | list) or not plain or chance.random() < 0.12:
        return other_value(plain, chance)
    if isinstance(plain, list):
        at = chance.randrange(len(plain))
        return [changed(each, chance) if n == at else each for n, each in enumerate(plain)]
    key = chance.choice(list(plain))
    kind = chance.random()
    if kind < 0.06:
        name = chance.choice(("", "a.b", "*", "2027", "value", "csv", key.upper(), key + "x", key[:-1]))
        return {name if k == key else k: v for k, v in plain.items()}
    if kind < 0.12:
        return {k: v for k, v in plain.items() if k != key}
    if kind < 0.16:
        return {
            **plain,
            chance.choice(("other", "b2", key + "_2", "value", "low")): chance.choice(
                (plain[key], subtree(plain, chance))
            ),
        }
    return {k: changed(v, chance) if k == key else v for k, v in plain.items()}


def path_in(plain: Any, chance: random.Random) -> str:
    """Return a dotted path that leads somewhere, or nearly so."""
    if chance.random() < 0.3:
        steps = [
            "a" if step == "*" and chance.random() < 0.3 else step for step in chance.choice(schema_paths())
        ]
    else:
        steps = []
        while isinstance(plain, dict | list) and plain and (not steps or chance.random() < 0.85):
            at = chance.choice(list(plain) if isinstance(plain, dict) else list(range(len(plain))))
            steps.append(str(at))
            plain = plain[at]
    while steps and chance.random() < 0.2:
        at = chance.randrange(len(steps) + 1)
        if chance.random() < 0.5:
            steps.insert(at, chance.choice(("*", "x", "0", "value", "2027Q1", "low", "", "7")))
        elif at < len(steps):
            steps[at] = chance.choice(("*", "x", steps[at] + "x", "0", ""))
    return ".".join(steps)


def overrides(plain: Any, chance: random.Random, most: int = 3) -> dict[str, Any]:
    """Return a body of overrides, dotted or nested."""
    body: dict[str, Any] = {}
    for _ in range(chance.randint(1, most)):
        path = path_in(plain, chance)
        value = other_value(1, chance)
        if chance.random() < 0.4:
            for step in reversed(path.split(".")[1:]):
                value = {step: value}
            path = path.split(".")[0]
        body[path] = value
    return body


Attempt = Callable[[], Instance]


def attempt(number: int, seed: int, folder: Path) -> tuple[str, Attempt]:
    """Return the kind of the input of this number, and what reads it."""
    chance = random.Random(f"{seed}:{number}")
    name, text, plain = chance.choice(seeds())
    kind = chance.choice(
        (
            "yaml",
            "yaml",
            "json",
            "saved",
            "csv",
            "tree",
            "tree",
            "tree",
            "tweak",
            "tweak",
            "set",
            "case",
            "branch",
            "extends",
        )
    )
    file = folder / ("i.json" if kind in ("json", "saved") else "i.yaml")
    if kind == "yaml":
        data = mutated(text.encode(), chance)
    elif kind == "json":
        data = mutated(json.dumps(plain, indent=chance.choice((None, 1))).encode(), chance)
    elif kind == "saved":
        saved = {
            "case": "a",
            "cases": ["a"],
            "changes": [{"path": "x", "old": 1, "new": None, "by": "y"}],
            "rules_off": ["liquidity_floor"],
        }
        whole = {**plain, "saved": saved}
        data = (
            json.dumps(changed(whole, chance)).encode()
            if chance.random() < 0.5
            else mutated(json.dumps(whole).encode(), chance)
        )
    elif kind == "csv":
        (folder / "t.csv").write_bytes(mutated(TABLE.encode(), chance))
        data = tables().encode()
    elif kind == "tweak":
        return kind, tweaks(name, plain, chance)
    elif kind == "set":
        sets = [
            f"{path_in(plain, chance)}={chance.choice((json.dumps(other_value(1, chance)), chance.choice(TOKENS)))}"
            for _ in range(chance.randint(1, 3))
        ]
        return kind, lambda: planner.read(TUTORIAL / name, sets=sets)
    elif kind == "case":
        cases = {each: overrides(plain, chance) for each in ("a", "b")[: chance.randint(1, 2)]}
        if chance.random() < 0.1:
            cases = changed(cases, chance)
        data = written({**plain, "cases": cases}, chance)
        chosen = chance.sample(["a", "b"], chance.randint(0, 2))
        file.write_bytes(data)
        return kind, lambda: planner.read(
            file, cases=[each for each in chosen if isinstance(cases, dict) and each in cases]
        )
    elif kind == "branch":
        branches = {each: {"probability": 0.5, "set": overrides(plain, chance)} for each in ("high", "low")}
        factor = {"known": chance.choice(("2027Q1", "2027Q3", "2028Q1")), "branches": branches}
        data = written(
            {**plain, "scenarios": {"f": changed(factor, chance) if chance.random() < 0.3 else factor}},
            chance,
        )
    elif kind == "extends":
        (folder / "base.yaml").write_text(text)
        data = written({"extends": "base.yaml", **overrides(plain, chance, 4)}, chance)
    else:
        once = changed(plain, chance)
        data = written(once if chance.random() < 0.7 else changed(once, chance), chance)
    if chance.random() < 0.002:
        data += b"\n".join(
            [b"extra:"] + [b"  - " + data[:200].replace(b"\n", b" ")] * chance.randint(1, 4_000)
        )
    file.write_bytes(data[: 2**20])
    return kind, lambda: planner.read(file)


def written(plain: Any, chance: random.Random) -> bytes:
    """Return a plain value as YAML, or as JSON, which most often is YAML too."""
    if isinstance(plain, dict) and plain and chance.random() < 0.5:
        with contextlib.suppress(AttributeError, TypeError):
            return to_yaml(plain).encode("utf-8", "replace")
    return json.dumps(plain).encode()


def tweaks(name: str, plain: Any, chance: random.Random) -> Attempt:
    """Return a call of `tweak`, `without` or `solve`-less words of Python."""
    path = path_in(plain, chance)
    value = chance.choice(PYTHON) if chance.random() < 0.15 else other_value(1, chance)
    kind = chance.random()
    if kind < 0.1:
        word = chance.choice((*plain, *plain.get("limits", {}), "x", "liquidity_floor", value))
        return lambda: instance_of(name).without(word)
    if kind < 0.3:
        return lambda: instance_of(name).tweak(path, **{chance.choice(("scale", "add")): value})
    if kind < 0.4:
        return lambda: (
            instance_of(name).tweak(path, value).tweak(path_in(plain, chance), other_value(1, chance))
        )
    return lambda: instance_of(name).tweak(path, value)


@dataclass
class Result:
    """What came of the inputs tried so far."""

    kinds: collections.Counter[str] = field(default_factory=collections.Counter)
    raw: dict[str, list[int]] = field(default_factory=dict)
    """Raw exceptions by type and place, with the numbers of the inputs."""
    late: dict[str, list[int]] = field(default_factory=dict)
    """Errors of the preparation that `check` did not find: no raw exceptions, but told late."""
    slow: list[tuple[float, int]] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def line(self) -> str:
        """One line with everything that counts."""
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        raw = sum(len(each) for each in self.raw.values())
        late = sum(len(each) for each in self.late.values())
        slowest = max(self.slow, default=(0.0, -1))
        words = ", ".join(f"{kind} {count}" for kind, count in sorted(self.kinds.items()))
        over = sum(seconds > SECONDS for seconds, _ in self.slow)
        return f"{sum(self.kinds.values())} inputs: {raw} raw exceptions, {late} told late, {over} over {SECONDS:g} s (slowest {slowest[0]:.2f} s, number {slowest[1]}), peak {peak} MB, {self.seconds:.0f} s of processor time ({words})"


def answered(read: Attempt, chance: random.Random) -> tuple[str, str]:
    """Read, check and at times prepare: what came of it, and the place of an error that came late."""
    from planner.data.prepare import prepare

    try:
        instance = read()
        findings = planner.check(instance)
        [str(finding) for finding in findings]
    except PlannerError as error:
        text = str(error)
        assert text and len(text) < 400_000, len(text)
        if isinstance(error, InstanceError):
            assert error.findings
            assert all(finding.message and finding.where for finding in error.findings)
        return type(error).__name__, ""
    if any(finding.severity == "error" for finding in findings):
        return "checked", ""
    if chance.random() < 0.3:
        assert instance.to_yaml() and instance.hash
        list(instance.numbers())
    if chance.random() < 0.25 and _years(instance) <= 12:
        try:
            prepare(instance)
        except InstanceError as error:
            return "late", f"InstanceError: {sorted({finding.code for finding in error.findings})}"
        except PlannerError as error:
            return "late", f"{type(error).__name__}: {str(error)[:160]}"
    return "valid", ""


def _years(instance: Instance) -> float:
    calendar = instance.spec.calendar
    return (calendar.end.after - calendar.start.first).days / 365.0


def campaign(count: int, seed: int, first: int = 0, progress: int = 0) -> Result:
    """Try `count` inputs from number `first` on."""
    result = Result()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        (folder / "t.csv").write_text(TABLE)
        for number in range(first, first + count):
            one(number, seed, folder, result)
            if progress and (number + 1 - first) % progress == 0:
                print(f"{number + 1}: {result.line}", flush=True)
                for signature, numbers in result.raw.items():
                    print(f"   {signature}: {len(numbers)}, e.g. {numbers[:5]}", flush=True)
    return result


def one(number: int, seed: int, folder: Path, result: Result) -> None:
    """Try one input."""
    kind, read = attempt(number, seed, folder)
    start = time.process_time()
    try:
        with at_most(60):
            answer, late = answered(read, random.Random(number))
        if late:
            result.late.setdefault(late, []).append(number)
    except Exception as error:
        answer = "raw"
        frames = traceback.extract_tb(error.__traceback__)
        inside = [frame for frame in frames if "planner" in frame.filename] or list(frames)
        place = (
            f"{Path(inside[-1].filename).name}:{inside[-1].lineno} {type(error).__name__}: {str(error)[:80]}"
        )
        result.raw.setdefault(place, []).append(number)
    seconds = time.process_time() - start
    result.seconds += seconds
    result.kinds[f"{kind}/{answer}"] += 1
    result.slow = sorted([*result.slow, (seconds, number)], reverse=True)[:10]
    if kind == "csv":
        (folder / "t.csv").write_text(TABLE)


@contextlib.contextmanager
def at_most(seconds: int) -> Iterator[None]:
    """A guard against hanging."""

    def stop(*_: Any) -> None:
        raise RuntimeError(f"no answer in {seconds} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def main() -> int:
    """Run a campaign from the command line."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--count", type=int, default=1_000)
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--first", type=int, default=0)
    words.add_argument("--only", type=int)
    words.add_argument("--big", action="store_true")
    given = words.parse_args()
    if given.big:
        from fuzz_big import all_big

        return all_big()
    if given.only is not None:
        with tempfile.TemporaryDirectory() as place:
            (Path(place) / "t.csv").write_text(TABLE)
            kind, read = attempt(given.only, given.seed, Path(place))
            print(
                kind,
                *(
                    path.read_bytes()[:3_000]
                    for path in sorted(Path(place).iterdir())
                    if path.name != "t.csv"
                ),
            )
            print(answered(read, random.Random(given.only)))
        return 0
    result = campaign(given.count, given.seed, given.first, progress=5_000)
    for signature, numbers in sorted(result.raw.items()):
        print(f"RAW {signature}: {len(numbers)}, e.g. {numbers[:5]}")
    for signature, numbers in sorted(result.late.items(), key=lambda each: -len(each[1]))[:40]:
        print(f"late {signature}: {len(numbers)}, e.g. {numbers[:3]}")
    print(result.line)
    return bool(result.raw)


if __name__ == "__main__":
    sys.exit(main())
