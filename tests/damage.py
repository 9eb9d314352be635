"""Damage to the folder of a saved plan, one place at a time: by accident, or by a hand that makes the seal again."""

from __future__ import annotations

import json
import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from planner.plan.seal import digest_of, sealed

Damage = Callable[[Path, random.Random], str]
VALUES: tuple[Any, ...] = (
    None, True, -1, 0, 1e300, "x", "", [], {}, [[]], {"a": {"b": 1}}, 10**30, "é" * 5000, -0.5,
)  # fmt: skip
CELLS = (
    "",
    "x",
    "nan",
    "inf",
    "-1e308",
    "1e999",
    "True",
    "0",
    "-5",
    '"',
    "a,b",
    "\x00",
    "2026-13-45",
    "é" * 3000,
)


def files_of(folder: Path) -> list[Path]:
    """Return every file of the plan, not those of its report."""
    names = ("plan.json", "instance.json", "solver.log")
    return sorted([*(folder / "tables").glob("*.csv"), *(folder / name for name in names)])


def bytes_changed(folder: Path, chance: random.Random) -> str:
    file = chance.choice([each for each in files_of(folder) if each.stat().st_size])
    data = bytearray(file.read_bytes())
    at = chance.randrange(len(data))
    data[at : at + chance.choice([1, 1, 4])] = chance.choice(
        [b"\x00", b"9", b"[", b'"', b"\xff\xfe", b"\n", b""]
    )
    if bytes(data) == file.read_bytes():
        data = data[:-1]
    file.write_bytes(bytes(data))
    return f"bytes of {file.name} at {at}"


def cut_off(folder: Path, chance: random.Random) -> str:
    file = chance.choice([each for each in files_of(folder) if each.stat().st_size])
    file.write_bytes(file.read_bytes()[: chance.randrange(file.stat().st_size)])
    return f"{file.name} cut off"


def gone(folder: Path, chance: random.Random) -> str:
    file = chance.choice(files_of(folder))
    file.unlink()
    if chance.random() < 0.3:
        file.mkdir()
    elif chance.random() < 0.2:
        os.mkfifo(file)
    return f"{file.name} gone or no file"


def other_text(folder: Path, chance: random.Random) -> str:
    file = chance.choice(files_of(folder))
    text = chance.choice(
        ["", "null", "[]", "{}", "[" * 200_000, '{"a":' * 50_000, "NaN", '{"format": 2}', "\ufeff", "a\tb"]
    )
    file.write_text(text, encoding="utf-8")
    return f"{file.name} is {text[:10]!r}"


def json_changed(folder: Path, chance: random.Random) -> str:
    file = chance.choice([folder / "plan.json"] * 3 + [folder / "instance.json"])
    content = json.loads(file.read_text(encoding="utf-8"))
    holder, key = chance.choice(list(_places(content)))
    before = json.dumps(holder[key])
    if chance.random() < 0.3:
        del holder[key]
    else:
        holder[key] = chance.choice([value for value in VALUES if json.dumps(value) != before])
    file.write_text(json.dumps(content), encoding="utf-8")
    return f"{file.name} {key}: {before[:30]}"


def _places(content: Any) -> list[tuple[Any, Any]]:
    found: list[tuple[Any, Any]] = []
    open_ = [content]
    while open_:
        value = open_.pop()
        keys = (
            list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
        )
        for key in keys:
            found.append((value, key))
            open_.append(value[key])
    return found


def table_changed(folder: Path, chance: random.Random) -> str:
    file = chance.choice([each for each in files_of(folder) if each.suffix == ".csv"])
    before = file.read_text(encoding="utf-8")
    rows = [line.split(",") for line in before.splitlines()]
    row = chance.randrange(len(rows))
    column = chance.randrange(len(rows[row]))
    kind = chance.choice(
        ["cell", "cell", "cell", "row gone", "twice", "column gone", "header only", "long", "order"]
    )
    if kind == "cell":
        rows[row][column] = chance.choice(CELLS)
    elif kind == "row gone":
        del rows[row]
    elif kind == "twice":
        rows.append(rows[row])
    elif kind == "column gone":
        rows = [line[:column] + line[column + 1 :] for line in rows]
    elif kind == "header only":
        del rows[1:]
    elif kind == "long":
        rows[row].append("more")
    else:
        chance.shuffle(rows)
    text = "".join(",".join(line) + "\n" for line in rows)
    file.write_text(text if text != before else before + "x\n", encoding="utf-8")
    return f"{file.name} {kind} {row}:{column}"


DAMAGES: tuple[Damage, ...] = (
    bytes_changed,
    cut_off,
    gone,
    other_text,
    json_changed,
    table_changed,
    table_changed,
)


def damaged(saved: Path, folder: Path, seed: int, seal_again: bool) -> str:
    """Copy a saved plan to `folder` with one damage; return what it was."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(saved, folder)
    chance = random.Random(seed)
    what = chance.choice(DAMAGES)(folder, chance)
    if seal_again:
        seal(folder)
    return what


def seal(folder: Path) -> None:
    """Make the digests of a folder again, as a forger would, where its plan.json is still one."""
    file = folder / "plan.json"
    try:
        body = json.loads(file.read_text(encoding="utf-8"))
        for name in body["files"]:
            if (folder / name).is_file():
                body["files"][name] = digest_of((folder / name).read_bytes())
        file.write_text(json.dumps(sealed(body)), encoding="utf-8")
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return
