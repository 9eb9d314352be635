"""The house rules that a machine can check: direction of imports, names, paths, words that are documented."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "planner"

# A room may import from rooms of an earlier row and from itself. The longest name that fits counts.
ORDER = (
    ("errors",),
    ("calls",),
    ("owner",),
    ("files", "numbers", "units", "versions", "instance.quantity"),
    ("timeline",),
    ("tree",),
    ("instance",),
    ("level_cost",),
    ("instance.check",),
    ("data",),
    ("model",),
    ("solve",),
    ("plan",),
    ("audit",),
    ("explain", "explore"),
    ("report", "export", "doctor", "starter"),
    ("finish",),
    ("differences",),
    ("compare",),
    ("run",),
    ("resume",),
    ("case_table",),
    ("every_case",),
    ("cli",),
    ("__main__",),
)
RANK = {name: number for number, row in enumerate(ORDER) for name in row}
# The second opinion shares only what is not an opinion.
AUDIT_MAY_IMPORT = {"errors", "files", "units", "timeline", "tree", "instance", "plan", "audit"}
# A library that only these rooms may import.
ONLY_IN = {
    "highspy": {"solve"},
    "pyscipopt": {"solve"},
    "pyomo": {"model", "solve"},
    "jinja2": {"report"},
    "xlsxwriter": {"report", "export"},
    "yaml": {"instance"},
    "click": {"cli"},
}
ROOT_NAMES = {
    *(".ci", ".gitignore", "CHANGELOG.md", "LICENSE", "README.md", "benchmarks", "constraints.txt", "docs"),
    *("instances", "planner", "pyproject.toml", "reports", "tests"),
}


def room(path: Path) -> str:
    """Return the first name under planner/: `planner/model/money.py` lives in `model`."""
    first = path.relative_to(PACKAGE).parts[0]
    return first.removesuffix(".py")


def rank(dotted: str) -> int:
    """Return the number of the room where `instance.check.ranges` lives; KeyError when there is none."""
    parts = dotted.split(".")
    for length in range(len(parts), 0, -1):
        if (name := ".".join(parts[:length])) in RANK:
            return RANK[name]
    raise KeyError(dotted)


def modules() -> list[Path]:
    """Return every module of the package."""
    return sorted(path for path in PACKAGE.rglob("*.py"))


def imports(path: Path) -> Iterator[tuple[str, int, bool]]:
    """Yield (absolute dotted name, line, inside a function) for every import of a module."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    package = ["planner", *path.relative_to(PACKAGE).parts[:-1]]
    inside = {
        id(node)
        for function in ast.walk(tree)
        if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef))
        for node in ast.walk(function)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node.lineno, id(node) in inside
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            name = ".".join([*base, *([node.module] if node.module else [])])
            if name == "planner":
                for alias in node.names:
                    yield f"planner.{alias.name}", node.lineno, id(node) in inside
            else:
                yield name, node.lineno, id(node) in inside


def import_faults(path: Path) -> list[str]:
    """Return what is wrong with the imports of one module."""
    own = room(path)
    dotted = ".".join(path.relative_to(PACKAGE).with_suffix("").parts)
    if own == "__init__":
        return []  # the public surface: names and where they live, imported when used
    if own not in RANK:
        return [f"{path}: give {own} a place in RANK"]
    faults = []
    for name, line, inside in imports(path):
        where = f"{path.relative_to(ROOT)}:{line}"
        top, _, rest = name.partition(".")
        other = rest.split(".")[0]
        if top in ONLY_IN and own not in ONLY_IN[top]:
            faults.append(f"{where}: only {sorted(ONLY_IN[top])} may import {top}")
        if top != "planner" or other == "__version__":
            continue
        if not other:
            # A convenience method (`instance.solve()`) asks the public surface when it is called.
            if not inside:
                faults.append(f"{where}: `import planner` only inside a function")
        elif other not in RANK:
            faults.append(f"{where}: {name} goes through the public surface; import it from where it lives")
        elif own == "audit" and other not in AUDIT_MAY_IMPORT:
            faults.append(f"{where}: the audit is a second opinion and may not import {other}")
        elif other != own and rank(rest) >= rank(dotted):
            faults.append(f"{where}: {dotted} may not import {rest}, which comes after it")
    return faults


def test_imports_go_one_way() -> None:
    faults = [fault for path in modules() for fault in import_faults(path)]
    assert not faults, "\n".join(faults)


def test_import_test_sees_a_wrong_import(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "planner"
    for name, text in {
        "data/tables.py": "from planner.model import money\n",
        "audit.py": "def f():\n    from .solve import run\n",
        "report/page.py": "import highspy\nimport planner.cli.app\n",
        "model/money.py": "import planner\n",
        "plan/plan.py": "from planner import solve\nfrom planner.errors import NoPlan\n",
    }.items():
        (package / name).parent.mkdir(parents=True, exist_ok=True)
        (package / name).write_text(text)
    monkeypatch.setattr(sys.modules[__name__], "PACKAGE", package)
    monkeypatch.setattr(sys.modules[__name__], "ROOT", tmp_path)
    counts = {path.name: len(import_faults(path)) for path in modules()}
    assert counts == {"tables.py": 1, "audit.py": 1, "page.py": 2, "money.py": 1, "plan.py": 0}


# Packages that a module comes with, where the names differ: its own, or the one that brings it and means it to be used.
CALLED = {
    "markupsafe": "jinja2",
    "pydantic_core": "pydantic",
    "yaml": "pyyaml",
}


def test_every_import_is_a_declared_dependency_and_every_dependency_is_imported() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["prover"]]
    declared = {re.match(r"[A-Za-z0-9-]+", line)[0].lower() for line in wanted}  # type: ignore[index]
    tops = {name.partition(".")[0] for path in modules() for name, _, _ in imports(path)}
    foreign = tops - set(sys.stdlib_module_names) - {"planner"}
    assert {CALLED.get(name, name) for name in foreign} == declared


def test_importing_the_package_and_the_command_line_is_cheap() -> None:
    code = (
        "import sys, planner, planner.cli.app;"
        "heavy = {'pandas', 'numpy', 'pyomo', 'highspy', 'pydantic', 'rich', 'jinja2', 'yaml'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.strip() == "[]"


def test_names_say_what_is_inside() -> None:
    vague = {"utils", "util", "helpers", "helper", "misc", "common", "manager"}
    names = [path for path in modules() if vague & set(path.relative_to(PACKAGE).with_suffix("").parts)]
    classes = [
        f"{path}:{node.lineno} {node.name}"
        for path in modules()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef) and re.search(r"(Manager|Helper|Utils?)$", node.name)
    ]
    assert not names
    assert not classes


def tracked() -> list[Path]:
    """Return every file that git tracks."""
    done = subprocess.run(
        ["git", "-c", f"safe.directory={ROOT}", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True
    )
    if done.returncode:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in done.stdout.split("\0") if name and (ROOT / name).is_file()]


def test_tracked_files_name_no_machine_and_no_registry() -> None:
    # Put together here, so that this file does not accuse itself.
    places = [rf"(?<![\w.])/{name}/" for name in ("home", "root", "work", "Users")]
    registries = ["-".join(("--index", "url")), "-".join(("extra", "index")), "-".join(("find", "links"))]
    registries += [r"\.".join(("pypi", "org")), "".join(("python", "hosted")), "".join(("file:", "///"))]
    pattern = re.compile("|".join(places + registries))
    hits = []
    for path in tracked():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        hits += [
            f"{path}:{n}: {m[0]}"
            for n, line in enumerate(text.splitlines(), 1)
            if (m := pattern.search(line))
        ]
    assert not hits, "\n".join(hits)


def test_the_top_folder_holds_only_what_is_expected() -> None:
    assert {path.relative_to(ROOT).parts[0] for path in tracked()} <= ROOT_NAMES


def test_no_result_is_tracked_but_the_sample() -> None:
    inside = [
        path.relative_to(ROOT / "reports").parts[0] for path in tracked() if ROOT / "reports" in path.parents
    ]
    assert set(inside) <= {"README.md", "sample"}
