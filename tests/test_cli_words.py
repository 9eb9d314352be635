"""The words of the command line: all documented, all cheap, all wrong ones answered."""

from __future__ import annotations

import json
import os
import re
import shlex
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import click
import pytest

from planner.cli.app import commands, run

ROOT = Path(__file__).resolve().parent.parent
PLANNER = [sys.executable, "-m", "planner"]
COMMON = {"--json", "-q", "--quiet", "-v", "--verbose", "--debug", "-h", "--help"}


def names_of(command: click.Command) -> set[str]:
    return {
        name for option in command.params if isinstance(option, click.Option) for name in option.opts
    } - COMMON


def section(verb: str) -> str:
    text = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    found = re.search(rf"^## {verb}\n(.*?)(?=^## )", text, re.MULTILINE | re.DOTALL)
    assert found, f"docs/cli.md has no section {verb}"
    return found[1]


@pytest.mark.parametrize("verb", sorted(commands.commands))
def test_every_verb_and_option_is_documented_and_has_help(verb: str) -> None:
    command = commands.commands[verb]
    text = section(verb)
    missing = [
        name for name in names_of(command) if not re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text)
    ]
    assert not missing
    assert command.help
    assert all(option.help for option in command.params if isinstance(option, click.Option))


def test_common_options_are_documented_and_every_verb_has_them() -> None:
    text = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8").partition("\n## ")[0]
    assert [name for name in COMMON if f"`{name}`" not in text] == []
    for command in commands.commands.values():
        have = {name for option in command.params for name in option.opts}
        assert COMMON - {"-h", "--help"} <= have, command.name


def test_nothing_is_documented_that_does_not_exist() -> None:
    text = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    sections = set(re.findall(r"^## (\w+)$", text, re.MULTILINE))
    assert sections == set(commands.commands)
    for verb in sections:
        known = names_of(commands.commands[verb]) | COMMON
        assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", section(verb))) <= known, verb


def test_every_exit_code_is_documented() -> None:
    from planner import errors

    kinds = [
        kind
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, errors.PlannerError)
    ]
    codes = {kind.exit_code for kind in kinds} | {0, 5, 129, 130, 143}
    text = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    assert {int(code) for code in re.findall(r"^\| (\d+) \|", text, re.MULTILINE)} == codes


def readme_commands() -> list[list[str]]:
    """Return the words after `planner` of every command line in the README and the documentation."""
    found = []
    for page in [
        ROOT / "README.md",
        *sorted((ROOT / "docs").rglob("*.md")),
        ROOT / "instances" / "README.md",
    ]:
        if not page.exists():
            continue
        blocks = re.findall(r"```(?:bash|sh|console)?\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
        for line in "\n".join(blocks).splitlines():
            for piece in re.split(r"&&|;|\|", line):
                words = shlex.split(piece, comments=True)
                words = words[1:] if words[:1] == ["$"] else words
                if words and (words[0] == "planner" or words[0].endswith("/planner")):
                    found.append(words[1:])
    return found


@pytest.mark.parametrize("words", readme_commands(), ids=" ".join)
def test_every_command_in_the_documentation_can_be_parsed(words: list[str]) -> None:
    if words[0] in ("--version", "--help"):
        return
    command = commands.commands[words[0]]
    command.make_context(words[0], list(words[1:]), resilient_parsing=False)


def seconds_over_bare(*words: str, **environment: str) -> float:
    """Return the median over nine runs of how much longer the words take than a bare interpreter.

    Seconds of processor, not of the clock: other work on the machine must not decide whether this passes.
    """
    ours, bare = [], []
    for _ in range(9):
        ours.append(processor_seconds(words, {**os.environ, **environment}))
        bare.append(processor_seconds([sys.executable, "-c", "pass"], dict(os.environ)))
    return statistics.median(ours) - statistics.median(bare)


def processor_seconds(words: Sequence[str], environment: dict[str, str]) -> float:
    with open(os.devnull, "w") as nowhere:
        process = subprocess.Popen(words, cwd=ROOT, env=environment, stdout=nowhere)
        _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return used.ru_utime + used.ru_stime


@pytest.mark.parametrize("words", [["--help"], ["--version"], ["solve", "--help"]], ids=" ".join)
def test_help_starts_at_once(words: list[str]) -> None:
    assert seconds_over_bare(*PLANNER, *words) <= 0.12


def test_completion_starts_at_once() -> None:
    asked = {"_PLANNER_COMPLETE": "bash_complete", "COMP_WORDS": "planner so", "COMP_CWORD": "1"}
    assert seconds_over_bare(*PLANNER, **asked) <= 0.12


def test_checking_the_flagship_takes_little_more_than_reading_it() -> None:
    """Both in one process and by turns: a busy machine slows the two alike."""
    import planner

    path = ROOT / "instances" / "stargate.yaml"
    reading, checking = [], []
    for _ in range(6):
        begun = time.process_time()
        instance = planner.read(path)
        read = time.process_time()
        planner.check(instance)
        reading.append(read - begun)
        checking.append(time.process_time() - read)
    assert statistics.median(checking) <= 4.0 * statistics.median(reading)


@pytest.mark.slow  # seconds: on a quiet machine
def test_check_of_the_flagship_is_quick() -> None:
    assert seconds_over_bare(*PLANNER, "check", str(ROOT / "instances" / "stargate.yaml"), "-q") <= 0.4


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_knows_verbs_and_options(shell: str) -> None:
    def complete(words: str, current: str, number: int) -> str:
        asked = {"_PLANNER_COMPLETE": f"{shell}_complete", "COMP_WORDS": words, "COMP_CWORD": str(number)}
        if shell == "fish":
            asked["COMP_CWORD"] = current
        done = subprocess.run(PLANNER, cwd=ROOT, env={**os.environ, **asked}, capture_output=True, text=True)
        assert done.returncode == 0
        return done.stdout

    assert "solve" in complete("planner so", "so", 1)
    assert "--time-limit" in complete("planner solve --ti", "--ti", 2)


WRONG = [
    ["slove"],
    ["solve"],
    ["solve", "f.yaml", "--gpa", "1"],
    ["solve", "f.yaml", "--gap", "small"],
    ["solve", "f.yaml", "g.yaml"],
    ["solve", "f.yaml", "--cases", "some"],
    ["solve", "f.yaml", "--cases", "all", "--case", "x"],
    ["export", "f.yaml", "--format", "doc", "--out", "x"],
    ["compare", "one"],
]


@pytest.mark.parametrize("words", WRONG, ids=" ".join)
def test_wrong_words_exit_2_with_one_message_and_one_object(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(words) == 2
    plain = capsys.readouterr()
    assert plain.out == ""
    assert plain.err.startswith("error: ")
    assert "--help" in plain.err
    assert "Traceback" not in plain.err
    assert run([*words, "--json"]) == 2
    value = json.loads(capsys.readouterr().out)
    assert value["exit_code"] == 2
    assert value["error"]["kind"] == "UsageError"


def test_no_words_give_the_help_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([]) == 2
    assert "Usage: planner" in capsys.readouterr().err


def test_the_version_is_the_package_version(capsys: pytest.CaptureFixture[str]) -> None:
    import planner

    assert run(["--version"]) == 0
    assert capsys.readouterr().out == f"planner {planner.__version__}\n"
