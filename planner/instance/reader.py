"""From a file to an `Instance`: parse, merge what it extends, apply cases and overrides, validate."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from planner.errors import FileError, UsageError
from planner.instance.bodies import Edit, edits_in, merged_bodies
from planner.instance.cases import case_findings
from planner.instance.document import Node, Refused, Room, grown, read_text, short
from planner.instance.finding import MAX_FINDINGS, Finding, did_you_mean, error
from planner.instance.instance import Instance, unloaded_rule
from planner.instance.json_text import parse_json
from planner.instance.outside import named
from planner.instance.overlay import Layer, applied
from planner.instance.saved import saved_in
from planner.instance.tables import Tables, inside
from planner.instance.validate import validate
from planner.instance.yaml_text import parse

MAX_EXTENDS = 20


def read(
    path: str | Path, cases: Sequence[str] = (), sets: Sequence[str] = (), max_findings: int = MAX_FINDINGS
) -> Instance:
    """Return the instance in a YAML or JSON file with `cases` and `sets` (`path=value`) applied.

    Of more than `max_findings` errors the rest is counted.

    Raises `InstanceError` with every finding, `FileError` when the file cannot be read, and `UsageError` when a case is
    unknown or an override is not written `path=value`.
    """
    if not isinstance(max_findings, int) or max_findings < 1:
        raise UsageError(f"max_findings is {named(max_findings)}", hint="a number of errors, such as 200")
    cases, sets = _texts("cases", cases, "base"), _texts("sets", sets, "money.floor_usd_bn=12")
    with _without_collections():
        return _read(path, cases, sets, max_findings)


def _texts(name: str, given: object, example: str) -> tuple[str, ...]:
    """Return one text or several as a tuple."""
    if isinstance(given, str):
        return (given,)
    if isinstance(given, list | tuple) and all(isinstance(each, str) for each in given):
        return tuple(given)
    raise UsageError(f"{name} is {named(given)}", hint=f"write {name}=[{example!r}]")


@contextmanager
def _without_collections() -> Iterator[None]:
    """Do not look for rings of garbage while a file is read: it makes none, and has millions of values."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _read(path: str | Path, cases: Sequence[str], sets: Sequence[str], max_findings: int) -> Instance:
    chain = _Chain(Path(path), str(path))
    try:
        tree, bodies = chain.merged()
        saved, wrong = saved_in(tree.value.get("saved"))
        tree = tree._replace(value={key: node for key, node in tree.value.items() if key != "saved"})
        chain.findings += wrong
        chosen = _chosen(cases, bodies)
        overrides = [_override(text) for text in sets]
    except Refused as refusal:
        raise error([*chain.findings, refusal.finding], str(path)) from refusal
    findings = chain.findings
    layers = [[edit for name in chosen for edit in edits_in(bodies[name], f"case {name}")]]
    layers.append([edit for body, label in overrides for edit in edits_in(body, label)])
    changes, base = saved.made(), tree
    for edits in layers:
        tree, changed, wrong = applied(tree, Layer(tuple(edits)))
        changes += changed
        findings += wrong
    others = {name: body for name, body in bodies.items() if name not in chosen}
    findings += case_findings(others, tree)
    spec, wrong = validate(tree, max_findings)
    if findings or spec is None:
        raise error([*findings, *wrong], str(path), max_findings)
    before = (saved.case,) if saved.case != "base" else ()
    return Instance(
        spec=spec,
        tree=tree,
        path=Path(path),
        case="+".join((*before, *chosen)) or "base",
        cases=tuple(bodies) or tuple(saved.cases),
        bodies=bodies,
        base=base,
        changes=changes,
        rules_off=tuple(saved.rules_off),
        user_rules=tuple(unloaded_rule(**rule.model_dump()) for rule in saved.user_rules),
    )


def read_saved(path: str | Path) -> Instance:
    """Return an instance that `Instance.to_json` or `to_yaml` wrote, with its case, changes and rules."""
    return read(path)


def _chosen(cases: Sequence[str], bodies: dict[str, Node]) -> tuple[str, ...]:
    """Return the names of the chosen cases, once each."""
    names = tuple(dict.fromkeys(cases))
    for name in names:
        if name not in bodies:
            raise UsageError(
                f"there is no case {short(name)!r}", hint=did_you_mean(name, bodies) or "the file has none"
            )
    return names


def _override(text: str) -> tuple[Node, str]:
    """Return the body and the label of an override written `path=value`."""
    path, equals, value = text.partition("=")
    label = f"--set {short(text, 100)}"
    if not equals or not path.strip():
        raise UsageError(f"{label}: not written path=value", hint="write --set money.floor_usd_bn=12")
    try:
        node, findings = parse(value, label) if value.strip() else (Node("", label), [])
    except Refused as refusal:
        raise UsageError(f"{label}: {refusal.finding.message}", hint="put the value in quotes") from refusal
    if findings:
        raise UsageError(f"{label}: {findings[0].message}", hint=findings[0].repair)
    return grown({path.strip(): node.plain}, label), label


class _Chain:
    """A file and the files that it extends, the farthest first."""

    def __init__(self, path: Path, shown: str) -> None:
        self.path = path
        self.shown = shown
        self.folder = path.parent
        self.findings: list[Finding] = []
        self.room = Room()
        self.tables = Tables(self.folder, self.room)

    def merged(self) -> tuple[Node, dict[str, Node]]:
        """Return the merged tree without cases, and the body of each case."""
        bodies = self.bodies()
        tree, cases = Node({}, self.shown, 1, 1), Node({}, self.shown, 1, 1)
        for number, body in enumerate(reversed(bodies)):
            own = {key: node for key, node in body.value.items() if key not in ("extends", "cases")}
            if "cases" in body.value:
                cases = merged_bodies(cases, self.cases_of(body.value["cases"]))
            if number == 0:
                tree = body._replace(value=own)
                continue
            edits: tuple[Edit, ...] = tuple(edits_in(body._replace(value=own), f"file {body.file}"))
            tree, _, wrong = applied(tree, Layer(edits, provenance=False))
            self.findings += wrong
        self.findings += self.tables.findings
        return tree, cases.value

    def cases_of(self, node: Node) -> Node:
        """Return the cases of one file; those that are no map are errors."""
        if not isinstance(node.value, dict):
            self.refuse(
                "wrong_type", node, "cases", "`cases` is a map from name to overrides", "write {} for none"
            )
            return node._replace(value={})
        for name, body in node.value.items():
            if body.value is not None and not isinstance(body.value, dict):
                path, repair = f"cases.{name}", "write {} for none"
                self.refuse("wrong_type", body, path, "a case is a map of overrides", repair)
        return node._replace(
            value={key: b for key, b in node.value.items() if not b.value or isinstance(b.value, dict)}
        )

    def bodies(self) -> list[Node]:
        """Return the content of the file, of its parent, of the parent's parent and so on."""
        bodies = [self.body(self.path, self.shown)]
        seen = {self.path.resolve()}
        while "extends" in bodies[-1].value:
            node: Node = bodies[-1].value["extends"]
            parent = self.parent(node)
            if parent is None:
                break
            if parent.resolve() in seen or len(seen) > MAX_EXTENDS:
                self.refuse(
                    "extends", node, "extends", "the files extend one another in a circle", "break the circle"
                )
                break
            seen.add(parent.resolve())
            try:
                bodies.append(self.body(parent, str(Path(node.file).parent / node.value)))
            except FileError as failure:
                self.refuse(
                    "file",
                    node,
                    "extends",
                    failure.message,
                    "check the name; it counts from this file's folder",
                )
                break
        return bodies

    def parent(self, node: Node) -> Path | None:
        """Return the file that `extends` names."""
        if not isinstance(node.value, str) or not node.value:
            self.refuse("wrong_type", node, "extends", "`extends` names one file", "write extends: base.yaml")
            return None
        name = Path(node.file).parent / node.value
        try:
            relative = name.resolve().relative_to(self.folder.resolve())
            found = inside(self.folder, relative)
        except (OSError, ValueError, RuntimeError):
            found = None
        if found is None:
            message = f"{short(node.value)!r} is outside the instance's folder"
            self.refuse("outside_folder", node, "extends", message, "copy it there")
        return found

    def body(self, path: Path, shown: str) -> Node:
        """Return the content of one file, tables filled in."""
        text = read_text(path, shown, self.room)
        read = parse_json if path.suffix.lower() == ".json" else parse
        node, wrong = read(text, shown, self.room)
        self.findings += wrong
        filled = self.tables.filled(node)
        if not isinstance(filled.value, dict):
            message = "an instance is a map of fields"
            raise Refused(
                Finding("wrong_type", "error", node.where, "", message, "start with `schema_version: 1`")
            )
        return filled

    def refuse(self, code: str, node: Node, path: str, message: str, repair: str) -> None:
        """Note an error at a node."""
        self.findings.append(Finding(code, "error", node.where, path, message, repair))
