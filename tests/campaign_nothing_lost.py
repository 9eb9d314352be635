"""A campaign of kills and signals against `planner solve`: no plan that was shown may be lost.

    python tests/campaign_nothing_lost.py --kills 500 --signals 300 --seed 1 --folder /tmp/campaign

Every trial runs the command line in a forked process and ends it: with SIGKILL, or with SIGINT, SIGTERM or SIGHUP, one
or two of them, at a random time or at the entry of a named function. Then it looks at what is left. After a SIGKILL:
every plan shown longer before it than it takes to be kept on disk is in a run folder or comes back by `planner resume`.
After another signal: the documented exit code and a saved, audited plan with its report that costs no more than was
shown. A trial follows from the seed and its number. Results go to `results.jsonl` in the folder, one line a trial;
started again with the same folder the campaign goes on where it was. The last line says how many plans were lost.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import importlib
import json
import os
import random
import shutil
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import planner
from planner.plan import checkpoint
from planner.plan.checkpoint import load_checkpoint

ROOT = Path(__file__).resolve().parent.parent
CASH = ROOT / "instances" / "tutorial" / "15_cash_floor.yaml"
CODES = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}
SHORT_INTERVAL = 0.3
GUARD = 180.0  # a trial that takes longer hangs

MOMENTS = {
    "make_frames": "planner.plan.make:make_frames",
    "_record": "planner.run:_record",
    "finish": "planner.run:finish",
    "_finish": "planner.finish:_finish",
    "run_digest": "planner.finish:run_digest",
    "audit_plan": "planner.audit:audit_plan",
    "write_report": "planner.report:write_report",
    "save_plan": "planner.plan.store:save_plan",
    "publish": "planner.files:_publish",
    "fsync_tree": "planner.files:_fsync_tree",
    "os.replace": "os:replace",
    "os.fsync": "os:fsync",
    "os.rename": "os:rename",
    "rmtree": "shutil:rmtree",
    "keep": "planner.plan.checkpoint:Keeper._write",
    "remove": "planner.plan.checkpoint:Keeper.remove",
    "settle": "planner.plan.checkpoint:Keeper.settle",
    "clean": "planner.solve.solve:_Solve._clean",
    "assembled": "planner.solve.solve:_Solve._assembled",
    "priced first": "planner.run:_searched",
    "exit code": "planner.finish:_exit_code",
    "answer": "planner.cli.solve_verbs:_answered",
    "print": "planner.cli.terminal:to_stdout",
    "flush": "planner.cli.app:flushed",
}
BEFORE = ("priced first",)  # the others come when there is a plan
OFTEN = ("os.replace", "os.fsync")  # called many times: at one of the first of them


@dataclass(frozen=True)
class Trial:
    """What is run, and how and when it is ended.

    `moments` are names, or seconds after the first plan was shown; below zero: after the command began.
    """

    number: int
    what: str  # starter, quick, cash, cases, soft
    signals: tuple[int, ...]
    moments: tuple[str | float, ...]
    nth: int
    interval: float
    seconds_per_call: (
        float  # the solver sleeps this long in each callback: time passes and no processor is used
    )

    @property
    def kill(self) -> bool:
        """Whether it is a SIGKILL."""
        return signal.SIGKILL in self.signals


def drawn(number: int, seed: int, kills: int, slow: int) -> Trial:
    """The trial of a number: the first `kills` are kills, of these the first `slow` with the interval as it is."""
    chance = random.Random(f"{seed} {number}")
    if number < slow:
        return Trial(number, "starter", (signal.SIGKILL,), (chance.uniform(12.0, 20.0),), 1, 10.0, 0.5)
    named = chance.random() < 0.5
    moment: str | float = chance.choice(list(MOMENTS)) if named else chance.uniform(0.0, 5.0)
    what = chance.choice(["quick", "cash", "soft"] if named else ["starter", "quick", "cases", "starter"])
    if isinstance(moment, float) and chance.random() < 0.15:
        moment = -chance.uniform(0.05, 1.5)
    nth = chance.randint(1, 12) if moment in OFTEN else 1
    slowly = chance.choice([0.0, 0.02]) if what == "starter" else 0.0
    if number < kills and named:  # slowly, so that there is a plan long enough before the moment
        what, slowly = chance.choice(["quick", "quick", "cash", "soft"]), 0.1
    if number < kills:
        return Trial(number, what, (signal.SIGKILL,), (moment,), nth, SHORT_INTERVAL, slowly)
    first = chance.choice(list(CODES))
    if chance.random() < 0.3:
        second: str | float = chance.choice([chance.uniform(0.0, 0.5), chance.choice(list(MOMENTS))])
        if isinstance(moment, float) and isinstance(second, float):
            second = moment + second if moment >= 0.0 else moment - second
        both = (int(first), int(chance.choice(list(CODES))))
        return Trial(number, what, both, (moment, second), nth, SHORT_INTERVAL, slowly)
    return Trial(number, what, (int(first),), (moment,), nth, SHORT_INTERVAL, slowly)


# The process that is ended


def words_of(trial: Trial, folder: Path, starter: Path, soft: Path) -> list[str]:
    """The command line of a trial."""
    file = {"cash": CASH, "soft": soft}.get(trial.what, starter)
    gap = {
        "starter": ("--gap", "0"),
        "quick": ("--gap", "0.02"),
        "cases": ("--gap", "0.03", "--cases", "all"),
    }
    limit = ("--time-limit", "600")
    return ["solve", str(file), *gap.get(trial.what, ()), *limit, "--out", str(folder / "runs"), "--json"]


def child(trial: Trial, folder: Path, words: list[str]) -> None:
    """Run the command in this process, with the listener, the moments and the pace of the trial; never returns."""
    code = 99
    try:
        os.setsid()
        for name, number in (("stdout", 1), ("stderr", 2)):
            file = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
            os.dup2(file, number)
        for number in CODES:
            signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
        log = os.open(folder / "shown", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        prepared(trial, log)
        from planner.cli.app import main

        sys.argv = ["planner", *words]
        main()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except BaseException:
        traceback.print_exc()
    finally:
        with contextlib.suppress(Exception):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


def prepared(trial: Trial, log: int) -> None:
    """Put the listener, the pace and the moments of a trial in place."""
    verbs = importlib.import_module("planner.cli.solve_verbs")
    highs = importlib.import_module("planner.solve.highs")

    def show(progress: Any) -> None:
        if progress.cost is not None:
            os.write(log, f"{time.monotonic()} shown {progress.seconds} {progress.cost}\n".encode())

    verbs.progress = lambda voice: contextlib.nullcontext(show)  # type: ignore[assignment]
    checkpoint.CHECKPOINT_SECONDS = trial.interval  # type: ignore[misc]
    hear = highs._Ear.hear

    def slow(self: Any, *words: Any) -> None:
        hear(self, *words)
        if self._watch.best is not None and self._watch.switch.requests < self._settings.heed:
            time.sleep(trial.seconds_per_call)

    if trial.seconds_per_call:
        highs._Ear.hear = slow  # type: ignore[method-assign]
    for number, moment in zip(trial.signals, trial.moments, strict=True):
        if isinstance(moment, str):
            place(moment, number, trial.nth, log)


def place(moment: str, number: int, nth: int, log: int) -> None:
    """Make a function send this process a signal when it is entered for the nth time."""
    where, _, path = MOMENTS[moment].partition(":")
    owner: Any = importlib.import_module(where)
    *parts, name = path.split(".")
    for part in parts:
        owner = getattr(owner, part)
    honest = getattr(owner, name)
    left = [nth]

    def signalling(*words: Any, **more: Any) -> Any:
        left[0] -= 1
        if left[0] == 0:
            os.write(log, f"{time.monotonic()} sent {number}\n".encode())
            os.kill(os.getpid(), number)
        return honest(*words, **more)

    setattr(owner, name, signalling)


# One trial


@dataclass
class Seen:
    """What a trial showed and how it ended."""

    shown: list[tuple[float, float, float]]  # moment, seconds of the solve, cost
    sent: list[tuple[float, int]]
    code: int  # negative: died of this signal
    folder: Path

    def solves(self) -> list[list[tuple[float, float]]]:
        """(moment, cost) of what was shown, apart by solve."""
        parts: list[list[tuple[float, float]]] = []
        before = float("inf")
        for moment, seconds, cost in self.shown:
            if seconds < before:
                parts.append([])
            parts[-1].append((moment, cost))
            before = seconds
        return parts


def forked(work: Callable[[], None]) -> int:
    """Run in a forked process; return its number."""
    gc.freeze()
    number = os.fork()
    if number == 0:
        work()
        os._exit(98)
    return number


def lines_of(folder: Path) -> list[list[str]]:
    path = folder / "shown"
    return [line.split() for line in path.read_text().splitlines()] if path.exists() else []


def ended(number: int) -> int | None:
    """The exit code of a child, None while it runs."""
    done, status = os.waitpid(number, os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if done else None


def observed(trial: Trial, folder: Path, words: list[str]) -> Seen:
    """Run a trial to its end, sending the signals whose moments are seconds."""
    number = forked(lambda: child(trial, folder, words))
    due = [(m, s) for m, s in zip(trial.moments, trial.signals, strict=True) if isinstance(m, float)]
    sent: list[tuple[float, int]] = []
    first: float | None = None
    began, code = time.monotonic(), None
    while code is None:
        time.sleep(0.01)
        code = ended(number)
        now = time.monotonic()
        if code is None and now - began > GUARD:
            os.kill(number, signal.SIGKILL)
            os.waitpid(number, 0)
            raise TimeoutError("the trial hangs")
        if first is None:
            first = next((float(line[0]) for line in lines_of(folder) if line[1] == "shown"), None)
        while code is None and due and is_due(due[0][0], now, began, first):
            os.kill(number, due[0][1])
            sent.append((time.monotonic(), due.pop(0)[1]))
    lines = lines_of(folder)
    shown = [(float(a), float(b), float(c)) for a, kind, b, c in (x for x in lines if x[1] == "shown")]
    sent += [(float(line[0]), int(line[2])) for line in lines if line[1] == "sent"]
    return Seen(shown, sorted(sent), code, folder)


def is_due(moment: float, now: float, began: float, first: float | None) -> bool:
    """Whether the time of a signal has come; `first` is when the first plan was shown."""
    if moment < 0.0:
        return now >= began - moment
    return first is not None and now >= first + moment


def run_trial(trial: Trial, folder: Path, starter: Path, soft: Path, grace: float) -> dict[str, Any]:
    """Run a trial and judge it; `lost` says what was lost, `odd` what else is not as documented."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    result: dict[str, Any] = asdict(trial) | {"lost": "", "odd": "", "sent": 0, "code": None, "kept": ""}
    try:
        seen = observed(trial, folder, words_of(trial, folder, starter, soft))
        result |= {"sent": len(seen.sent), "code": seen.code}
        judge = judged_kill if trial.kill else judged_signal
        result |= judge(trial, seen, grace)
    except Exception as error:
        result["odd"] = "".join(traceback.format_exception(error))[-1500:]
    if not result["lost"] and not result["odd"]:
        shutil.rmtree(folder, ignore_errors=True)
    return result


def saved_plans(runs: Path) -> list[tuple[Path, Any]]:
    """Run folders with their plans, in the order in which they were saved."""
    found = [path for path in runs.glob("[!.]*") if (path / "plan.json").exists()] if runs.exists() else []
    return [
        (path, planner.load(path)) for path in sorted(found, key=lambda p: (p / "plan.json").stat().st_mtime)
    ]


def close(cost: float) -> float:
    """A cost with the room that cleaning may take."""
    return cost + 1e-6 * max(1.0, abs(cost))


def judged_kill(trial: Trial, seen: Seen, grace: float) -> dict[str, Any]:
    if seen.code != -signal.SIGKILL:
        return {"kept": "ended before"}
    killed = seen.sent[0][0]
    runs = seen.folder / "runs"
    plans = saved_plans(runs)
    left = sorted(runs.glob("[!.]*.unfinished*")) if runs.exists() else []
    limit = killed - trial.interval - grace
    owed = [min((cost for moment, cost in part if moment <= limit), default=None) for part in seen.solves()]
    have = [plan.objective_usd_m for _, plan in plans]
    result: dict[str, Any] = {
        "kept": f"{len(plans)} runs, {len(left)} unfinished",
        "owed": len([o for o in owed if o]),
    }
    for path in left:
        load_checkpoint(path)
        code = resumed(path, seen.folder)
        if code not in (0, 5):
            return result | {"lost": f"resume ended with {code}"}
    after = saved_plans(runs)
    if left and list(runs.glob(".*.part")):
        result["odd"] = "stale parts after a further run"
    for number, cost in enumerate(owed):
        if cost is None:
            continue
        if number < len(have):
            best = have[number]
        else:
            new = [plan for path, plan in after if path not in [p for p, _ in plans]]
            best = min((plan.objective_usd_m for plan in new), default=float("inf"))
        if best > close(cost):
            result["lost"] = f"solve {number}: {cost} was shown long before the kill, {best} is left"
    if not all(planner.audit(plan).ok for _, plan in after):
        result["odd"] = "the audit rejects a plan"
    return result


def resumed(path: Path, folder: Path) -> int:
    """Exit code of `planner resume PATH --time-limit 0` in a process of its own."""
    words = ["resume", str(path), "--time-limit", "0", "-q"]
    calm = Trial(0, "resume", (), (), 1, 10.0, 0.0)
    number = forked(lambda: child(calm, folder, words))
    _, status = os.waitpid(number, 0)
    return os.waitstatus_to_exitcode(status)


def judged_signal(trial: Trial, seen: Seen, grace: float) -> dict[str, Any]:
    if not seen.sent:
        return {"kept": "ended before"}
    first = seen.sent[0][0]
    runs = seen.folder / "runs"
    plans = saved_plans(runs)
    result: dict[str, Any] = {"kept": f"{len(plans)} runs"}
    parts = seen.solves()
    owed = [min((cost for moment, cost in part if moment <= first), default=None) for part in parts]
    result["owed"] = len([cost for cost in owed if cost is not None])
    for number, cost in enumerate(owed):
        if cost is None:
            continue
        if number >= len(plans):
            return result | {"lost": f"solve {number}: a plan of {cost} was shown, none is saved"}
        if plans[number][1].objective_usd_m > close(cost):
            return result | {
                "lost": f"solve {number}: {cost} shown, {plans[number][1].objective_usd_m} saved"
            }
    if trial.moments[0] in [name for name in MOMENTS if name not in BEFORE] and not plans:
        return result | {"owed": 1, "lost": f"no plan is saved, exit code {seen.code}"}
    if seen.code < 0 and not plans and not parts:
        return result | {"kept": "ended before the command had begun"}
    odd = [f"{path.name}: the audit rejects it" for path, plan in plans if not planner.audit(plan).ok]
    if len(trial.signals) == 1:
        odd += [f"{path.name}: no report" for path, _ in plans if not list(path.glob("*.html"))]
    odd += [path.name for path in (*runs.glob(".*"), *runs.glob("[!.]*.unfinished*"))]
    if seen.code != CODES[signal.Signals(seen.sent[0][1])]:
        odd.append(f"exit code {seen.code}")
    text = (seen.folder / "stdout").read_text()
    try:
        json.loads(text)
    except ValueError:
        odd.append(f"no JSON on stdout: {text[-200:]!r}")
    return result | {"odd": "; ".join(odd)}


# The campaign


@contextlib.contextmanager
def warmed(folder: Path) -> Iterator[tuple[Path, Path]]:
    """The two instance files, with all imported that a trial needs; nothing of the solver runs in this process."""
    folder.mkdir(parents=True, exist_ok=True)
    starter, soft = folder / "starter.yaml", folder / "soft.yaml"
    if not starter.exists():
        planner.write_starter(starter)
    soft.write_text(planner.read(CASH).tweak("money.soft_floor", {}).to_yaml())
    for name in (
        "cli.app",
        "run",
        "resume",
        "plan.make",
        "solve.solve",
        "solve.elastic",
        "audit",
        "report",
        "compare",
    ):
        importlib.import_module(f"planner.{name}")
    import highspy  # noqa: F401

    first = folder / "first"
    if not first.exists():
        trial = Trial(-1, "cash", (), (), 1, 10.0, 0.0)
        first.mkdir()
        seen = observed(trial, first, words_of(trial, first, starter, soft))
        assert seen.code == 0, (first / "stderr").read_text()
    ((_, plan),) = saved_plans(first / "runs")
    planner.write_report(plan, planner.audit(plan), first / "runs")  # templates are read once
    yield starter, soft


def worker(numbers: list[int], options: argparse.Namespace, starter: Path, soft: Path) -> None:
    """Run trials one after the other and add a line for each to the results."""
    for number in numbers:
        trial = drawn(number, options.seed, options.kills, options.slow)
        result = run_trial(trial, options.folder / f"trial-{number}", starter, soft, options.grace)
        with open(options.folder / "results.jsonl", "a") as file:
            file.write(json.dumps(result) + "\n")
        if result["lost"] or result["odd"]:
            print(f"trial {number}: {result['lost'] or result['odd']}", flush=True)
    os._exit(0)


def summary(results: list[dict[str, Any]]) -> str:
    """One line: how many trials hit, how many plans were owed and lost."""
    kills = [r for r in results if signal.SIGKILL in r["signals"]]
    others = [r for r in results if signal.SIGKILL not in r["signals"]]
    said = []
    for name, group in (("kills", kills), ("other signals", others)):
        hit = [r for r in group if r["sent"]]
        named = [r for r in hit if isinstance(r["moments"][0], str)]
        double = [r for r in hit if r["sent"] > 1]
        said.append(
            f"{len(hit)} {name} ({len(named)} at named moments, {len(double)} double), in which "
            f"{sum(r.get('owed', 0) for r in hit)} plans were owed; {len(group) - len(hit)} ended before"
        )
    lost = [r["number"] for r in results if r["lost"]]
    odd = [r["number"] for r in results if r["odd"]]
    return f"{'; '.join(said)}: {len(lost)} lost {lost or ''}, {len(odd)} otherwise not as documented {odd or ''}"


def main(words: list[str] | None = None) -> int:
    """Run what is missing of the campaign; 0 when nothing was lost and all is as documented."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--signals", type=int, default=300)
    parser.add_argument("--slow", type=int, default=20, help="kills with the interval of ten seconds")
    parser.add_argument(
        "--grace", type=float, default=1.5, help="seconds that a busy machine may take beside the interval"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--folder", type=Path, required=True)
    options = parser.parse_args(words)
    path = options.folder / "results.jsonl"

    def results() -> list[dict[str, Any]]:
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    with warmed(options.folder) as (starter, soft):
        done = {result["number"] for result in results()}
        numbers = [n for n in range(options.kills + options.signals) if n not in done]
        workers = [
            forked(lambda part=numbers[w :: options.jobs]: worker(part, options, starter, soft))  # type: ignore[misc]
            for w in range(options.jobs)
        ]
        for number in workers:
            os.waitpid(number, 0)
    found = results()
    print(summary(found), flush=True)
    return int(
        any(result["lost"] or result["odd"] for result in found)
        or len(found) < options.kills + options.signals
    )


if __name__ == "__main__":
    raise SystemExit(main())
